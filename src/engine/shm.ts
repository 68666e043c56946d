/**
 * Shared memory with names (/dev/shm, shm_overview(7)) that several containers have.
 *
 * To the kernel it is a file system, and belongs to an IPC namespace by agreement alone: who joins a namespace
 * (`--ipc container:X`) does not get it with that. So of a container that may be joined it is mounted on the host, and all
 * have it from there:
 *
 *     shareable      a tmpfs at FOLDER/shm, from the container's start to its end
 *     container:X    X's
 *     host           the machine's (spec/mounts.ts)
 *     otherwise      one of its own, which nobody else can reach
 *
 * As Docker's daemon/container_operations_unix.go (setupIPCDirs, getIPCContainer).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { isMountPoint } from '../linux/mountinfo.ts';
import { otherOf } from '../network/mode.ts';
import type { Mount } from '../runtime/config.ts';
import { mountAll, unmountAll } from '../snapshots/mount.ts';
import type { Container } from './container.ts';
import { clean } from './volumes/wishes.ts';

const SHM = '/dev/shm';
const SAFE = ['nosuid', 'noexec', 'nodev'];

/** What goes to /dev/shm of a container that is about to start; empty: what every container has. Throws BAD_USAGE. */
export function sharedMemory(
  { folder, record: { HostConfig, Mounts } }: Container,
  find: (name: string) => Container,
): readonly Mount[] {
  const { IpcMode, ShmSize, Tmpfs = {} } = HostConfig;
  // Something else is wanted there: it has no other that could be shared.
  if ([...Mounts.map(({ Destination }) => Destination), ...Object.keys(Tmpfs)].map(clean).includes(SHM)) return [];
  if (IpcMode === 'shareable') return bound(mounted(folder, ShmSize));
  const other = otherOf(IpcMode);
  return other === undefined ? [] : bound(placeOf(find(other), find));
}

/** Gives back what is mounted on the host, when nothing of the container runs any more. */
export function unmountSharedMemory(folder: string): void {
  unmountAll(ownPlace(folder));
}

const ownPlace = (folder: string): string => join(folder, 'shm');

function mounted(folder: string, size = 0): string {
  unmountSharedMemory(folder); // what an engine that was killed in the middle of a start has left
  const place = ownPlace(folder);
  mkdirSync(place, { recursive: true });
  mountAll([{ type: 'tmpfs', source: 'shm', options: [...SAFE, 'mode=1777', `size=${size}`] }], place);
  return place;
}

/** Where a container's is on the host. */
function placeOf({ id, folder, record }: Container, find: (name: string) => Container): string {
  const { IpcMode } = record.HostConfig;
  const own = ownPlace(folder);
  if (IpcMode === 'shareable' && isMountPoint(own)) return own;
  if (IpcMode === 'host') return SHM;
  const other = otherOf(IpcMode);
  if (other !== undefined) return placeOf(find(other), find);
  throw new DrydockError('BAD_USAGE', `can't join IPC of container ${id}: non-shareable IPC`, {
    hint: 'start that container with --ipc shareable',
  });
}

const bound = (source: string): Mount[] => [{ destination: SHM, type: 'bind', source, options: ['rbind', ...SAFE] }];
