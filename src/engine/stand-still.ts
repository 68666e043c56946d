/**
 * A container that is held still for a moment, as `commit` wants it, and let go whatever happens.
 *
 *     RUN/<12 hex>/held-still    there for as long as we are the reason
 *
 * An engine that is killed meanwhile leaves everything in the container frozen. The next one sees by the file that nobody
 * has asked for it, and lets go (reconcile.ts); what somebody has paused has no such file, and stays paused.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { pause, resume } from '../runtime/pause.ts';
import { stateDir } from '../runtime/state.ts';
import { failpoint } from './failpoint.ts';

const markOf = (run: string, id: string): string => join(stateDir(run, id), 'held-still');

/** Runs `body` while nothing in the container moves. */
export async function standingStill<T>(run: string, id: string, body: () => Promise<T>): Promise<T> {
  writeFileSync(markOf(run, id), '', { mode: 0o600 });
  try {
    await pauseIfRunning(run, id);
    failpoint('commit:still');
    return await body();
  } finally {
    letGo(run, id);
  }
}

/** What has ended a moment ago stands still by itself. */
async function pauseIfRunning(run: string, id: string): Promise<void> {
  try {
    await pause(run, id);
  } catch (error) {
    if (!isOver(error)) throw error;
  }
}

/** Lets go of a container that is held still; of any other one nothing happens. */
export function letGo(run: string, id: string): void {
  if (!existsSync(markOf(run, id))) return;
  try {
    resume(run, id);
  } catch (error) {
    // It may have been killed meanwhile, or not have stood still yet.
    if (!isOver(error)) throw error;
  }
  rmSync(markOf(run, id), { force: true });
}

const isOver = (error: unknown): boolean =>
  error instanceof DrydockError && ['WRONG_STATE', 'NO_SUCH_CONTAINER'].includes(error.code);
