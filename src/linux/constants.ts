/**
 * The kernel's numbers by the names that its manual pages use.
 *
 * They are spelled out because they are the vocabulary of the book: a learner who sees MS_REC in a plan finds it here.
 * Each group is a table, by which flags are printed, and its members are exported by their own names.
 * Those of open(2) differ between architectures (O_DIRECTORY, O_NOFOLLOW), so they come from Node.
 */
import { constants } from 'node:os';
import { constants as fs } from 'node:fs';

/** mount(2). */
export const mountFlags = {
  MS_RDONLY: 1,
  MS_NOSUID: 1 << 1,
  MS_NODEV: 1 << 2,
  MS_NOEXEC: 1 << 3,
  MS_SYNCHRONOUS: 1 << 4,
  MS_REMOUNT: 1 << 5,
  MS_MANDLOCK: 1 << 6,
  MS_DIRSYNC: 1 << 7,
  MS_NOSYMFOLLOW: 1 << 8,
  MS_NOATIME: 1 << 10,
  MS_NODIRATIME: 1 << 11,
  MS_BIND: 1 << 12,
  MS_MOVE: 1 << 13,
  MS_REC: 1 << 14,
  MS_SILENT: 1 << 15,
  MS_POSIXACL: 1 << 16,
  MS_UNBINDABLE: 1 << 17,
  MS_PRIVATE: 1 << 18,
  MS_SLAVE: 1 << 19,
  MS_SHARED: 1 << 20,
  MS_RELATIME: 1 << 21,
  MS_I_VERSION: 1 << 23,
  MS_STRICTATIME: 1 << 24,
  MS_LAZYTIME: 1 << 25,
} as const;
export const {
  MS_RDONLY,
  MS_NOSUID,
  MS_NODEV,
  MS_NOEXEC,
  MS_SYNCHRONOUS,
  MS_REMOUNT,
  MS_MANDLOCK,
  MS_DIRSYNC,
  MS_NOSYMFOLLOW,
  MS_NOATIME,
  MS_NODIRATIME,
  MS_BIND,
  MS_MOVE,
  MS_REC,
  MS_SILENT,
  MS_POSIXACL,
  MS_UNBINDABLE,
  MS_PRIVATE,
  MS_SLAVE,
  MS_SHARED,
  MS_RELATIME,
  MS_I_VERSION,
  MS_STRICTATIME,
  MS_LAZYTIME,
} = mountFlags;

/** umount2(2). */
export const umountFlags = { MNT_FORCE: 1, MNT_DETACH: 2, MNT_EXPIRE: 4, UMOUNT_NOFOLLOW: 8 } as const;
export const { MNT_FORCE, MNT_DETACH, MNT_EXPIRE, UMOUNT_NOFOLLOW } = umountFlags;

/** clone(2), unshare(2), setns(2). The low byte of clone's flags is the signal. */
export const cloneFlags = {
  CLONE_NEWTIME: 0x80,
  CLONE_VM: 0x100,
  CLONE_FS: 0x200,
  CLONE_FILES: 0x400,
  CLONE_PIDFD: 0x1000,
  CLONE_VFORK: 0x4000,
  CLONE_PARENT: 0x8000,
  CLONE_NEWNS: 0x20000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
  CLONE_INTO_CGROUP: 0x200000000,
} as const;
export const {
  CLONE_NEWTIME,
  CLONE_VM,
  CLONE_FS,
  CLONE_FILES,
  CLONE_PIDFD,
  CLONE_VFORK,
  CLONE_PARENT,
  CLONE_NEWNS,
  CLONE_NEWCGROUP,
  CLONE_NEWUTS,
  CLONE_NEWIPC,
  CLONE_NEWUSER,
  CLONE_NEWPID,
  CLONE_NEWNET,
  CLONE_INTO_CGROUP,
} = cloneFlags;

/** openat(2) and its family. */
export const atFlags = {
  AT_FDCWD: -100,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_REMOVEDIR: 0x200,
  AT_SYMLINK_FOLLOW: 0x400,
  AT_EMPTY_PATH: 0x1000,
  AT_RECURSIVE: 0x8000,
} as const;
export const { AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_REMOVEDIR, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH, AT_RECURSIVE } = atFlags;

/** open_tree(2), move_mount(2), mount_setattr(2). */
export const treeFlags = {
  OPEN_TREE_CLONE: 1,
  MOVE_MOUNT_F_EMPTY_PATH: 4,
  MOVE_MOUNT_T_EMPTY_PATH: 0x40,
  MOUNT_ATTR_RDONLY: 1,
  MOUNT_ATTR_NOSUID: 2,
  MOUNT_ATTR_NODEV: 4,
  MOUNT_ATTR_NOEXEC: 8,
  MOUNT_ATTR_NOATIME: 0x10,
  MOUNT_ATTR_STRICTATIME: 0x20,
  MOUNT_ATTR__ATIME: 0x70,
  MOUNT_ATTR_NODIRATIME: 0x80,
  MOUNT_ATTR_IDMAP: 0x100000,
  MOUNT_ATTR_NOSYMFOLLOW: 0x200000,
} as const;
export const {
  OPEN_TREE_CLONE,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_T_EMPTY_PATH,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_STRICTATIME,
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_IDMAP,
  MOUNT_ATTR_NOSYMFOLLOW,
} = treeFlags;

/** open(2). Node leaves out what is Linux's own: O_PATH and O_CLOEXEC have one value on x64 and arm64. */
export const openFlags = {
  O_RDONLY: fs.O_RDONLY,
  O_WRONLY: fs.O_WRONLY,
  O_RDWR: fs.O_RDWR,
  O_CREAT: fs.O_CREAT,
  O_EXCL: fs.O_EXCL,
  O_NOCTTY: fs.O_NOCTTY,
  O_TRUNC: fs.O_TRUNC,
  O_APPEND: fs.O_APPEND,
  O_NONBLOCK: fs.O_NONBLOCK,
  O_DIRECTORY: fs.O_DIRECTORY,
  O_NOFOLLOW: fs.O_NOFOLLOW,
  O_CLOEXEC: 0x80000,
  O_PATH: 0x200000,
  O_TMPFILE: 0x400000 | fs.O_DIRECTORY,
} as const;
export const {
  O_RDONLY,
  O_WRONLY,
  O_RDWR,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_TRUNC,
  O_APPEND,
  O_NONBLOCK,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_CLOEXEC,
  O_PATH,
  O_TMPFILE,
} = openFlags;

/** waitpid(2), flock(2), epoll(7). */
export const waitFlags = { WNOHANG: 1, WUNTRACED: 2, WCONTINUED: 8 } as const;
export const { WNOHANG, WUNTRACED, WCONTINUED } = waitFlags;
export const lockFlags = { LOCK_SH: 1, LOCK_EX: 2, LOCK_NB: 4, LOCK_UN: 8 } as const;
export const { LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN } = lockFlags;
export const pollFlags = {
  EPOLLIN: 1,
  EPOLLPRI: 2,
  EPOLLOUT: 4,
  EPOLLERR: 8,
  EPOLLHUP: 16,
  EPOLLRDHUP: 0x2000,
} as const;
export const { EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP } = pollFlags;

/** renameat2(2). */
export const renameFlags = { RENAME_NOREPLACE: 1, RENAME_EXCHANGE: 2 } as const;
export const { RENAME_NOREPLACE, RENAME_EXCHANGE } = renameFlags;

/** getrlimit(2), with the names that an OCI spec uses. */
export const resourceLimits = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
} as const;
export const {
  RLIMIT_CPU,
  RLIMIT_FSIZE,
  RLIMIT_DATA,
  RLIMIT_STACK,
  RLIMIT_CORE,
  RLIMIT_RSS,
  RLIMIT_NPROC,
  RLIMIT_NOFILE,
  RLIMIT_MEMLOCK,
  RLIMIT_AS,
  RLIMIT_LOCKS,
  RLIMIT_SIGPENDING,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_RTPRIO,
  RLIMIT_RTTIME,
} = resourceLimits;

/** sched_setattr(2), with the names that an OCI spec uses. */
export const schedulingPolicies = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
} as const;
export const schedulingFlags = {
  SCHED_FLAG_RESET_ON_FORK: 0x01,
  SCHED_FLAG_RECLAIM: 0x02,
  SCHED_FLAG_DL_OVERRUN: 0x04,
  SCHED_FLAG_KEEP_POLICY: 0x08,
  SCHED_FLAG_KEEP_PARAMS: 0x10,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
} as const;
/** ioprio_set(2), with the names that an OCI spec uses. */
export const ioClasses = { IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3 } as const;

/** st_mode, inode(7). */
export const modeBits = {
  S_IFMT: 0o170000,
  S_IFSOCK: 0o140000,
  S_IFLNK: 0o120000,
  S_IFREG: 0o100000,
  S_IFBLK: 0o060000,
  S_IFDIR: 0o040000,
  S_IFCHR: 0o020000,
  S_IFIFO: 0o010000,
} as const;
export const { S_IFMT, S_IFSOCK, S_IFLNK, S_IFREG, S_IFBLK, S_IFDIR, S_IFCHR, S_IFIFO } = modeBits;

/** @public What statfs(2) calls `f_type`. */
export const fileSystems = {
  proc: 0x9fa0,
  sysfs: 0x62656572,
  tmpfs: 0x1021994,
  ramfs: 0x858458f6,
  devpts: 0x1cd1,
  mqueue: 0x19800202,
  cgroup: 0x27e0eb,
  cgroup2: 0x63677270,
  nsfs: 0x6e736673,
  overlay: 0x794c7630,
  ext4: 0xef53,
  xfs: 0x58465342,
  btrfs: 0x9123683e,
  nfs: 0x6969,
} as const;

/** seccomp(2): what a filter answers; an errno or a value goes into the low 16 bits. */
export const seccompActions = {
  SECCOMP_RET_KILL_PROCESS: 0x80000000,
  SECCOMP_RET_KILL_THREAD: 0,
  SECCOMP_RET_TRAP: 0x30000,
  SECCOMP_RET_ERRNO: 0x50000,
  SECCOMP_RET_USER_NOTIF: 0x7fc00000,
  SECCOMP_RET_TRACE: 0x7ff00000,
  SECCOMP_RET_LOG: 0x7ffc0000,
  SECCOMP_RET_ALLOW: 0x7fff0000,
} as const;
export const {
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_USER_NOTIF,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_LOG,
  SECCOMP_RET_ALLOW,
} = seccompActions;

/** Signals by name, SIGHUP to SIGSYS, without the aliases that Node lists too. */
export const signals: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(constants.signals).filter(([name]) => !['SIGIOT', 'SIGPOLL', 'SIGUNUSED'].includes(name)),
);

const signalNames = new Map(Object.entries(signals).map(([name, number]) => [number, name]));
const firstRealTime = 34;
const lastSignal = 64;

/** `SIGTERM` for 15, `SIGRTMIN+1` for 35. */
export function signalName(number: number): string {
  if (number >= firstRealTime && number <= lastSignal) {
    return number === firstRealTime ? 'SIGRTMIN' : `SIGRTMIN+${number - firstRealTime}`;
  }
  return signalNames.get(number) ?? `signal ${number}`;
}

/** 15 for `15`, `TERM`, `SIGTERM` or `sigterm`; `RTMIN+1` and `RTMAX-1` too. Undefined when there is no such signal. */
export function signalNumber(name: string): number | undefined {
  if (/^\d{1,3}$/.test(name)) {
    const number = Number(name);
    return number >= 1 && number <= lastSignal ? number : undefined;
  }
  const bare = name.toUpperCase().replace(/^SIG/, '');
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(bare);
  if (!realTime) return signals[`SIG${bare}`];
  const [, base, sign, distance] = realTime;
  const number = (base === 'MIN' ? firstRealTime : lastSignal) + Number(`${sign ?? '+'}${distance ?? 0}`);
  return number >= firstRealTime && number <= lastSignal ? number : undefined;
}

/** `MS_BIND|MS_REC`; what has no name is left as a number. Meant for tables of single bits. */
export function flagNames(table: Readonly<Record<string, number>>, value: number): string {
  let rest = value;
  const names: string[] = [];
  for (const [name, bit] of Object.entries(table)) {
    if (bit > 0 && (rest & bit) === bit) {
      names.push(name);
      rest &= ~bit;
    }
  }
  if (rest !== 0 || names.length === 0) names.push(rest < 10 ? String(rest) : `0x${rest.toString(16)}`);
  return names.join('|');
}

/** makedev(3): 12 bits of major, 20 of minor, in the two halves that Linux 2.6 left them in. */
export function makedev(major: number, minor: number): bigint {
  const [a, i] = [BigInt(major), BigInt(minor)];
  return ((a & 0xfffff000n) << 32n) | ((a & 0xfffn) << 8n) | ((i & 0xffffff00n) << 12n) | (i & 0xffn);
}

export function majorOf(device: bigint): number {
  return Number(((device >> 32n) & 0xfffff000n) | ((device >> 8n) & 0xfffn));
}

export function minorOf(device: bigint): number {
  return Number(((device >> 12n) & 0xffffff00n) | (device & 0xffn));
}
