/**
 * When an engine that was started on demand may go: nothing runs, and nobody has asked anything, for a while.
 *
 * A client may come at the very moment. So the sockets are put aside first, where nobody finds them (rename(2) leaves them
 * open), and whoever had connected before is waited for; if that has started something, they are put back.
 */
import { renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../api/server.ts';
import type { Engine } from '../engine/engine.ts';

interface Wanted {
  readonly engine: Pick<Engine, 'containers'>;
  readonly api: Api;
  readonly paths: readonly string[];
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** Long enough for connections that the kernel has accepted already to be seen. */
const LAST_LOOK_MS = 100;

/** Resolves with the reason to go; never when the signal is aborted first. */
export async function idle({ engine, api, paths, idleMs, signal }: Wanted): Promise<string> {
  const isBusy = (): boolean => engine.containers.running() > 0 || !api.isIdle;
  let since = performance.now();
  while (!signal.aborted) {
    await sleep(Math.min(idleMs / 4, 5_000), undefined, { ref: false });
    since = isBusy() ? performance.now() : Math.max(since, api.lastAsked);
    if (performance.now() - since < idleMs) continue;
    for (const path of paths) renameSync(path, aside(path));
    await sleep(LAST_LOOK_MS);
    if (!isBusy() && api.lastAsked <= since) return `nothing has run for ${Math.round(idleMs / 1000)} s`;
    for (const path of paths) renameSync(aside(path), path);
  }
  return new Promise(() => undefined);
}

/** Where a socket is while we look whether we may go. */
export const aside = (path: string): string => `${path}-`;
