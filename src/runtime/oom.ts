/**
 * Tells when the kernel has killed something in a container because its memory was used up.
 *
 * On v1 an eventfd is registered for `memory.oom_control` (Documentation/admin-guide/cgroup-v1/memory.rst, section 9); it
 * is also written to when the cgroup is removed. On v2 `memory.events` changes (inotify(7)), and counts the kills.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, watch as watchFile, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { native } from '../linux/native.ts';
import type { Place } from './cgroup-setup.ts';
import { placeOf } from './isolators/cgroups.ts';
import * as saved from './state.ts';

const [V1, V2] = ['memory.oom_control', 'memory.events'];

export interface OomWatch {
  close(): void;
}

/**
 * Calls `told` at each kill, and `ended` when the cgroup is gone; neither where nobody counts them. Throws
 * NO_SUCH_CONTAINER.
 */
export function watchOom(run: string, id: string, told: () => void, ended: () => void): OomWatch {
  saved.readState(run, id);
  const file = oomFile(saved.readClaims(saved.stateDir(run, id))?.claims.cgroups);
  if (file === undefined) return { close: () => undefined };
  return (basename(file) === V2 ? watchV2 : watchV1)(file, told, ended);
}

/** How often the kernel has killed something in these cgroups for its memory. */
export function oomKills(claim: unknown): number {
  const file = oomFile(claim);
  return file === undefined ? 0 : killsIn(readFileSync(file, 'utf8'));
}

/** The file that counts them; undefined where there is none. */
export function oomFile(claim: unknown): string | undefined {
  const file = counterOf(placeOf(claim));
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** Its path: where v1 has the controller, v2 lacks it, also on a machine that has both mounted. */
export function counterOf({ controllers, unified }: Place): string | undefined {
  if (controllers.memory !== undefined) return join(controllers.memory, V1);
  return unified && join(unified.directory, V2);
}

/** The count in its text. `oom` counts how often memory was short; v1 has `oom_kill` since Linux 4.13. */
export function killsIn(text: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

function watchV1(file: string, told: () => void, ended: () => void): OomWatch {
  const event = eventOf(file);
  const watch = native.watch(event, () => {
    readSync(event, Buffer.alloc(8));
    if (existsSync(file)) return told();
    close();
    ended();
  });
  const close = (): void => {
    watch.close();
    closeSync(event);
  };
  return { close };
}

/** An eventfd that the kernel writes to. */
function eventOf(file: string): number {
  const control = openSync(file, 'r');
  const event = native.eventfd();
  try {
    writeFileSync(join(dirname(file), 'cgroup.event_control'), `${event} ${control}`);
    return event;
  } catch (error) {
    closeSync(event);
    throw error;
  } finally {
    closeSync(control);
  }
}

function watchV2(file: string, told: () => void, ended: () => void): OomWatch {
  let seen = killsIn(readFileSync(file, 'utf8'));
  const watcher = watchFile(file, () => {
    if (!existsSync(file)) {
      watcher.close();
      return ended();
    }
    const now = killsIn(readFileSync(file, 'utf8'));
    if (now > seen) told();
    seen = now;
  });
  return { close: () => watcher.close() };
}
