/**
 * Which system calls a container's programs may make: everything that an ordinary program uses, and what its capabilities
 * are for. All others are answered EPERM (seccomp(2); the default profile of Docker is the model, and what it allows is
 * allowed here).
 *
 * A filter is the second wall. Most of what is missing below would be refused by the kernel anyway, for want of a
 * capability; but the code that refuses it had holes, and code that is never reached has none. Missing on purpose, and
 * never with any capability:
 *
 *     keyctl, add_key, request_key      the kernel's keyrings know no namespaces
 *     userfaultfd                       stops the kernel in the middle of a copy; every second exploit wants that
 *     io_uring_*                        runs other calls where no filter sees them (Docker left it out in version 25)
 *     kexec_load, swapon, nfsservctl …  the machine's, not a container's
 *     socket(AF_VSOCK)                  leads to the hypervisor past every network namespace
 *
 * `clone3` passes its flags in memory, where a filter cannot look; ENOSYS makes the C library fall back to `clone`.
 */
import { ENOSYS, EPERM } from '../../linux/errno.ts';
import type { SeccompProfile } from '../../runtime/config.ts';
import { architecturesHere } from '../../runtime/seccomp-by-hand.ts';

type Rule = NonNullable<SeccompProfile['syscalls']>[number];

const ordinary = {
  'files and directories':
    'access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 ' +
    'fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat ' +
    'fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown ' +
    'lchown32 link linkat _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat ' +
    'openat2 readahead readlink readlinkat rename renameat renameat2 rmdir stat stat64 statfs statfs64 statx symlink ' +
    'symlinkat sync sync_file_range syncfs truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes',
  'extended attributes':
    'fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr lremovexattr lsetxattr ' +
    'removexattr setxattr',
  'reading and writing':
    'io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit pipe pipe2 pread64 preadv ' +
    'preadv2 pwrite64 pwritev pwritev2 read readv sendfile sendfile64 splice tee vmsplice write writev',
  'waiting for several things':
    'epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd ' +
    'eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch _newselect poll ppoll ' +
    'ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4',
  sockets:
    'accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg ' +
    'send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair',
  memory:
    'brk madvise membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap msync ' +
    'munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages',
  processes:
    'capget capset execve execveat exit exit_group fork getpgid getpgrp getpid getppid getpriority getrlimit getrusage ' +
    'getsid gettid ioprio_get ioprio_set kill pidfd_open pidfd_send_signal prctl prlimit64 setpgid setpriority setrlimit ' +
    'setsid tgkill times tkill ugetrlimit vfork wait4 waitid waitpid',
  threads:
    'futex futex_time64 futex_waitv get_robust_list get_thread_area rseq sched_get_priority_max sched_get_priority_min ' +
    'sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval ' +
    'sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield ' +
    'set_robust_list set_thread_area set_tid_address',
  signals:
    'pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend ' +
    'rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn',
  'users and groups':
    'getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid ' +
    'getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid ' +
    'setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32',
  time:
    'adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 ' +
    'clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete ' +
    'timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime ' +
    'timerfd_gettime64 timerfd_settime timerfd_settime64',
  'messages between processes':
    'ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 ' +
    'mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget',
  'facts of the machine': 'getcpu getrandom sysinfo uname',
  'walls that a program builds for itself': 'landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp',
  // Since Linux 4.8 a tracer cannot get round the filter of what it traces; on older ones it needs CAP_SYS_PTRACE.
  debuggers: 'process_vm_readv process_vm_writev ptrace',
};

const architectural: Readonly<Record<string, string>> = {
  x64: 'arch_prctl modify_ldt',
  arm64: 'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls',
};

/** What somebody who has the capability may call, too; the kernel asks for the same one. */
const withCapability: Readonly<Record<string, string>> = {
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_SYS_ADMIN:
    'bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount ' +
    'open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare',
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module finit_module init_module',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise',
  CAP_SYS_RAWIO: 'ioperm iopl',
  CAP_SYS_TIME: 'clock_settime clock_settime64 settimeofday stime',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYSLOG: 'syslog',
  CAP_BPF: 'bpf',
  CAP_PERFMON: 'perf_event_open',
};

/** CLONE_NEW* without CLONE_NEWTIME, which clone(2) has no room for. */
const NEW_NAMESPACES = 0x7e020000;
const AF_VSOCK = 40;
/** PER_LINUX, PER_LINUX32, UNAME26 with each, and "what am I?". Others switch protections off. */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

const made = new Map<string, SeccompProfile>();

/** The profile for somebody with these capabilities; the same object for the same, because compiling it takes long. */
export function defaultProfile(capabilities: readonly string[]): SeccompProfile {
  const relevant = Object.keys(withCapability).filter((name) => capabilities.includes(name));
  const key = relevant.join(' ');
  const profile = made.get(key) ?? profileFor(relevant);
  made.set(key, profile);
  return profile;
}

function profileFor(capabilities: readonly string[]): SeccompProfile {
  const names = [
    ...Object.values(ordinary),
    architectural[process.arch] ?? '',
    ...capabilities.map((name) => withCapability[name]!),
  ].flatMap((words) => words.split(' ').filter(Boolean));
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    architectures: architecturesHere(),
    syscalls: [
      { names: [...new Set(names)], action: 'SCMP_ACT_ALLOW' },
      allowIf('socket', { index: 0, op: 'SCMP_CMP_NE', value: AF_VSOCK }),
      ...PERSONALITIES.map((value) => allowIf('personality', { index: 0, op: 'SCMP_CMP_EQ', value })),
      ...(capabilities.includes('CAP_SYS_ADMIN') ? [] : withoutNamespaces),
    ],
  };
}

/** MASKED_EQ takes its mask in `value`, and what is left of the argument below it in `valueTwo`. */
const withoutNamespaces: Rule[] = [
  allowIf('clone', { index: 0, op: 'SCMP_CMP_MASKED_EQ', value: NEW_NAMESPACES, valueTwo: 0 }),
  { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
];

function allowIf(name: string, arg: NonNullable<Rule['args']>[number]): Rule {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args: [arg] };
}
