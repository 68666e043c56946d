import assert from 'node:assert/strict';
import { readStat } from '../../../src/linux/procfs.ts';
import { demand, statesFor, statusOf, wrongState, type Verb } from '../../../src/runtime/lifecycle.ts';
import { bootId, type SavedState } from '../../../src/runtime/state.ts';

const verbs: readonly Verb[] = ['start', 'exec', 'kill', 'pause', 'resume', 'update', 'inspect', 'delete'];

const saved = (more: Partial<SavedState>): SavedState =>
  ({ pid: process.pid, startTime: readStat('self')!.startTime, bootId: bootId(), ...more }) as SavedState;

describe('the table of verbs and states', () => {
  it('takes a stopped container only away, and no other one', () => {
    for (const verb of verbs) assert.equal(statesFor(verb).includes('stopped'), verb === 'delete', verb);
    assert.deepEqual(statesFor('delete'), ['stopped']);
  });

  it('takes nothing while a container is being created', () => {
    for (const verb of verbs) assert(!statesFor(verb).includes('creating'), verb);
  });

  it('refuses with the states that would do', () => {
    assert.doesNotThrow(() => demand('start', 'box', 'created'));
    assert.throws(() => demand('start', 'box', 'running'), {
      code: 'WRONG_STATE',
      message: "cannot start 'box': it is running, not created",
    });
    assert.match(wrongState('exec', 'box', 'paused').message, /it is paused, not created or running$/);
    assert.match(wrongState('update', 'box', 'stopped').message, /not created, running or paused$/);
    assert.match(wrongState('kill', 'box', 'stopped').message, /: container not running/);
  });
});

describe('the state of a container', () => {
  it('is running for a process that has called execve, as this one', () =>
    assert.equal(statusOf(saved({})), 'running'));

  it('is stopped when the number is somebody else’s by now, or the machine was booted again', () => {
    assert.equal(statusOf(saved({ startTime: '1' })), 'stopped');
    assert.equal(statusOf(saved({ bootId: 'another' })), 'stopped');
  });
});
