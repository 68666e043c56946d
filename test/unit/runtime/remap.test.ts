import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeBlock, outsideId } from '../../../src/runtime/remap.ts';

describe('ids that are nobody’s', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'drydock-remap-'))));
  after(() => rmSync(folder, { recursive: true }));

  const withLines = (...lines: string[]): number => {
    const path = join(folder, 'subuid');
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return freeBlock(path).hostID;
  };

  it('are the first block that /etc/subuid gives to nobody', () => {
    assert.deepEqual(freeBlock(join(folder, 'missing')), { containerID: 0, hostID: 100_000, size: 65_536 });
    assert.equal(withLines(), 100_000);
    assert.equal(withLines('ann:100000:65536'), 165_536);
    assert.equal(withLines('ann:165536:65536', 'ben:100000:65536'), 231_072);
    assert.equal(withLines('ann:100000:1'), 165_536);
    assert.equal(withLines('ann:165535:1'), 165_536);
    assert.equal(withLines('ann:99999:1', '# a comment', 'broken'), 100_000);
    assert.equal(withLines('ann:1:4000000'), 100_000 + 60 * 65_536);
  });

  it('are told from those inside by the line that has them', () => {
    const mappings = [
      { containerID: 0, hostID: 1000, size: 1 },
      { containerID: 1, hostID: 100_000, size: 10 },
    ];
    assert.equal(outsideId(0, mappings), 1000);
    assert.equal(outsideId(10, mappings), 100_009);
    assert.equal(outsideId(11, mappings), undefined);
    assert.equal(outsideId(11, undefined), 11);
  });
});
