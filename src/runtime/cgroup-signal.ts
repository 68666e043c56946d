/**
 * A signal for everything in a container's cgroups.
 *
 * Whatever forks while it is being listed would escape, so the group stands still meanwhile, where there is a freezer.
 */
import { signals } from '../linux/constants.ts';
import { holdProcess } from '../linux/process.ts';
import { freezerOf } from './cgroup-freezer.ts';
import { processesIn } from './cgroupfs.ts';

/** Deadline for a group to stand still; afterwards it is tried as it is. */
const FROZEN_WITHIN_MS = 500;

/** Sends a signal to every process in these cgroups and in those below them. */
export async function signalCgroups(directories: readonly string[], signal: number): Promise<void> {
  if (directories.every((directory) => processesIn(directory).length === 0)) return;
  const freezer = freezerOf(directories);
  // Somebody has paused it, who will continue it; only what is to be killed must not wait for that.
  const wasAsked = freezer?.isAsked() ?? false;
  await freezer?.freeze(FROZEN_WITHIN_MS);
  try {
    for (const pid of new Set(directories.flatMap(processesIn))) signalMember(pid, directories, signal);
  } finally {
    if (!wasAsked || signal === signals.SIGKILL) freezer?.thaw();
  }
}

// Held first and looked up once more: what is still a member then is the process that the signal is for.
function signalMember(pid: number, directories: readonly string[], signal: number): void {
  const held = holdProcess(pid);
  if (held && directories.some((directory) => processesIn(directory).includes(pid))) held.signal(signal);
  held?.close();
}
