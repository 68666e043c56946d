/**
 * What the kernel says when it refuses: a number. Here each number has its name and one sentence for the person who
 * meets it while working with containers; errno-calls.ts knows better for calls where the general sentence would mislead.
 *
 * Numbers are those of asm-generic, which x86-64, arm64 and riscv share. errno(3).
 */
import { explainCall } from './errno-calls.ts';

/** name: [number, explanation]. Names that share a number with another one are in `aliases`. */
const table = {
  EPERM: [
    1,
    'The operation needs a privilege (a capability, or a user namespace that owns the object) which the caller lacks.',
  ],
  ENOENT: [2, 'A component of the path does not exist, or a symbolic link on the way points nowhere.'],
  ESRCH: [3, 'No process has this id; it may have ended and been reaped already.'],
  EINTR: [4, 'A signal arrived before the call had done anything; it can be repeated.'],
  EIO: [5, 'The device or the kernel object behind the file failed to read or write.'],
  ENXIO: [6, 'Nobody is at the other end: no such device, or a fifo that no reader holds open.'],
  E2BIG: [7, 'The arguments and the environment together are larger than the kernel passes to a program.'],
  ENOEXEC: [8, 'The file is neither a binary for this machine nor a script with a #! line.'],
  EBADF: [9, 'The descriptor is not open, or not open for this use.'],
  ECHILD: [10, 'This process has no such child, or it has been reaped already.'],
  EAGAIN: [11, 'Not now: a resource or limit is exhausted for the moment, or a non-blocking call would have to wait.'],
  ENOMEM: [12, 'The kernel, or the memory limit of the cgroup, has no memory left for this.'],
  EACCES: [13, 'The permission bits, a directory on the way, a noexec mount or a security module forbid it.'],
  EFAULT: [14, 'A pointer given to the kernel is invalid: a mistake in Drydock, not in its use.'],
  ENOTBLK: [15, 'A block device is needed here.'],
  EBUSY: [16, 'The object is in use: mounted, the root or working directory of a process, or held by another user.'],
  EEXIST: [17, 'Something with this name exists already.'],
  EXDEV: [
    18,
    'Both ends must lie on one file system (and one mount), or the path would leave the tree that it must not leave.',
  ],
  ENODEV: [19, 'The kernel does not know this file system type or has no such device; a module may not be loaded.'],
  ENOTDIR: [20, 'Something that is used as a directory is not one.'],
  EISDIR: [21, 'This is a directory, where a file is needed.'],
  EINVAL: [22, 'The kernel does not accept these arguments together, here, or at all in this version.'],
  ENFILE: [23, 'The whole system has too many open files.'],
  EMFILE: [24, 'This process has as many open descriptors as its RLIMIT_NOFILE allows.'],
  ENOTTY: [25, 'This is no terminal, or it does not know the request.'],
  ETXTBSY: [26, 'A program cannot be executed while somebody has it open for writing, or written while it runs.'],
  EFBIG: [27, 'The file would grow beyond the limit of the file system or of RLIMIT_FSIZE.'],
  ENOSPC: [28, 'No space, no inode, or a limit in number (namespaces, watches, ids) is used up.'],
  ESPIPE: [29, 'A pipe, socket or terminal has no position to seek to.'],
  EROFS: [30, 'The file system, or this mount of it, is read-only.'],
  EMLINK: [31, 'The file has as many links as the file system can count.'],
  EPIPE: [32, 'The other end has been closed.'],
  EDOM: [33, 'A number is outside of what the function is defined for.'],
  ERANGE: [34, 'The value does not fit: the number is too large, or the buffer too small.'],
  EDEADLK: [35, 'Waiting for this lock would wait for ever.'],
  ENAMETOOLONG: [36, 'A name is longer than 255 bytes, or a path longer than 4095.'],
  ENOLCK: [37, 'No more file locks are available, or the file system has none (NFS without its lock service).'],
  ENOSYS: [38, 'This kernel does not have the system call, or a seccomp filter pretends so.'],
  ENOTEMPTY: [39, 'The directory is not empty (a cgroup: it has children).'],
  ELOOP: [40, 'Too many symbolic links, or a link where none may be followed.'],
  ENOMSG: [42, 'The queue has no message of this type.'],
  EIDRM: [43, 'The System V IPC object was removed meanwhile.'],
  ECHRNG: [44, 'The channel number is out of range.'],
  EL2NSYNC: [45, 'Level 2 is not synchronized (unused by Linux).'],
  EL3HLT: [46, 'Level 3 halted (unused by Linux).'],
  EL3RST: [47, 'Level 3 was reset (unused by Linux).'],
  ELNRNG: [48, 'The link number is out of range (unused by Linux).'],
  EUNATCH: [49, 'The protocol driver is not attached.'],
  ENOCSI: [50, 'No CSI structure is available (unused by Linux).'],
  EL2HLT: [51, 'Level 2 halted (unused by Linux).'],
  EBADE: [52, 'The exchange is invalid.'],
  EBADR: [53, 'The request descriptor is invalid.'],
  EXFULL: [54, 'The exchange is full.'],
  ENOANO: [55, 'There is no anode (unused by Linux).'],
  EBADRQC: [56, 'The request code is invalid.'],
  EBADSLT: [57, 'The slot is invalid.'],
  EBFONT: [59, 'The font file has a bad format (unused by Linux).'],
  ENOSTR: [60, 'The device is not a stream.'],
  ENODATA: [61, 'There is no such data: usually, the file has no extended attribute of this name.'],
  ETIME: [62, 'The timer expired.'],
  ENOSR: [63, 'No stream resources are left.'],
  ENONET: [64, 'The machine is not on the network.'],
  ENOPKG: [65, 'The package is not installed; a kernel key or algorithm may be missing.'],
  EREMOTE: [66, 'The object is remote.'],
  ENOLINK: [67, 'The link has been severed.'],
  EADV: [68, 'Advertise error (unused by Linux).'],
  ESRMNT: [69, 'Srmount error (unused by Linux).'],
  ECOMM: [70, 'Communication failed on send.'],
  EPROTO: [71, 'The other side broke the protocol.'],
  EMULTIHOP: [72, 'A multihop was attempted.'],
  EDOTDOT: [73, 'RFS specific error (unused by Linux).'],
  EBADMSG: [74, 'The message or the data on the disk is damaged.'],
  EOVERFLOW: [75, 'A value does not fit its type; for files, an owner that has no number in this user namespace.'],
  ENOTUNIQ: [76, 'The name is not unique on the network.'],
  EBADFD: [77, 'The descriptor is in a state in which this cannot be done.'],
  EREMCHG: [78, 'The remote address changed.'],
  ELIBACC: [79, 'A needed shared library cannot be accessed.'],
  ELIBBAD: [80, 'A shared library is damaged, or the program names an interpreter that is no valid one.'],
  ELIBSCN: [81, 'The .lib section of the program is damaged.'],
  ELIBMAX: [82, 'Too many shared libraries are to be linked in.'],
  ELIBEXEC: [83, 'A shared library cannot be executed directly.'],
  EILSEQ: [84, 'The bytes are not valid in this encoding.'],
  ERESTART: [85, 'The interrupted call should be restarted; this never reaches a program.'],
  ESTRPIPE: [86, 'Streams pipe error.'],
  EUSERS: [87, 'Too many users, or user namespaces nested more than 32 deep.'],
  ENOTSOCK: [88, 'The descriptor is not a socket.'],
  EDESTADDRREQ: [89, 'A destination address is needed; for a cgroup file, nothing can be delivered there.'],
  EMSGSIZE: [90, 'The message is longer than one message can be.'],
  EPROTOTYPE: [91, 'The socket is of the wrong type for this protocol.'],
  ENOPROTOOPT: [92, 'The protocol has no such option.'],
  EPROTONOSUPPORT: [93, 'The kernel does not have this protocol; a module may not be loaded.'],
  ESOCKTNOSUPPORT: [94, 'The kernel does not have this type of socket.'],
  EOPNOTSUPP: [95, 'The file system or the socket does not know how to do this.'],
  EPFNOSUPPORT: [96, 'The kernel does not have this family of protocols.'],
  EAFNOSUPPORT: [97, 'The kernel does not have this family of addresses; IPv6 may be switched off.'],
  EADDRINUSE: [98, 'Somebody else listens at this address or port.'],
  EADDRNOTAVAIL: [99, 'No interface of this network namespace has the address.'],
  ENETDOWN: [100, 'The network interface is down.'],
  ENETUNREACH: [101, 'There is no route to this network; a new network namespace has none at all.'],
  ENETRESET: [102, 'The network dropped the connection.'],
  ECONNABORTED: [103, 'The connection was ended by the local side.'],
  ECONNRESET: [104, 'The other side ended the connection without reading everything.'],
  ENOBUFS: [105, 'The kernel has no buffer left for this.'],
  EISCONN: [106, 'The socket is connected already.'],
  ENOTCONN: [107, 'The socket is not connected.'],
  ESHUTDOWN: [108, 'The socket has been shut down for sending.'],
  ETOOMANYREFS: [109, 'Too many descriptors are on their way in unread messages.'],
  ETIMEDOUT: [110, 'Nobody answered in time.'],
  ECONNREFUSED: [111, 'Nobody listens at this address.'],
  EHOSTDOWN: [112, 'The other machine is down.'],
  EHOSTUNREACH: [113, 'There is no route to this machine, or a firewall says so.'],
  EALREADY: [114, 'The same operation is under way already.'],
  EINPROGRESS: [115, 'The operation has begun and will go on by itself.'],
  ESTALE: [116, 'The file behind this handle is gone (network file systems).'],
  EUCLEAN: [117, 'The file system needs to be checked and repaired.'],
  ENOTNAM: [118, 'Not a XENIX named type file (unused by Linux).'],
  ENAVAIL: [119, 'No XENIX semaphores are available (unused by Linux).'],
  EISNAM: [120, 'The object is of a named type (unused by Linux).'],
  EREMOTEIO: [121, 'The device answered with an error of its own.'],
  EDQUOT: [122, 'The quota of this user, or of keys, is used up.'],
  ENOMEDIUM: [123, 'The drive is empty.'],
  EMEDIUMTYPE: [124, 'The medium is of the wrong type.'],
  ECANCELED: [125, 'The operation was cancelled.'],
  ENOKEY: [126, 'The key that this needs does not exist.'],
  EKEYEXPIRED: [127, 'The key has expired.'],
  EKEYREVOKED: [128, 'The key has been revoked.'],
  EKEYREJECTED: [129, 'The service rejected the key; a module may lack a signature.'],
  EOWNERDEAD: [130, 'The holder of the lock died with it.'],
  ENOTRECOVERABLE: [131, 'The state behind the lock cannot be recovered.'],
  ERFKILL: [132, 'The radio is switched off.'],
  EHWPOISON: [133, 'The memory page has a hardware error.'],
} as const satisfies Record<string, readonly [number, string]>;

/** Second names of numbers above. */
const aliases = { EWOULDBLOCK: 'EAGAIN', EDEADLOCK: 'EDEADLK', ENOTSUP: 'EOPNOTSUPP' } as const;

export type ErrnoName = keyof typeof table;

interface Entry {
  readonly name: ErrnoName;
  readonly number: number;
  readonly explanation: string;
}

const byNumber = new Map<number, Entry>(
  Object.entries(table).map(([name, [number, explanation]]) => [
    number,
    { name: name as ErrnoName, number, explanation },
  ]),
);

/** The numbers by name: `errno.ENOENT`. */
export const errno = Object.fromEntries(
  [...Object.entries(table), ...Object.entries(aliases).map(([name, of]) => [name, table[of]] as const)].map(
    ([name, [number]]) => [name, number],
  ),
) as Record<ErrnoName | keyof typeof aliases, number>;

/** `ENOENT` for 2; `errno 4095` for a number that Linux does not use. */
export function errnoName(number: number): string {
  return byNumber.get(number)?.name ?? `errno ${number}`;
}

/**
 * One sentence on what the number means, for a person: what this call says with it where that is known, else the
 * general meaning.
 */
export function explain(number: number, call?: string): string {
  const general = byNumber.get(number);
  if (!general) return 'Linux does not document this number.';
  return (call && explainCall(call, general.name)) || general.explanation;
}

/** Every errno in the order of its number. */
export const errnoTable: readonly Entry[] = [...byNumber.values()];
