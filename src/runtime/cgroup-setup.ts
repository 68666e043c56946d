/**
 * Makes cgroups ready for processes, and writes limits into them: all or none.
 *
 * On v2 a controller is there when every cgroup above hands it down (`cgroup.subtree_control`). On v1 a cpuset takes
 * nobody as long as it has no processors and no memory: it gets those of the one above.
 */
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../linux/constants.ts';
import { native } from '../linux/native.ts';
import { deviceFilter, deviceProgram, linesV1 } from './cgroup-devices.ts';
import type { Limit } from './cgroup-limit.ts';
import { limitsNamed, limitsV1, limitsV2 } from './cgroup-limits.ts';
import { cgroupError } from './cgroupfs.ts';
import type { Resources } from './resources.ts';

/** The cgroups of one container: by controller, `unified` for that of v2. */
export interface Place {
  readonly controllers: Readonly<Record<string, string>>;
  readonly unified?: { readonly directory: string; readonly root: string };
}

/** Fills the cpusets from `root` down to `directory` where they are empty. */
export function fillCpuset(directory: string, root: string): void {
  if (directory !== root) fillCpuset(dirname(directory), root);
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (directory === root || readFileSync(join(directory, file), 'utf8').trim() !== '') continue;
    writeCgroup(join(directory, file), readFileSync(join(dirname(directory), file), 'utf8').trim());
  }
}

/** Hands every controller down from `root` to `directory`. One that is refused is missed when a limit asks for it. */
export function delegate(directory: string, root: string): void {
  const above: string[] = [];
  for (let at = dirname(directory); at.startsWith(root); at = dirname(at)) above.unshift(at);
  for (const at of above) {
    const there = words(join(at, 'cgroup.subtree_control'));
    for (const controller of words(join(at, 'cgroup.controllers')))
      if (!there.includes(controller)) tryHandDown(at, controller);
  }
}

// EBUSY: processes live there, and v2 has them only at the leaves. Others: it is bound to a hierarchy of v1.
function tryHandDown(directory: string, controller: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`);
  } catch {
    return;
  }
}

/** Words of a file; none when it is not there. */
function words(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split(/\s+/).filter(Boolean) : [];
}

/**
 * Writes the limits. When one is refused, those before it are as they were.
 *
 * @throws UNSUPPORTED for a controller that this machine lacks, SYSCALL for what the kernel refuses.
 */
export function writeLimits(place: Place, resources: Resources): void {
  const writes = limitsAt(place, resources);
  const undo: { path: string; value: string }[] = [];
  try {
    for (const { path, value, place: from } of inOrder(writes)) {
      const before = readFileSync(path, 'utf8').trim();
      writeLimit(path, value, from);
      undo.unshift({ path, value: before });
    }
  } catch (error) {
    for (const { path, value } of undo) if (!value.includes('\n')) writeCgroup(path, value);
    throw error;
  }
}

interface Write {
  path: string;
  value: string;
  place: string;
}

function limitsAt(place: Place, resources: Resources): Write[] {
  const { controllers, unified } = place;
  const all = limitsV1(resources);
  const old = all.filter(({ controller }) => controller in controllers);
  const handled = new Set(old.map((limit) => limit.place));
  const lacking = all.filter((limit) => !handled.has(limit.place));
  const rest = lacking.length === 0 ? [] : unified ? fresh(resources, handled) : refuse(lacking[0]!);
  const named = limitsNamed(resources);
  if (named.length && !unified) refuse(named[0]!);
  return [
    ...old.map((limit) => located(controllers[limit.controller]!, limit)),
    ...[...rest, ...named].map((limit) => located(unified!.directory, limit)),
  ];
}

function fresh(resources: Resources, handled: ReadonlySet<string>): Limit[] {
  return limitsV2(resources).filter((limit) => !handled.has(limit.place));
}

/** Files that have another name, or stand in for one that is missing, on some kernels. */
const otherNames: Readonly<Record<string, string>> = {
  'blkio.weight': 'blkio.bfq.weight',
  'blkio.weight_device': 'blkio.bfq.weight_device',
  'io.weight': 'io.bfq.weight',
};

function located(directory: string, limit: Limit): Write {
  const { file, value, place } = limit;
  const names = [file, otherNames[file]].filter((name) => name !== undefined);
  const name = names.find((one) => existsSync(join(directory, one)));
  if (name === undefined) return refuse(limit, join(directory, file));
  return { path: join(directory, name), value, place };
}

function refuse({ controller, place }: Limit, path?: string): never {
  const what = path === undefined ? `there is no controller '${controller}'` : `there is no ${path}`;
  throw new DrydockError('UNSUPPORTED', `${place}: ${what} on this machine`, {
    isolator: 'cgroups',
    hint: 'leave it out; `drydock doctor` says which controllers there are',
  });
}

// The limit of memory must never be above that of memory and swap together, also while both change.
function inOrder(writes: Write[]): Write[] {
  const memory = writes.findIndex(({ path }) => path.endsWith('/memory.limit_in_bytes'));
  const both = writes.findIndex(({ path }) => path.endsWith('/memory.memsw.limit_in_bytes'));
  if (memory < 0 || both < 0) return writes;
  const now = Number(readFileSync(writes[memory]!.path, 'utf8'));
  const wanted = Number(writes[both]!.value);
  if (wanted !== -1 && wanted <= now) return writes;
  const [moved] = writes.splice(both, 1);
  writes.splice(memory, 0, moved!);
  return writes;
}

function writeLimit(path: string, value: string, place: string): void {
  try {
    writeFileSync(path, value);
  } catch (cause) {
    const { code, errno } = cause as NodeJS.ErrnoException;
    throw new DrydockError('SYSCALL', `${place}: cannot write ${value} to ${path}: ${code}`, {
      isolator: 'cgroups',
      call: 'write',
      args: [path, value],
      errno: Math.abs(errno ?? 0),
      hint: hints[code ?? ''],
      cause,
    });
  }
}

const hints: Readonly<Record<string, string>> = {
  EINVAL: 'the kernel does not take this value here: see its neighbours in the same cgroup, and the one above',
  ERANGE: 'the value is outside what the kernel takes',
  EBUSY: 'what is in the cgroup uses more than that already',
  ENODEV: 'there is no such device, or its scheduler does not know of this limit',
  EACCES: 'the value is more than the cgroup above has',
};

function writeCgroup(path: string, value: string): void {
  try {
    writeFileSync(path, value);
  } catch (cause) {
    throw cgroupError('write', path, cause);
  }
}

/**
 * Lets the cgroups open only the devices of the list and those that every container has. On v1 a cgroup cannot have what
 * the one above lacks: of the devices that nobody has asked for, that is no failure.
 */
export function writeDevices({ controllers, unified }: Place, list: Resources['devices'], hasProgram: boolean): void {
  const filter = deviceFilter(list ?? []);
  if (controllers.devices !== undefined) return writeLines(controllers.devices, linesV1(filter), list ?? []);
  if (unified && hasProgram) return attach(unified.directory, deviceProgram(filter));
  if (list?.length)
    throw new DrydockError('UNSUPPORTED', 'linux.resources.devices: this machine can restrict no devices', {
      isolator: 'cgroups',
      hint: 'it needs the devices controller of cgroup v1, or Linux 4.15 with cgroup v2',
    });
}

function writeLines(directory: string, lines: ReturnType<typeof linesV1>, list: readonly { allow: boolean }[]): void {
  for (const { file, value } of lines)
    try {
      writeFileSync(join(directory, file), value);
    } catch (cause) {
      const isExtra = (cause as NodeJS.ErrnoException).code === 'EPERM' && file === 'devices.allow' && value !== 'a';
      if (!isExtra || list.length > 0) throw cgroupError('write', join(directory, file), cause);
    }
}

function attach(directory: string, program: Buffer): void {
  const fd = openSync(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  try {
    native.attachDeviceProgram(fd, program);
  } finally {
    closeSync(fd);
  }
}
