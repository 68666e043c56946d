/**
 * What a number means when a certain call says it. The kernel has one EINVAL for forty reasons; the manual pages list
 * them, and these sentences keep to the ones that people meet while they build containers.
 *
 * Read on in the manual page of the call, section ERRORS.
 */
type Sentences = Readonly<Record<string, Readonly<Record<string, string>>>>;

const execve: Sentences[string] = {
  ENOENT:
    'The program does not exist, or it does but its interpreter (the dynamic loader, or what its #! line names) is missing in this root file system.',
  ENOEXEC: 'The program is built for another machine, or is a script whose first line is not #! and an interpreter.',
  EACCES:
    'The program or a directory on the way may not be executed by this user, it is no regular file, or its mount is noexec.',
  EPERM: 'The mount is nosuid or no_new_privs is set and the file asks for capabilities, or a tracer forbids it.',
  ETXTBSY: 'Somebody has the program open for writing.',
  E2BIG: 'The arguments and the environment are too large: 2 MB together, 128 KB for one string.',
  EAGAIN: 'The user has more processes than RLIMIT_NPROC allows, which is checked at execve after a change of user.',
};

const clone: Sentences[string] = {
  EINVAL:
    'This kernel lacks one of the namespaces or flags, or they exclude each other (a new user namespace together with a shared file system).',
  EPERM: 'New namespaces need CAP_SYS_ADMIN, or a new user namespace, which this system may forbid to ordinary users.',
  ENOSPC:
    'The limit in /proc/sys/user/max_*_namespaces is reached (it may be 0), or namespaces are nested more than 32 deep.',
  EUSERS: 'User namespaces are nested more than 32 deep, or too many exist.',
  EAGAIN: 'Too many processes: RLIMIT_NPROC, pids.max of the cgroup, or kernel.pid_max.',
  ENOMEM: 'No memory; or the first process of this PID namespace has ended, after which none can be born in it.',
  EBUSY:
    'The target cgroup is being removed or has controllers enabled for its children (cgroup v2 keeps processes in leaves).',
  EOPNOTSUPP: 'The target cgroup is of type "domain invalid".',
};

const mountCall: Sentences[string] = {
  EPERM:
    'Mounting needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace; and in a user namespace a remount must keep the locked flags (nosuid, nodev, noexec, read-only).',
  ENOENT: 'The mount point or the source does not exist.',
  EBUSY:
    'The source is mounted already with other options, or the file system is still open for writing and cannot become read-only.',
  EINVAL:
    'The source holds no such file system, an option is unknown, the place to remount or move is not a mount point, or a mount that is to be moved hangs below a shared one.',
  ENODEV: 'The kernel does not know this file system type; its module may not be loaded.',
  ENOTBLK: 'The source must be a block device.',
  ENOTDIR: 'Source and mount point must be of one kind: both directories, or neither of them.',
  EACCES:
    'The source is read-only and the mount is not, a directory on the way is closed, or the device lies on a nodev mount.',
  ELOOP: 'Too many symbolic links, or the target of a move lies inside what is moved.',
  ENOSPC: 'The mount namespace is full: fs.mount-max.',
  ENXIO: 'The device number of the source belongs to no driver.',
};

const sentences: Sentences = {
  execve,
  execveat: execve,
  posix_spawn: { ...execve, EAGAIN: 'The process could not be created: RLIMIT_NPROC, or pids.max of the cgroup.' },
  clone,
  clone3: { ...clone, ENOSYS: 'This kernel is older than 5.3, or a seccomp filter hides clone3; clone stands in.' },
  unshare: {
    ...clone,
    EINVAL:
      'This kernel lacks the namespace; or the process has several threads, which a user, mount or PID namespace does not allow.',
  },
  setns: {
    EINVAL:
      'The descriptor is no namespace of this type; or the process has several threads or shares its file system state; or it is already in that user namespace; or the PID namespace is no descendant.',
    EPERM: 'Joining needs CAP_SYS_ADMIN in the user namespace that owns the target, and for mounts CAP_SYS_CHROOT too.',
    EUSERS: 'The limit of user namespaces is reached.',
    EBADF: 'The descriptor is not open; the process whose namespace it was may have ended.',
  },
  pivot_root: {
    EINVAL:
      'The new root is no mount point, the old root would not lie below it, the current root is the initial ramfs, or a mount involved (the new root, its parent, the parent of the old) is shared: make them private first.',
    EBUSY: 'The new root or the place for the old one is on the current root mount: bind the new root on itself first.',
    ENOTDIR: 'The new root, or the place for the old one, is not a directory.',
    EPERM: 'pivot_root needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace.',
  },
  chroot: { EPERM: 'chroot needs CAP_SYS_CHROOT in the current user namespace.' },
  mount: mountCall,
  move_mount: {
    ...mountCall,
    EINVAL:
      'The mount cannot be attached: it is attached already, hangs below a shared one, or the target is of the other kind.',
  },
  open_tree: {
    ENOENT: 'The source does not exist.',
    EINVAL:
      'The source lies on a mount that is unbindable, or holds mounts that may not be parted from it: rbind takes them along.',
    ENOSYS: 'This kernel is older than 5.2.',
  },
  mount_setattr: {
    EINVAL: 'The path is not a mount point, a flag is unknown, or the file system cannot be idmapped.',
    EPERM: 'A flag is locked by the user namespace that made the mount, or the idmap would be changed a second time.',
    ENOSYS: 'This kernel is older than 5.12; remounts one by one stand in.',
  },
  umount2: {
    EINVAL: 'This is not a mount point, or the mount is locked: it came with a more privileged mount namespace.',
    EBUSY: 'Somebody has a file open there, works there, or a mount lies below it; MNT_DETACH takes it out of sight.',
    EPERM: 'Unmounting needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace.',
  },
  cover: { EACCES: 'The destination leads into /proc, where only procfs itself may be mounted.' },
  stat: {
    ENOENT: 'The path does not exist.',
    EACCES: 'A directory on the way is closed to this user; in a user namespace root is an ordinary user of the host.',
  },
  mkdir: {
    ELOOP: 'The path leads through a loop of symbolic links, or through a magic link (/proc/PID/fd, exe, root, cwd).',
    EAGAIN: 'Somebody renames directories on the way faster than it can be proven that the path stays inside.',
    EPERM: 'This file system makes no directories, or the one above is immutable.',
    EROFS: 'The mount point is missing, and cannot be made in a read-only file system.',
  },
  openat2: {
    ELOOP: 'A magic link (/proc/PID/fd, exe, root, cwd) lies on the way, or too many symbolic links do.',
    EXDEV: 'The path would leave the directory that it is resolved in.',
    EAGAIN: 'Somebody renames directories on the way faster than the kernel can prove that the path stays inside.',
    ENOSYS: 'This kernel is older than 5.6; the checked walk stands in.',
  },
  mknod: { EPERM: 'Device nodes need CAP_MKNOD in the initial user namespace: bind an existing device instead.' },
  sethostname: { EPERM: 'The host name belongs to the UTS namespace, and CAP_SYS_ADMIN is needed in its owner.' },
  capset: {
    EPERM: 'A process cannot give itself a capability that it does not have, or keep one outside of its bounding set.',
  },
  setuid: { EINVAL: 'The user id has no mapping in this user namespace.' },
  setgid: { EINVAL: 'The group id has no mapping in this user namespace.' },
  setresuid: { EINVAL: 'The user id has no mapping in this user namespace: see /proc/PID/uid_map.' },
  setresgid: { EINVAL: 'The group id has no mapping in this user namespace: see /proc/PID/gid_map.' },
  setgroups: {
    EPERM: 'Without CAP_SETGID, or in a user namespace whose /proc/PID/setgroups says deny, groups cannot be changed.',
    EINVAL: 'A group id has no mapping in this user namespace, or there are too many.',
  },
  seccomp: {
    EACCES: 'A filter needs no_new_privs or CAP_SYS_ADMIN.',
    EINVAL: 'The filter is no valid program, or this kernel does not know one of its flags.',
    EBUSY: 'A filter with a listener is installed already.',
  },
  landlock_create_ruleset: {
    ENOSYS: 'This kernel has no Landlock (Linux 5.13, CONFIG_SECURITY_LANDLOCK).',
    EOPNOTSUPP: 'Landlock is built into this kernel and not switched on: lsm=landlock,… on its command line.',
    EINVAL: 'One of the rights is unknown to this kernel.',
    ENOMSG: 'No right is named: a ruleset that handles nothing.',
  },
  landlock_add_rule: {
    EINVAL: 'The rule allows a right that the ruleset does not handle, or one that only directories have, for a file.',
    ENOMSG: 'The rule allows nothing.',
    EBADFD: 'The second descriptor is no file of a file system.',
  },
  landlock_restrict_self: {
    EPERM: 'It needs no_new_privs or CAP_SYS_ADMIN.',
    E2BIG: 'There are sixteen rulesets around this process already.',
  },
  recvmsg: {
    EMSGSIZE: 'The message was longer than a message of this conversation can be, or carried too many descriptors.',
  },
  prlimit: { EPERM: 'Only CAP_SYS_RESOURCE may raise a hard limit.', EINVAL: 'The soft limit is above the hard one.' },
  fcntl: {
    EINVAL:
      'The limit of open files (`ulimit -n`) is lower than the numbers of the descriptors that a container is built with: raise it to 1024.',
    EMFILE: 'The limit of open files (`ulimit -n`) is reached: raise it, or close some.',
  },
  keyctl: {
    EDQUOT:
      'The user has as many keyrings as kernel.keys.maxkeys allows (/proc/key-users); without one of its own the container would have that of its starter.',
    EPERM: 'A seccomp filter refuses keyctl, in the container too; or the keyring of this name is somebody else’s.',
    EACCES: 'There is a keyring of this name that may not be joined.',
    ENOSYS: 'This kernel is built without keyrings (CONFIG_KEYS).',
  },
  RTM_NEWLINK: {
    EEXIST: 'A network device of this name is there already.',
    ENODEV: 'There is no network device of this name or number in this network namespace: it may have moved.',
    EPERM: 'Network devices need CAP_NET_ADMIN in the user namespace that owns their network namespace.',
    EOPNOTSUPP: 'This kernel makes no devices of this kind (CONFIG_VETH), or its module is not loaded.',
  },
  RTM_GETLINK: {
    ENODEV: 'There is no network device of this name in this network namespace: it was not made, or is in another one.',
  },
  RTM_NEWADDR: { EEXIST: 'The device has this address already.' },
  RTM_NEWROUTE: {
    EEXIST: 'There is such a route already.',
    ENETDOWN: 'The device of this route is down: set it up first.',
    ENETUNREACH: 'The gateway is no neighbour: give the device an address that reaches it, and set it up, first.',
  },
  flock: { EAGAIN: 'Somebody else holds the lock.' },
  epoll_ctl: { EPERM: 'An ordinary file is always ready and cannot be watched.' },
};

/** The sentence for this call and errno, where there is a better one than the general. `mount MS_MOVE` is a mount. */
export function explainCall(call: string, name: string): string | undefined {
  return sentences[call.split(' ', 1)[0]!]?.[name];
}
