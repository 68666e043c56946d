/** Which containers an engine starts that comes back. */
import assert from 'node:assert/strict';
import { isStartedWithEngine } from '../../../src/engine/policy.ts';
import { created, exited, unstarted } from '../../../src/engine/states.ts';
import type { ContainerRecord, ContainerState, HostConfig } from '../../../src/engine/types.ts';

type Policy = NonNullable<HostConfig['RestartPolicy']>['Name'];

const isStarted = (Name: Policy, State: ContainerState, StoppedByHand = false): boolean =>
  isStartedWithEngine({ HostConfig: { RestartPolicy: { Name } }, State, StoppedByHand } as ContainerRecord);

describe('an engine that comes back', () => {
  const ended = exited(
    { ...created, StartedAt: '2026-01-01T00:00:00Z' },
    { ExitCode: 0, FinishedAt: '2026-01-01T00:00:01Z' },
  );
  const failed = unstarted(created, { ExitCode: 128, Error: 'its port is taken' });

  it('starts what always runs, also what was stopped by hand, and what could not be started', () => {
    for (const state of [ended, failed]) assert(isStarted('always', state), state.Status);
    assert(isStarted('always', ended, true));
    assert(isStarted('unless-stopped', failed));
    assert(!isStarted('unless-stopped', ended, true));
    assert(isStarted('on-failure', failed));
    assert(!isStarted('on-failure', ended));
    assert(!isStarted('no', failed));
  });

  it('starts nothing that nobody has asked for', () => {
    for (const policy of ['always', 'unless-stopped', 'on-failure'] as const)
      assert(!isStarted(policy, created), policy);
  });
});
