/**
 * The end of a container: its process is killed if it must be, what it claimed is given back, its folder goes.
 *
 * The order is that of the OCI runtime spec's lifecycle: what create has made is undone, then the poststop hooks run,
 * then nothing is known of the container any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { now } from '../linux/clock.ts';
import { signals } from '../linux/constants.ts';
import { release } from './compose.ts';
import { thawKilled } from './kill.ts';
import { hostOf, reachLater } from './existing.ts';
import { isolators as allIsolators, type AnyIsolator } from './isolators/index.ts';
import { demand, statusOf } from './lifecycle.ts';
import { lockFolder } from '../linux/lock.ts';
import * as saved from './state.ts';
import { warn } from './warning.ts';

/** Deadline for processes that were killed to be gone: hundreds that fork without end leave each other little of a processor. */
const GONE_WITHIN_MS = 30_000;

/**
 * Removes a container that has stopped, or with `force` any: kills it first. Removing one that is not there is no
 * error with `force`.
 *
 * @throws NO_SUCH_CONTAINER, WRONG_STATE, STATE_BROKEN, and what could not be given back; then its claims are kept.
 */
export async function remove(
  run: string,
  id: string,
  { force = false }: { force?: boolean } = {},
  stack: readonly AnyIsolator[] = allIsolators,
): Promise<void> {
  const dir = saved.stateDir(run, id);
  const lock = await lockFolder(dir, 'creating or removing the container');
  if (!lock && force) return;
  if (!lock) throw saved.noSuchContainer(id);
  try {
    const state = force ? saved.findState(run, id) : saved.readState(run, id);
    // Without a state: one whose creation was cut off. The folder may be that of an id with the same first digits.
    if (!state && isOfAnother(dir, id)) return;
    if (state) await end(state, dir, force);
    await giveBack(dir, stack, state, force);
  } finally {
    lock.release();
  }
}

/** Gives back what is left in the folder of a container that has no state, or whose process has ended. */
export async function removeLeftovers(dir: string, stack: readonly AnyIsolator[] = allIsolators): Promise<void> {
  const lock = await lockFolder(dir, 'creating or removing the container');
  try {
    if (lock) await giveBack(dir, stack, undefined, true);
  } finally {
    lock?.release();
  }
}

async function giveBack(
  dir: string,
  stack: readonly AnyIsolator[],
  state: saved.SavedState | undefined,
  force: boolean,
): Promise<void> {
  const claims = force ? readableClaims(dir) : saved.readClaims(dir);
  if (claims) await release(stack, claims.claims, hostOf(claims.id, dir, dir));
  if (state) await reachLater('stopped', state, dir, stack);
  saved.forget(dir);
}

// Claims that nobody can read are given back by nobody: the folder must not stay for ever because of them.
function readableClaims(dir: string): saved.SavedClaims | undefined {
  try {
    return saved.readClaims(dir);
  } catch (error) {
    if (!(error instanceof DrydockError) || error.code !== 'STATE_BROKEN') throw error;
    warn(`what the container in ${dir} held on the host is not known, and stays`, error);
    return undefined;
  }
}

function isOfAnother(dir: string, id: string): boolean {
  return (readableClaims(dir)?.id ?? id) !== id;
}

async function end(state: saved.SavedState, dir: string, force: boolean): Promise<void> {
  const status = statusOf(state);
  if (!force) demand('delete', state.id, status);
  if (status === 'stopped') return;
  const first = saved.holdFirst(state);
  first?.signal(signals.SIGKILL!);
  first?.close();
  thawKilled(dir);
  const deadline = now() + GONE_WITHIN_MS;
  for (let pause = 1; statusOf(state) !== 'stopped'; pause = Math.min(pause * 2, 50)) {
    if (now() > deadline)
      throw new DrydockError('WRONG_STATE', `process ${state.pid} of '${state.id}' does not end`, {
        hint: `look at what it waits for: cat /proc/${state.pid}/wchan`,
      });
    await sleep(pause);
  }
}
