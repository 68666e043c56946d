/** What guests there are, and how each of them is: for a person, and for programs. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suites, type Series } from './debian.ts';
import type { CgroupMode } from './emulator.ts';
import { guestFolder, isReady, lastStart, running } from './guest.ts';
import { snapshots } from './snapshot.ts';

export interface Status {
  readonly kernel: Series;
  /** The release of Debian that its kernel is of. */
  readonly debian: string;
  /** `uname -r`, of its last start; null before the first. */
  readonly release: string | null;
  /** Of its last start, too. */
  readonly cgroup: CgroupMode | null;
  readonly state: 'up' | 'booting' | 'down';
  /** Its qemu's, while that runs, as are port and memory. */
  readonly pid: number | null;
  /** Of this machine's 127.0.0.1, where its ssh is. */
  readonly port: number | null;
  /** In megabytes. */
  readonly memory: number | null;
  /** What its own disk takes of this machine's, in bytes; the image behind it not counted. */
  readonly disk: number;
  /** The oldest first. */
  readonly snapshots: readonly string[];
  readonly folder: string;
}

/** Every guest that has a disk. Throws VM_LACKS without qemu-img, which alone can read the snapshots. */
export function guests(): Status[] {
  return (Object.keys(suites) as Series[]).filter((series) => existsSync(diskOf(series))).map(status);
}

const diskOf = (series: Series): string => join(guestFolder(series), 'disk.qcow2');

function status(series: Series): Status {
  const state = running(series);
  const last = lastStart(series);
  return {
    kernel: series,
    debian: suites[series],
    release: last?.release ?? null,
    cgroup: last?.cgroup ?? null,
    state: state ? (isReady(series) ? 'up' : 'booting') : 'down',
    pid: state?.pid ?? null,
    port: state?.port ?? null,
    memory: state?.memory ?? null,
    disk: statSync(diskOf(series)).blocks * 512,
    snapshots: snapshots(series),
    folder: guestFolder(series),
  };
}
