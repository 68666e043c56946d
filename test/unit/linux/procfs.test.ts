import assert from 'node:assert/strict';
import { isSame, parseStat, pidsOf, readStat, readStatus } from '../../../src/linux/procfs.ts';

const rest = '1 7 8 0 -1 4194368 0 0 0 0 0 0 0 0 20 0 3 0 4242 0 0';

describe('procfs', () => {
  it('reads a stat whose name contains blanks and parentheses', () => {
    const stat = parseStat(`7 (evil) R 1 (x y) S ${rest}\n`);
    assert.equal(stat.name, 'evil) R 1 (x y');
    assert.deepEqual([stat.pid, stat.state, stat.parent, stat.group, stat.session], [7, 'S', 1, 7, 8]);
    assert.deepEqual([stat.threads, stat.startTime], [3, '4242']);
  });

  it('tells a process that has not called execve yet by its flag', () => {
    assert.equal(parseStat(`7 (a) S ${rest}`).isBeforeExec, true);
    assert.equal(parseStat(`7 (a) S ${rest.replace('4194368', '4194304')}`).isBeforeExec, false);
  });

  it('refuses what is no stat', () => {
    for (const text of ['', '7 (a', '7 a S 1', '7 (a) S 1 2']) assert.throws(() => parseStat(text), TypeError);
  });

  it('knows this process again, and no other', () => {
    const self = readStat('self');
    assert.equal(self?.pid, process.pid);
    assert.equal(self.isBeforeExec, false);
    assert.equal(isSame(process.pid, self.startTime), true);
    assert.equal(isSame(process.pid, `${Number(self.startTime) - 1}`), false);
  });

  it('answers undefined for a process that is not there', () => {
    assert.equal(readStat(0x7ffffff0), undefined);
    assert.equal(readStatus(0x7ffffff0), undefined);
    assert.equal(isSame(0x7ffffff0, '1'), false);
  });

  it('reads the ids of a process in each PID namespace', () => {
    assert.equal(pidsOf(process.pid)[0], process.pid);
  });
});
