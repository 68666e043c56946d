/**
 * A signal for everything in a container's cgroups.
 *
 * Whatever forks while it is being listed would escape, so the group stands still meanwhile, where there is a freezer:
 * `freezer.state` in a hierarchy of v1, `cgroup.freeze` in that of v2 (Linux 5.2). What was sent to a frozen process is
 * delivered when it thaws, SIGKILL on v2 at once.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdProcess } from '../linux/process.ts';
import { isGone, processesIn } from './cgroupfs.ts';

/** Deadline for a group to stand still; afterwards it is tried as it is. */
const FROZEN_WITHIN_MS = 500;

const freezers = [
  { file: 'freezer.state', freeze: 'FROZEN', thaw: 'THAWED', shown: 'freezer.state', frozen: /^FROZEN/ },
  { file: 'cgroup.freeze', freeze: '1', thaw: '0', shown: 'cgroup.events', frozen: /^frozen 1$/m },
] as const;

/** Sends a signal to every process in these cgroups and in those below them. */
export async function signalCgroups(directories: readonly string[], signal: number): Promise<void> {
  if (directories.every((directory) => processesIn(directory).length === 0)) return;
  const thaw = await freeze(directories);
  try {
    for (const pid of new Set(directories.flatMap(processesIn))) signalMember(pid, directories, signal);
  } finally {
    thaw();
  }
}

// Held first and looked up once more: what is still a member then is the process that the signal is for.
function signalMember(pid: number, directories: readonly string[], signal: number): void {
  const held = holdProcess(pid);
  if (held && directories.some((directory) => processesIn(directory).includes(pid))) held.signal(signal);
  held?.close();
}

/** Stops everything in the first of the cgroups that has a freezer. The answer lets it go on. */
async function freeze(directories: readonly string[]): Promise<() => void> {
  for (const directory of directories)
    for (const { file, freeze: on, thaw, shown, frozen } of freezers) {
      if (!existsSync(join(directory, file))) continue;
      const deadline = Date.now() + FROZEN_WITHIN_MS;
      // On v1 it is said again: the kernel gives up on what forked while it was at it.
      while (write(directory, file, on) && !frozen.test(read(directory, shown)) && Date.now() < deadline)
        await sleep(1);
      return () => void write(directory, file, thaw);
    }
  return () => undefined;
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
