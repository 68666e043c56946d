/**
 * Stopping and continuing everything in a group of cgroups: `freezer.state` in a hierarchy of v1, `cgroup.freeze` in that
 * of v2 (Linux 5.2; Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst and cgroup-v2.rst).
 *
 * What was sent to a frozen process is delivered when it thaws, SIGKILL on v2 at once.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../linux/clock.ts';
import { isGone } from './cgroupfs.ts';

const kinds = [
  { file: 'freezer.state', freeze: 'FROZEN', thaw: 'THAWED', shown: 'freezer.state', frozen: /^FROZEN/ },
  { file: 'cgroup.freeze', freeze: '1', thaw: '0', shown: 'cgroup.events', frozen: /^frozen 1$/m },
] as const;

export interface Freezer {
  /** Whether somebody has said that it shall stand still. */
  isAsked(): boolean;
  /** Asks until all stands still, or until the deadline; false then. */
  freeze(withinMs: number): Promise<boolean>;
  thaw(): void;
}

/** The freezer of the first of these cgroups that has one. */
export function freezerOf(directories: readonly string[]): Freezer | undefined {
  for (const { file, freeze, thaw, shown, frozen } of kinds) {
    const directory = directories.find((path) => existsSync(join(path, file)));
    if (directory === undefined) continue;
    const isFrozen = (): boolean => frozen.test(read(directory, shown));
    return {
      isAsked: () => read(directory, file).trim() !== thaw,
      async freeze(withinMs) {
        const deadline = now() + withinMs;
        // On v1 it is said again: the kernel gives up on what forked while it was at it.
        while (write(directory, file, freeze) && !isFrozen()) {
          if (now() > deadline) return false;
          await sleep(1);
        }
        return true;
      },
      thaw: () => void write(directory, file, thaw),
    };
  }
  return undefined;
}

function write(directory: string, file: string, text: string): boolean {
  try {
    writeFileSync(join(directory, file), text);
    return true;
  } catch (cause) {
    if (isGone(cause)) return false;
    throw cause;
  }
}

function read(directory: string, file: string): string {
  try {
    return readFileSync(join(directory, file), 'utf8');
  } catch (cause) {
    if (isGone(cause)) return '';
    throw cause;
  }
}
