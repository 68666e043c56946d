import assert from 'node:assert/strict';
import { honest, round, told } from '../../soak/tar.ts';

/** An hour of it: `node --import tsx test/soak/tar.ts`. */
const [rounds, seconds] = [20_000, 40];

describe('the tar reader, given archives that were changed at random', () => {
  it(`answers with entries or with an error of its own, the same for all pieces, ${rounds} times or for ${seconds} s`, async function () {
    this.timeout((seconds + 60) * 1000);
    const archives = await honest();
    for (const data of archives)
      assert.doesNotMatch(
        told(data, () => 100),
        /ARCHIVE_/,
      );
    const until = Date.now() + seconds * 1000;
    const ends = new Set<string>();
    for (let seed = 1; seed <= rounds && Date.now() < until; seed++) ends.add(round(archives, seed));
    // If all failed at the first checksum, nothing would be tried.
    assert(ends.size > 12, [...ends].join('\n'));
    assert(ends.has('read to its end'));
  });
});
