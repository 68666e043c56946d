/**
 * The vocabulary: every step that a plan may hold, and in which phase it happens.
 *
 * A step is one system call of the container's own process before its program starts, or a closed compound of a few
 * that must not be parted. addon/shim/steps.cc has the function behind each word; `drydock-shim steps` prints its
 * table, and a test compares the two. A learner never chooses a phase: it follows from the word, or, for the words
 * that are used everywhere (phase `own`), from the isolator that records them.
 */

/** In the order in which the kernel needs them; the groups are explained in ARCHITECTURE.md. */
export const phases = [
  'join',
  'mounts',
  'devices',
  'mounted',
  'pivot',
  'terminal',
  'seal',
  'names',
  'limits',
  'filter-early',
  'privileges',
  'lookup',
  'created',
  'filter-late',
  'exec',
] as const;
export type Phase = (typeof phases)[number];

/** A descriptor that an earlier step left in a slot, or that the parent gave. */
export interface Fd {
  readonly fd: string;
}

/** What an argument may be, and how it is printed. */
export interface Kinds {
  int: number;
  mode: number;
  mountFlags: number;
  umountFlags: number;
  cloneFlags: number;
  openFlags: number;
  path: string;
  text: string;
  bytes: Buffer;
  strings: readonly string[];
  fd: Fd;
  owner: { uid: number; gid: number };
}
export type Kind = keyof Kinds;

export interface Word {
  readonly phase: Phase | 'own';
  /** Argument names with their kinds; a trailing `?` allows null. */
  readonly args: readonly (readonly [name: string, kind: Kind | `${Kind}?`])[];
  /** Manual page. */
  readonly manual: string;
}

export const vocabulary = {
  mount: {
    phase: 'own',
    args: [
      ['source', 'path?'],
      ['target', 'path?'],
      ['type', 'text?'],
      ['flags', 'mountFlags'],
      ['data', 'text?'],
    ],
    manual: 'mount(2)',
  },
  umount2: {
    phase: 'own',
    args: [
      ['target', 'path'],
      ['flags', 'umountFlags'],
    ],
    manual: 'umount2(2)',
  },
  mount_at: {
    phase: 'mounts',
    args: [
      ['root', 'fd'],
      ['target', 'path'],
      ['source', 'path?'],
      ['type', 'text?'],
      ['flags', 'mountFlags'],
      ['data', 'text?'],
      ['propagation', 'mountFlags'],
    ],
    manual: 'mount(2)',
  },
  bind_at: {
    phase: 'mounts',
    args: [
      ['root', 'fd'],
      ['target', 'path'],
      ['source', 'path'],
      ['set', 'mountFlags'],
      ['clear', 'mountFlags'],
      ['propagation', 'mountFlags'],
      ['covers_proc', 'int'],
    ],
    manual: 'mount(2)',
  },
  pivot_root: {
    phase: 'pivot',
    args: [
      ['new_root', 'path'],
      ['put_old', 'path'],
    ],
    manual: 'pivot_root(2)',
  },
  chroot: { phase: 'pivot', args: [['path', 'path']], manual: 'chroot(2)' },
  open_tree: {
    phase: 'mounts',
    args: [
      ['path', 'path'],
      ['recursive', 'int'],
    ],
    manual: 'open_tree(2)',
  },
  mount_setattr: {
    phase: 'mounts',
    args: [
      ['tree', 'fd'],
      ['recursive', 'int'],
      ['set', 'mountFlags'],
      ['clear', 'mountFlags'],
      ['propagation', 'mountFlags'],
    ],
    manual: 'mount_setattr(2)',
  },
  move_mount: {
    phase: 'mounts',
    args: [
      ['tree', 'fd'],
      ['root', 'fd'],
      ['target', 'path'],
      ['covers_proc', 'int'],
    ],
    manual: 'move_mount(2)',
  },
  open: {
    phase: 'own',
    args: [
      ['path', 'path'],
      ['flags', 'openFlags'],
    ],
    manual: 'open(2)',
  },
  open_root: { phase: 'own', args: [['path', 'path']], manual: 'open(2)' },
  dup2: {
    phase: 'own',
    args: [
      ['fd', 'fd'],
      ['number', 'int'],
    ],
    manual: 'dup2(2)',
  },
  write_file: {
    phase: 'own',
    args: [
      ['path', 'path'],
      ['data', 'bytes'],
    ],
    manual: 'write(2)',
  },
  mkdir_at: {
    phase: 'mounts',
    args: [
      ['root', 'fd'],
      ['path', 'path'],
      ['mode', 'mode'],
    ],
    manual: 'mkdirat(2)',
  },
  mknod_at: {
    phase: 'devices',
    args: [
      ['root', 'fd'],
      ['path', 'path'],
      ['mode', 'mode'],
      ['major', 'int'],
      ['minor', 'int'],
      ['owner', 'owner'],
      ['host', 'path?'],
    ],
    manual: 'mknodat(2)',
  },
  symlink_at: {
    phase: 'devices',
    args: [
      ['root', 'fd'],
      ['path', 'path'],
      ['content', 'text'],
    ],
    manual: 'symlinkat(2)',
  },
  chdir: { phase: 'own', args: [['path', 'path']], manual: 'chdir(2)' },
  chdir_again: { phase: 'privileges', args: [['path', 'path']], manual: 'chdir(2)' },
  fchdir: { phase: 'own', args: [['fd', 'fd']], manual: 'fchdir(2)' },
  check_cwd: { phase: 'privileges', args: [], manual: 'getcwd(2)' },
  unshare: { phase: 'own', args: [['flags', 'cloneFlags']], manual: 'unshare(2)' },
  setns: {
    phase: 'own',
    args: [
      ['path', 'path'],
      ['type', 'cloneFlags'],
    ],
    manual: 'setns(2)',
  },
  setsid: { phase: 'join', args: [], manual: 'setsid(2)' },
  join_session_keyring: { phase: 'join', args: [['name', 'text']], manual: 'keyctl(2)' },
  sethostname: { phase: 'names', args: [['name', 'text']], manual: 'sethostname(2)' },
  setdomainname: { phase: 'names', args: [['name', 'text']], manual: 'setdomainname(2)' },
  umask: { phase: 'privileges', args: [['mask', 'mode']], manual: 'umask(2)' },
  setgroups: { phase: 'privileges', args: [['groups', 'bytes']], manual: 'setgroups(2)' },
  setresgid: { phase: 'privileges', args: [['gid', 'int']], manual: 'setresgid(2)' },
  setresuid: { phase: 'privileges', args: [['uid', 'int']], manual: 'setresuid(2)' },
  seccomp: {
    phase: 'filter-early',
    args: [
      ['filter', 'bytes'],
      ['flags', 'int'],
    ],
    manual: 'seccomp(2)',
  },
  lookup_exec: { phase: 'lookup', args: [['candidates', 'strings']], manual: 'execvp(3)' },
  execve: {
    phase: 'exec',
    args: [
      ['argv', 'strings'],
      ['env', 'strings'],
      ['preserved', 'int'],
    ],
    manual: 'execve(2)',
  },
  open_console: {
    phase: 'terminal',
    args: [
      ['rows', 'int'],
      ['columns', 'int'],
      ['owner', 'int'],
      ['bind', 'int'],
    ],
    manual: 'pty(7)',
  },
  chown_stdio: { phase: 'privileges', args: [['uid', 'int']], manual: 'fchown(2)' },
  link_up: { phase: 'own', args: [['name', 'text']], manual: 'netdevice(7)' },
  sync: { phase: 'own', args: [['name', 'text']], manual: 'recv(2)' },
  send_fd: {
    phase: 'own',
    args: [
      ['socket', 'fd?'],
      ['fd', 'fd'],
      ['name', 'text'],
    ],
    manual: 'unix(7)',
  },
  await_go: {
    phase: 'created',
    args: [
      ['fifo', 'fd'],
      ['start_error', 'fd'],
    ],
    manual: 'fifo(7)',
  },
} as const satisfies Record<string, Word>;

export type Vocabulary = typeof vocabulary;
export type Call = keyof Vocabulary;

type ArgOf<K> = K extends `${infer Base extends Kind}?` ? Kinds[Base] | null : K extends Kind ? Kinds[K] : never;

type Values<A extends readonly (readonly [string, string])[]> = {
  -readonly [I in keyof A]: ArgOf<A[I][1]>;
};

/** The arguments of a step, in order. */
export type ArgsOf<C extends Call> = Values<Vocabulary[C]['args']>;

/** Whether an argument of this kind may be null. */
export function isOptional(kind: string): boolean {
  return kind.endsWith('?');
}
