/**
 * The driver `local`: a folder of ours, or with options whatever mount(2) can put there.
 *
 *     docker volume create -o type=tmpfs -o device=tmpfs -o o=size=64m scratch
 *     docker volume create -o type=none  -o device=/srv/data -o o=bind data
 *
 * Such a volume is mounted on the host when the first container with it starts, and unmounted when the last has ended, so
 * that all of them see the same. Whether it is mounted is asked of the kernel, never remembered.
 */
import { DrydockError } from '../../errors.ts';
import { isSyscallError } from '../../linux/calls.ts';
import { spoken } from '../../linux/errno.ts';
import { isMountPoint } from '../../linux/mountinfo.ts';
import { mountAll, unmountAll } from '../../snapshots/mount.ts';

export const LOCAL = 'local';

export type DriverOptions = Readonly<Record<string, string>>;

const known = ['type', 'device', 'o', 'size'];

/** Throws NO_SUCH_DRIVER for any other driver. */
export function checkDriver(name: string, driver: string): void {
  if (driver === LOCAL) return;
  throw new DrydockError(
    'NO_SUCH_DRIVER',
    `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    { hint: `the driver is ${LOCAL}; its options type, device and o say what it mounts` },
  );
}

/** Throws API_INVALID for an option that nobody would obey, and for a mount that cannot be. */
export function checkOptions(name: string, options: DriverOptions): void {
  const refuse = (what: string, hint: string): never => {
    throw new DrydockError('API_INVALID', `create ${name}: ${what}`, { hint });
  };
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined)
    refuse(`invalid option: "${unknown}"`, 'there are type, device and o, as mount(8) has them');
  if (options.size !== undefined)
    refuse('quota size requested but no quota support', 'o=size=… limits a tmpfs; quotas of folders are not supported');
  if (Object.keys(options).length === 0) return;
  for (const key of ['device', 'type'])
    if (!options[key]) refuse(`missing required option: "${key}"`, 'type and device are needed together');
}

const isMount = (options: DriverOptions | undefined): options is DriverOptions => Boolean(options?.device);

/** Puts at the folder what the options say, unless it is there. Throws SYSCALL. */
export function bringUp(folder: string, options: DriverOptions | undefined): void {
  if (!isMount(options) || isMountPoint(folder)) return;
  const { type = '', device = '', o = '' } = options;
  try {
    mountAll([{ type, source: device, options: o.split(',').filter(Boolean) }], folder);
  } catch (error) {
    if (!isSyscallError(error)) throw error;
    const { code, call, args, errno, hint } = error;
    const why = `failed to mount local volume: mount ${device}:${folder}: ${spoken(errno)}`;
    const known = { call, args, errno, hint, cause: error };
    throw new DrydockError(code, `error while mounting volume '${folder}': ${why}`, known);
  }
}

/** Whatever its record says, or no longer says: what is mounted there is somebody else's, and is not ours to remove. */
export function takeDown(folder: string): void {
  unmountAll(folder);
}
