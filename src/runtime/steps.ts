/**
 * The vocabulary: every step that a plan may hold, and in which phase it happens.
 *
 * A step is one system call of the container's own process before its program starts, or a closed compound of a few
 * that must not be parted. addon/shim/steps.cc has the function behind each word; `drydock-shim steps` prints its
 * table, and a test compares the two. A learner never chooses a phase: it follows from the word, or, for the words
 * that are used everywhere (phase `own`), from the isolator that records them.
 */
import { mountWords } from './steps-mounts.ts';
import type { Kind, Kinds, Word } from './words.ts';

export const vocabulary = {
  ...mountWords,
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
  chdir_again: { phase: 'lookup', args: [['path', 'path']], manual: 'chdir(2)' },
  fchdir: { phase: 'own', args: [['fd', 'fd']], manual: 'fchdir(2)' },
  check_cwd: { phase: 'lookup', args: [], manual: 'getcwd(2)' },
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
  umask: { phase: 'surroundings', args: [['mask', 'mode']], manual: 'umask(2)' },
  setgroups: { phase: 'privileges', args: [['groups', 'bytes']], manual: 'setgroups(2)' },
  setresgid: { phase: 'privileges', args: [['gid', 'int']], manual: 'setresgid(2)' },
  setresuid: { phase: 'privileges', args: [['uid', 'int']], manual: 'setresuid(2)' },
  setrlimit: {
    phase: 'limits',
    args: [
      ['resource', 'resource'],
      ['soft', 'int'],
      ['hard', 'int'],
    ],
    manual: 'setrlimit(2)',
  },
  sched_setattr: {
    phase: 'limits',
    args: [
      ['policy', 'int'],
      ['flags', 'int'],
      ['nice', 'int'],
      ['priority', 'int'],
      ['runtime', 'int'],
      ['deadline', 'int'],
      ['period', 'int'],
    ],
    manual: 'sched_setattr(2)',
  },
  ioprio_set: {
    phase: 'limits',
    args: [
      ['class', 'int'],
      ['priority', 'int'],
    ],
    manual: 'ioprio_set(2)',
  },
  personality: {
    phase: 'limits',
    args: [['persona', 'int']],
    manual: 'personality(2)',
  },
  cap_bounding: {
    phase: 'privileges',
    args: [['set', 'capabilities']],
    manual: 'capabilities(7)',
  },
  keep_caps: { phase: 'privileges', args: [], manual: 'prctl(2)' },
  capset: {
    phase: 'privileges',
    args: [
      ['effective', 'capabilities'],
      ['permitted', 'capabilities'],
      ['inheritable', 'capabilities'],
    ],
    manual: 'capset(2)',
  },
  cap_ambient: {
    phase: 'privileges',
    args: [['set', 'capabilities']],
    manual: 'capabilities(7)',
  },
  no_new_privs: {
    phase: 'privileges',
    args: [],
    manual: 'prctl(2)',
  },
  seccomp: {
    phase: 'own',
    args: [
      ['filter', 'bytes'],
      ['flags', 'int'],
      ['welcome', 'int'],
    ],
    manual: 'seccomp(2)',
  },
  landlock_create_ruleset: {
    phase: 'filter-early',
    args: [['rights', 'landlockRights']],
    manual: 'landlock_create_ruleset(2)',
  },
  landlock_add_rule: {
    phase: 'filter-early',
    args: [
      ['ruleset', 'fd'],
      ['rights', 'landlockRights'],
      ['directory', 'fd'],
    ],
    manual: 'landlock_add_rule(2)',
  },
  landlock_restrict_self: {
    phase: 'filter-early',
    args: [['ruleset', 'fd']],
    manual: 'landlock_restrict_self(2)',
  },
  write_attr: {
    phase: 'masks',
    args: [
      ['root', 'fd'],
      ['name', 'path'],
      ['value', 'text'],
    ],
    manual: 'proc_pid_attr(5)',
  },
  write_sysctl: {
    phase: 'masks',
    args: [
      ['root', 'fd'],
      ['name', 'path'],
      ['value', 'text'],
    ],
    manual: 'sysctl(2)',
  },
  run_hook: {
    phase: 'start-hooks',
    args: [
      ['path', 'path'],
      ['argv', 'strings'],
      ['env', 'strings'],
      ['timeout', 'int'],
      ['before_pid', 'bytes'],
      ['after_pid', 'bytes'],
    ],
    manual: 'execve(2)',
  },
  lookup_exec: { phase: 'lookup', args: [['candidates', 'strings']], manual: 'execvp(3)' },
  hold_signals: { phase: 'last-word', args: [], manual: 'sigprocmask(2)' },
  prepare_exec: { phase: 'last-word', args: [['preserved', 'int']], manual: 'close_range(2)' },
  execve: {
    phase: 'exec',
    args: [
      ['argv', 'strings'],
      ['env', 'strings'],
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
  chown_stdio: { phase: 'surroundings', args: [['uid', 'int']], manual: 'fchown(2)' },
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
