/**
 * What is mounted in a container: the kernel's file systems, then volumes and the engine's files over them.
 */
import type { Mount } from '../../runtime/config.ts';
import type { HostConfig } from '../types.ts';

/** `usual` as HostConfig wants them, then `more`; of two at the same place the later one counts. */
export function mountsOf(usual: readonly Mount[], host: HostConfig, more: readonly Mount[]): Mount[] {
  const taken = new Set(more.map(({ destination }) => destination));
  return [...usual.filter(({ destination }) => !taken.has(destination)).map((one) => asWanted(one, host)), ...more];
}

function asWanted(mount: Mount, { ShmSize, IpcMode, Privileged }: HostConfig): Mount {
  const options = mount.options ?? [];
  if (mount.destination === '/dev/shm') {
    // Who shares the host's IPC namespace shares the files that its shared memory is.
    if (IpcMode === 'host')
      return {
        destination: '/dev/shm',
        type: 'bind',
        source: '/dev/shm',
        options: ['rbind', 'nosuid', 'noexec', 'nodev'],
      };
    return { ...mount, options: [...options.filter((one) => !one.startsWith('size=')), `size=${ShmSize}`] };
  }
  const isMachine = mount.destination === '/sys' || mount.destination === '/sys/fs/cgroup';
  return Privileged && isMachine ? { ...mount, options: options.filter((one) => one !== 'ro') } : mount;
}
