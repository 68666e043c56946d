/**
 * One engine in one DRYDOCK_RUN, and on one DRYDOCK_ROOT: whoever holds the lock of a folder there is it. The kernel gives
 * the lock back however its holder dies, so a crash leaves nothing to clear up.
 *
 * Two with one root and different runs would each find the other's containers without a process, and put on record that
 * they have ended.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { isAnswered } from '../linux/answered.ts';
import { tryLock, type Lock } from '../linux/lock.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { ENGINE_FOLDER, SOCKET } from '../start/places.ts';

/** Undefined when another engine has it. */
function take(run: string): Lock | undefined {
  const folder = join(run, ENGINE_FOLDER);
  makeFolders(folder, 0o700);
  const lock = tryLock(folder);
  return lock === 'held' ? undefined : lock;
}

/** Throws ENGINE when there is one already. */
export function alone(run: string): Lock {
  const lock = take(run);
  if (lock) return lock;
  throw new DrydockError('ENGINE', `an engine is at work in ${run} already`, {
    hint: `fuser -v ${join(run, ENGINE_FOLDER)} shows it; DRYDOCK_RUN and DRYDOCK_ROOT make place for a second one`,
  });
}

/** Throws ENGINE when an engine that has another DRYDOCK_RUN keeps its containers there. */
export function aloneWith(root: string): Lock {
  makeFolders(root, 0o700);
  const lock = tryLock(root);
  if (lock && lock !== 'held') return lock;
  throw new DrydockError('ENGINE', `an engine is at work with ${root} already`, {
    hint: `fuser -v ${root} shows it; it has another DRYDOCK_RUN. DRYDOCK_ROOT makes place for a second one`,
  });
}

const PAUSE_MS = 20;
const WITHIN_MS = 60_000;

/**
 * For one that was started on demand: waits until the other one answers, and is undefined then; or until it has gone, and
 * takes its place.
 */
export async function aloneOrAnswered(run: string): Promise<Lock | undefined> {
  for (const deadline = performance.now() + WITHIN_MS; performance.now() < deadline; await sleep(PAUSE_MS)) {
    const lock = take(run);
    if (lock) return lock;
    if (await isAnswered(join(run, SOCKET))) return undefined;
  }
  throw new DrydockError('ENGINE', `an engine is at work in ${run}, and does not answer at its socket`, {
    hint: `fuser -v ${join(run, ENGINE_FOLDER)} shows it; it may listen elsewhere (-H)`,
  });
}
