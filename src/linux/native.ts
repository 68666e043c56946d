/**
 * The one place that loads the C++ addon, and the list of everything that it can do.
 *
 * `native.mount(...)` loads it at the first call, so that `drydock --help` costs no dlopen. Every function throws a
 * DrydockError with code SYSCALL, the call, its arguments and the errno when the kernel refuses, and a TypeError when
 * it was called wrongly. Paths are taken as strings or Buffers; what the kernel answers as a name is a Buffer, because
 * names in Linux are bytes.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { withSentences } from './calls.ts';

export type Path = string | Buffer;

export interface SpawnRequest {
  /** Path of the program; may be `/proc/self/fd/N` of a descriptor of this process. */
  exec: string;
  argv: string[];
  /** `NAME=value` each; nothing is inherited. */
  env: string[];
  /** [ours, theirs]. The child has these, /dev/null for each of 0, 1, 2 that is not named, and nothing else. */
  fds: readonly (readonly [from: number, to: number])[];
  cwd?: string;
  /** Become the leader of a new session. */
  session?: boolean;
  /** Descriptor of the network namespace that it is born into; ours when absent. */
  network?: number;
}

export interface Message {
  data: Buffer;
  /** Descriptors that came along; close-on-exec, and the caller's to close. */
  fds: number[];
}

export interface WaitResult {
  pid: number;
  /** Raw, as in waitpid(2): see `exitCode` in src/runtime/wait.ts. */
  status: number;
}

export interface Watch {
  /** Idempotent. After it no callback comes, also not one that was on its way. */
  close(): void;
}

export interface Limits {
  /** Infinity is "no limit". */
  soft: number;
  hard: number;
}

export interface WindowSize {
  rows: number;
  cols: number;
}

export interface FileSystemFacts {
  /** Magic number, `fileSystems` in constants.ts names them. */
  type: number;
  blockSize: number;
  blocks: number;
  blocksFree: number;
  blocksAvailable: number;
  files: number;
  filesFree: number;
  nameLength: number;
  /** ST_* flags of the mount. */
  flags: number;
}

export interface FileFacts {
  /** Type and permissions, S_IF* | 0o7777. */
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Of 512 bytes, as on disk. */
  blocks: number;
  links: number;
  inode: bigint;
  device: bigint;
  /** What a device node stands for; 0n for others. */
  rdev: bigint;
  /** Nanoseconds since 1970. */
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
}

export interface MountAttributes {
  /** Directory descriptor; AT_FDCWD when absent. */
  fd?: number;
  path?: Path;
  /** AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW. */
  flags?: number;
  /** MOUNT_ATTR_* to set and to clear. */
  set?: number;
  clear?: number;
  /** MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE; 0 leaves it. */
  propagation?: number;
  /** Descriptor of the user namespace of an idmapped mount. */
  userns?: number;
}

export interface FilterRule {
  /** System calls by name, or by number of the native architecture. Names that libseccomp does not know are left out. */
  names: (string | number)[];
  /** SECCOMP_RET_* with its data in the low 16 bits: `SECCOMP_RET_ERRNO | errno.EPERM`. */
  action: number;
  /** All must hold. `op` is libseccomp's SCMP_CMP_*: 1 !=, 2 <, 3 <=, 4 ==, 5 >=, 6 >, 7 masked ==. */
  args?: { index: number; op: number; value: bigint | number; valueTwo?: bigint | number }[];
}

export interface Filter {
  default: number;
  rules: FilterRule[];
  /** `SCMP_ARCH_X86_64` or `x86_64`; the native one is always in. */
  arches?: string[];
}

/** Which record could not be done, and why. */
export interface UnpackFailure {
  record: number;
  call: string;
  errno: number;
}

export interface Native {
  /** posix_spawn(3): pid of a child that the caller reaps with `waitpid`. Costs the same out of any size of Node. */
  spawn(request: SpawnRequest): number;
  /**
   * A descriptor of a copy of the file that nobody can write (CVE-2019-5736); one serves many processes. Before Linux
   * 3.17 it is an unlinked file in `folder` that cannot be written while it runs: then each process needs its own.
   */
  sealedCopy(path: Path, folder?: Path): number;
  /** A read-only file without a name that holds `data`, positioned at its start. */
  anonymousFile(data: Buffer | string): number;
  /** AF_UNIX SOCK_SEQPACKET. The first end is ours and does not block, the second goes to the child. */
  seqpacketPair(): [ours: number, theirs: number];
  /** A connection to the SOCK_STREAM unix socket at this path, which must be shorter than 108 bytes. */
  connectUnix(path: Path): number;
  /** A netlink socket, in the network namespace of this descriptor or in ours. For netlink.ts and netfilter.ts alone. */
  netlinkSocket(protocol: number, namespace?: number): number;
  /** One message, sent by a thread that may wait in the kernel for as long as it takes. */
  sendLater(fd: number, data: Buffer): Promise<void>;
  /** A socket of this type (SOCK_*) with an address, likewise; port 0 is any. One of SOCK_STREAM listens. None blocks. */
  boundSocket(type: number, address: string, port: number, namespace?: number): number;
  /** One message of 1 byte to 64 KiB with up to 253 descriptors, whole or not at all. */
  send(fd: number, data: Buffer | string, fds?: readonly number[]): void;
  /** The next message; null when there is none yet, undefined at the end of the conversation. */
  receive(fd: number): Message | null | undefined;
  /**
   * Calls back on this thread whenever the descriptor is readable or hung up (level-triggered; EPOLLIN by default,
   * EPOLLHUP and EPOLLERR always). Holds a duplicate of the descriptor and keeps the event loop alive until closed.
   */
  watch(fd: number, callback: (events: number) => void, mask?: number): Watch;
  /** waitpid(2), with WNOHANG unless Node may stand still; undefined when nothing has happened. */
  waitpid(pid: number, options: number): WaitResult | undefined;
  /** prlimit(2): the limits before the call. pid 0 is this process. */
  prlimit(pid: number, resource: number, limits?: Limits): Limits;
  /** pidfd_open(2), Linux 5.3, for ended.ts; and pidfd_send_signal(2), 5.1, also to an open /proc/PID, for process.ts. */
  pidfdOpen(pid: number): number;
  pidfdSendSignal(fd: number, signal: number): void;
  /** Orphans below this process become its children. */
  setSubreaper(on: boolean): void;
  prctlDumpable(on: boolean): void;
  /**
   * mallopt(3): how many heaps threads share, from how many bytes a piece gets a mapping of its own, and how many free bytes at
   * the end of a heap go back to the kernel. Nothing where the C library is not glibc.
   */
  limitMalloc(arenas: number, mappedFrom: number, trimmedFrom: number): void;
  /** eventfd(2): readable when somebody has written to it. */
  eventfd(): number;
  /**
   * Loads a program (struct bpf_insn) and lets the cgroup ask it about devices, in place of one that was attached here
   * before (bpf(2), BPF_CGROUP_DEVICE, Linux 4.15; BPF_F_REPLACE 5.5).
   */
  attachDeviceProgram(cgroup: number, program: Buffer): void;
  /**
   * ioctl(2) with a number, or with a struct that is read and may be written; it must hold no pointers. Callers want the
   * named ones beside this file: btrfs.ts, loop.ts, device-mapper.ts.
   */
  ioctl(fd: number, request: number, argument: number | Buffer): number;
  /** LOCK_* of constants.ts; with LOCK_NB unless Node may stand still. */
  flock(fd: number, operation: number): void;

  /** With `cwd`, relative paths in `data` begin there; `source` and `target` must be absolute then. */
  mount(source: Path | null, target: Path, type: Path | null, flags: number, data?: Path | null, cwd?: Path): void;
  umount2(target: Path, flags: number): void;
  /** open_tree(2), Linux 5.2; `dirfd` may be AT_FDCWD. */
  openTree(dirfd: number, path: Path, flags: number): number;
  moveMount(fromFd: number, fromPath: Path, toFd: number, toPath: Path, flags: number): void;
  mountSetattr(attributes: MountAttributes): void;
  statfs(path: Path): FileSystemFacts;
  mkfifo(path: Path, mode: number): void;

  getWinsize(fd: number): WindowSize;
  setWinsize(fd: number, size: WindowSize): void;

  /**
   * Copies what is in one directory, and the directory's own facts, into another that is empty: exactly, with hard links
   * and holes; data is shared where the file system can. Nobody may write into either meanwhile. On a thread of its own.
   */
  copyTree(fromFd: number, toFd: number): Promise<void>;

  /** Extended attributes of an open file; O_PATH descriptors too, so also of symbolic links. */
  setxattr(fd: number, name: Path, value: Buffer, flags?: number): void;
  getxattr(fd: number, name: Path): Buffer;
  listxattr(fd: number): Buffer[];
  removexattr(fd: number, name: Path): void;

  /** libseccomp: the program as an array of struct sock_filter. */
  compileFilter(filter: Filter): Buffer;
  /** Number of a call by name on an architecture (default: this one); undefined if libseccomp does not know it. */
  syscallNumber(name: string, arch?: string): number | undefined;

  /** For features.ts alone: the errno of a harmless attempt at a newer call, 0 where it succeeded. */
  probe(name: string): number;

  /*
   * For rooted.ts alone. `root` is a directory descriptor, `path` is resolved as if that were `/`; `walk` forces the
   * fallback for kernels without openat2. The *At calls take one name inside a directory, never a path.
   */
  rootedOpen(root: number, path: Path, flags: number, mode: number, walk?: boolean): number;
  /** Makes the missing directories and answers an O_PATH descriptor of the last one. */
  rootedMkdirs(root: number, path: Path, mode: number, walk?: boolean): number;
  /** O_CREAT | O_EXCL below a directory that is resolved in the root. */
  rootedCreateFile(root: number, path: Path, mode: number, walk?: boolean): number;
  /** Opens what is there, never through a link (ELOOP; with O_PATH the link itself). */
  openAt(dirfd: number, name: Path, flags: number): number;
  /** Names in a directory without `.` and `..`. */
  listAt(dirfd: number): Buffer[];
  statAt(dirfd: number, name: Path): FileFacts;
  /** Where data lies in an open file, offset and length in turn; the rest is holes. */
  dataExtents(fd: number): number[];
  readlinkAt(dirfd: number, name: Path): Buffer;
  mkdirAt(dirfd: number, name: Path, mode: number): void;
  symlinkAt(target: Path, dirfd: number, name: Path): void;
  mknodAt(dirfd: number, name: Path, mode: number, device: bigint): void;
  linkAt(fromFd: number, fromName: Path, toFd: number, toName: Path): void;
  renameAt(fromFd: number, fromName: Path, toFd: number, toName: Path, flags?: number): void;
  unlinkAt(dirfd: number, name: Path, flags: number): void;
  /** An empty name means the descriptor itself; a link is never followed. */
  chownAt(dirfd: number, name: Path, uid: number, gid: number): void;
  /** On what the descriptor stands for, also when it is O_PATH. EOPNOTSUPP for symbolic links. */
  chmodFd(fd: number, mode: number): void;
  /** Nanoseconds since 1970; undefined leaves one as it is. A link is never followed. */
  utimesAt(dirfd: number, name: Path, atime?: bigint, mtime?: bigint): void;

  /* For unpacking.ts alone. Records are drawn in addon/binding/unpack_records.h. */
  unpackOpen(root: number, whiteouts: number, userxattr: boolean, walk: boolean): unknown;
  unpackClose(handle: unknown): void;
  unpackApply(handle: unknown, records: Buffer, piece: Buffer): UnpackFailure | undefined;
  unpackFinish(handle: unknown): UnpackFailure | undefined;
  unpackWarnings(handle: unknown): { path: Buffer; attribute: Buffer; errno: number }[];
}

/** The project folder: DRYDOCK_HOME, else the first one upward that has package.json and addon/. */
export function projectHome(): string {
  if (process.env.DRYDOCK_HOME) return process.env.DRYDOCK_HOME;
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'addon'))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new DrydockError('UNSUPPORTED', 'the project folder cannot be found', {
    hint: 'start Drydock with ./drydock, or set DRYDOCK_HOME to the folder that holds its package.json',
  });
}

let loaded: Native | undefined;

function load(): Native {
  if (loaded) return loaded;
  const path = join(projectHome(), 'build', 'Release', 'linux.node');
  if (!existsSync(path)) {
    throw new DrydockError('UNSUPPORTED', `the native part of Drydock is not built: ${path} does not exist`, {
      hint: 'run: npm run build:native',
    });
  }
  const addon: { exports: Record<string, (...args: unknown[]) => unknown> } = { exports: {} };
  try {
    process.dlopen(addon, path);
  } catch (cause) {
    throw new DrydockError('UNSUPPORTED', `the native part of Drydock cannot be loaded: ${(cause as Error).message}`, {
      hint: 'it may have been built on another machine; run: npm run build:native',
      cause,
    });
  }
  const wrapped = Object.entries(addon.exports).map(([name, fn]) => [name, withSentences(fn)] as const);
  loaded = Object.fromEntries(wrapped) as unknown as Native;
  return loaded;
}

/** The calls. Loads the addon at the first use of any of them. */
export const native: Native = new Proxy({} as Native, {
  get: (_, name) => Reflect.get(load(), name) as unknown,
  has: (_, name) => Reflect.has(load(), name),
});
