import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { rounds } from '../sample.ts';
import { drydock, leavesNothing, output, root } from './support.ts';

describe('many containers', function () {
  this.timeout(300_000);
  leavesNothing();

  const many = rounds(200);
  it(`leave everything as it was after ${many} of them`, async () => {
    for (let i = 0; i < many; i++) await output(['try', 'true']);
    assert.equal(readdirSync(`${root}/lab`).length, 1);
  });

  it('run at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => drydock(['try', 'sh', '-c', `exit ${i}`])));
    assert.deepEqual(
      answers.map(({ code }) => code),
      Array.from({ length: 12 }, (_, i) => i),
    );
  });
});
