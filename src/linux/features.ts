/**
 * What this kernel can do, found out by trying, never by its version: distributions carry features back, containers
 * and filters take them away.
 *
 * Each feature is probed at its first use and remembered. Whoever decides by a feature takes a `Features` value (an
 * isolator gets it in its context), so a test can hand in a table: `linux316` is the oldest kernel that Drydock
 * serves. What each feature is good for stands in feature-facts.ts. The attempts are in addon/binding/probes.cc.
 */
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { umountFlags } from './constants.ts';
import { errno } from './errno.ts';
import { type Mount, mountAt, readMountinfo } from './mountinfo.ts';
import { native } from './native.ts';
import { readStatus } from './procfs.ts';

/** Which hierarchies there are: only the old ones, the old ones beside the new one, only the new one, or none mounted. */
export type CgroupLayout = 'v1' | 'hybrid' | 'v2' | 'none';

/** True when the call exists: everything but ENOSYS. */
const has = (name: string) => (): boolean => native.probe(name) !== errno.ENOSYS;
/** True when the call exists and accepts this flag or request. */
const accepts =
  (name: string, ...refusals: number[]) =>
  (): boolean =>
    ![errno.ENOSYS, errno.EINVAL, ...refusals].includes(native.probe(name));
const exists = (path: string) => (): boolean => existsSync(path);

const probes = {
  clone3: has('clone3'),
  cloneIntoCgroup: accepts('cloneIntoCgroup', errno.E2BIG),
  pidfd: () => has('pidfdOpen')() && has('pidfdSendSignal')(),
  openat2: has('openat2'),
  newMountApi: () => has('fsopen')() && has('openTree')() && has('moveMount')(),
  mountSetattr: has('mountSetattr'),
  closeRange: accepts('closeRange'),
  memfd: has('memfd'),
  seccompSyscall: has('seccompSyscall'),
  seccompListener: accepts('seccompListener'),
  ambientCapabilities: accepts('ambientCapabilities'),
  tiocgptpeer: accepts('tiocgptpeer', errno.ENOTTY, errno.ENOENT),
  overlay: hasOverlay,
  overlayMultiLower: hasOverlayMultiLower,
  userNamespace: hasUserNamespace,
  landlock: accepts('landlock', errno.EOPNOTSUPP),
  landlockTruncate: accepts('landlockTruncate', errno.EOPNOTSUPP),
  cgroupNamespace: accepts('cgroupNamespace'),
  timeNamespace: accepts('timeNamespace'),
  setgroupsFile: exists('/proc/self/setgroups'),
  threadSelf: exists('/proc/thread-self'),
  nsPids: () => readStatus('self')?.has('NSpid') ?? false,
  cgroupPids: () => hasController('pids'),
  cgroupMemory: () => hasController('memory'),
  cgroupKill: () => hasCgroupFile('cgroup.kill'),
  cgroupFreeze: () => hasCgroupFile('cgroup.freeze'),
  cgroupDeviceProgram: accepts('deviceProgram', errno.EPERM, errno.EACCES),
  /** True is the worse case here: pivot_root refuses to leave the initial root. */
  initialRootIsRamfs: () => mountAt('/')?.type === 'rootfs',
} satisfies Record<string, () => boolean>;

export type FeatureName = keyof typeof probes;
export type Features = Readonly<Record<FeatureName, boolean>> & { readonly cgroup: CgroupLayout };

export const featureNames = Object.keys(probes) as FeatureName[];

/** Debian 8: cgroup v1, neither overlay (3.18) nor anything that came later. */
export const linux316: Features = {
  ...(Object.fromEntries(featureNames.map((name) => [name, false])) as Record<FeatureName, boolean>),
  userNamespace: true,
  cgroupMemory: true,
  cgroup: 'v1',
};

function hasOverlay(): boolean {
  if (/^nodev\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))) return true;
  return native.probe('overlay') === errno.EINVAL;
}

/** Mounts two lower directories, which Linux 3.18 and 3.19 refuse. The new mount API is much younger, so it settles it. */
function hasOverlayMultiLower(): boolean {
  const now = features();
  if (!now.overlay || now.newMountApi) return now.overlay;
  const folder = mkdtempSync(join(tmpdir(), 'drydock-probe-'));
  const [upper, lower, target] = ['upper', 'lower', 'target'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const part of [upper, lower, target]) mkdirSync(part);
  try {
    native.mount('overlay', target, 'overlay', 0, `lowerdir=${upper}:${lower}`);
    native.umount2(target, umountFlags.MNT_DETACH);
    rmSync(folder, { recursive: true });
    return true;
  } catch {
    // Refused, whatever for: then deeper images are flattened, which is slower and always right.
    for (const part of [upper, lower, target, folder]) rmdirSync(part);
    return false;
  }
}

function hasUserNamespace(): boolean {
  if (!existsSync('/proc/self/ns/user')) return false;
  const limit = '/proc/sys/user/max_user_namespaces';
  return !existsSync(limit) || Number(readFileSync(limit, 'utf8')) > 0;
}

/** By the types that are mounted below /sys/fs/cgroup, or wherever else cgroups are. */
export function cgroupLayout(mounts: readonly Mount[] = readMountinfo()): CgroupLayout {
  // A hierarchy without a controller (systemd's) limits nothing.
  const old = mounts.some(({ type, superOptions }) => type === 'cgroup' && !/(^|,)name=/.test(superOptions));
  const unified = mounts.some(({ type }) => type === 'cgroup2');
  if (old) return unified ? 'hybrid' : 'v1';
  return unified ? 'v2' : 'none';
}

function hasController(name: string): boolean {
  const inOld = existsSync('/proc/cgroups') ? readFileSync('/proc/cgroups', 'utf8') : '';
  // Name, hierarchy, number of cgroups, enabled: `cgroup_disable=memory` leaves the line with a 0.
  if (new RegExp(`^${name}\\t\\d+\\t\\d+\\t1$`, 'm').test(inOld)) return true;
  const unified = readMountinfo().find(({ type }) => type === 'cgroup2');
  if (!unified) return false;
  return readFileSync(join(unified.mountPoint, 'cgroup.controllers'), 'utf8').trim().split(' ').includes(name);
}

/** The file is in every cgroup v2 but the root one, so one that is not the root is needed to look. */
function hasCgroupFile(file: string): boolean {
  const unified = readMountinfo().find(({ type, root }) => type === 'cgroup2' && root === '/');
  if (!unified) return false;
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  if (own !== '/' && !own.startsWith('/..')) return existsSync(join(unified.mountPoint, own, file));
  const empty = join(unified.mountPoint, `drydock-probe-${process.pid}`);
  try {
    mkdirSync(empty);
  } catch {
    return false; // Not root, or a read-only mount: then it cannot be used either.
  }
  try {
    return existsSync(join(empty, file));
  } finally {
    rmdirSync(empty);
  }
}

/** An object whose fields are computed when they are first read. */
function lazily<T extends object>(fields: { [K in keyof T]: () => T[K] }): T {
  const target = {} as T;
  for (const name of Object.keys(fields) as (keyof T)[]) {
    Object.defineProperty(target, name, {
      enumerable: true,
      configurable: true,
      get() {
        const value = fields[name]();
        Object.defineProperty(target, name, { value, enumerable: true });
        return value;
      },
    });
  }
  return target;
}

const probed = lazily<Features>({ ...probes, cgroup: cgroupLayout });
let injected: Features | undefined;

/** This kernel's features, or the table that a test has set; with some of them replaced. */
export function features(replaced?: Partial<Features>): Features {
  const now = injected ?? probed;
  return replaced ? { ...now, ...replaced } : now;
}

/** From now on `features()` answers this table; undefined: the truth. For tests. */
export function setFeatures(table: Features | undefined): void {
  injected = table;
}

/** Runs `body` with another table, also across its awaits, and then goes back to the one before. For tests. */
export async function withFeatures<T>(table: Features, body: () => T | Promise<T>): Promise<T> {
  const before = injected;
  setFeatures(table);
  try {
    return await body();
  } finally {
    setFeatures(before);
  }
}
