import assert from 'node:assert/strict';
import { fateOf, type Found } from '../../../src/engine/fate.ts';

const nothing: Found = { isThere: false };
const waits: Found = { isThere: true, status: 'created' };
const runs: Found = { isThere: true, status: 'running' };
const silent: Found = { isThere: true, status: 'stopped' };
const ended: Found = { ...silent, ending: { status: 7, signal: 0, finished: '2026-01-01T00:00:00Z' } };

describe('the fate of a container when an engine starts', () => {
  it('is the kernel’s word when its process runs, whatever the record says', () => {
    for (const Pid of [0, 4711]) assert.deepEqual(fateOf({ Status: 'created', Pid }, runs), { then: 'take over' });
  });
  it('is the end that its vessel has written down, also when nobody wrote down its start', () => {
    for (const Pid of [0, 4711])
      assert.deepEqual(fateOf({ Status: 'created', Pid }, ended), { then: 'settle', end: ended.ending });
  });
  it('is an unknown end when the vessel was killed, and another when the machine was restarted', () => {
    const fates = [silent, nothing].map((found) => fateOf({ Status: 'running', Pid: 4711 }, found));
    assert.deepEqual(
      fates.map((fate) => fate.then === 'settle' && [fate.end.status, /machine/.test(fate.end.error ?? '')]),
      [
        [137, false],
        [255, true],
      ],
    );
  });
  it('is to be undone when it was half started, and to stay when it was not', () => {
    const found = [waits, silent, { isThere: true }, nothing];
    assert.deepEqual(
      found.map((one) => fateOf({ Status: 'exited', Pid: 0 }, one).then),
      ['undo', 'undo', 'undo', 'keep'],
    );
  });
  it('is to go when that was promised, whatever else is found', () => {
    for (const found of [nothing, waits, runs, silent, ended])
      assert.deepEqual(fateOf({ Status: 'removing', Pid: 4711 }, found), { then: 'remove' });
  });
});
