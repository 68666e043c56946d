/**
 * A filter that makes a new kernel answer like Linux 3.16: ENOSYS to every system call that it did not have.
 *
 * The kernel hands out the numbers of system calls in order, so there is one line in each architecture's table above
 * which everything is younger; the program compares with it and needs no list. The list below is for readers, and for
 * the test that holds both together. Beside whole calls, three younger requests of older calls are refused, because features.ts probes them.
 *
 * Allowed although it is younger: getrandom (3.17), without which Node 20 does not start. What the filter cannot hide is
 * behaviour: overlay is there, /proc shows the newer files and namespaces. Tests set `linux316` of features.ts for that.
 *
 * seccomp(2), syscalls(2).
 */
import {
  ARCHITECTURE,
  NUMBER,
  answer,
  argument,
  assemble,
  ifAnyBit,
  ifEqual,
  ifFrom,
  load,
  type Instruction,
} from './bpf.ts';
import { CLONE_NEWCGROUP, CLONE_NEWTIME, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO } from './constants.ts';
import { EINVAL, ENOSYS, ENOTTY } from './errno.ts';

/** System calls that came after 3.16, by the kernel that brought them. Architectures lack some of them. */
export const callsAfter316: Readonly<Record<string, readonly string[]>> = {
  '3.17': ['seccomp', 'getrandom', 'memfd_create', 'kexec_file_load'],
  '3.18': ['bpf'],
  '3.19': ['execveat'],
  '4.3': ['userfaultfd', 'membarrier'],
  '4.4': ['mlock2'],
  '4.5': ['copy_file_range'],
  '4.6': ['preadv2', 'pwritev2'],
  '4.9': ['pkey_mprotect', 'pkey_alloc', 'pkey_free'],
  '4.11': ['statx'],
  '4.18': ['io_pgetevents', 'rseq'],
  '5.1': ['pidfd_send_signal', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'],
  '5.2': ['open_tree', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick'],
  '5.3': ['pidfd_open', 'clone3'],
  '5.6': ['openat2', 'pidfd_getfd'],
  '5.8': ['faccessat2'],
  '5.9': ['close_range'],
  '5.10': ['process_madvise'],
  '5.11': ['epoll_pwait2'],
  '5.12': ['mount_setattr'],
  '5.13': ['landlock_create_ruleset', 'landlock_add_rule', 'landlock_restrict_self'],
  '5.14': ['quotactl_fd', 'memfd_secret'],
  '5.15': ['process_mrelease'],
  '5.16': ['futex_waitv'],
  '5.17': ['set_mempolicy_home_node'],
  '6.5': ['cachestat'],
  '6.6': ['fchmodat2', 'map_shadow_stack'],
  '6.7': ['futex_wake', 'futex_wait', 'futex_requeue'],
  '6.8': ['statmount', 'listmount', 'lsm_get_self_attr', 'lsm_set_self_attr', 'lsm_list_modules'],
  '6.10': ['mseal'],
  '6.13': ['setxattrat', 'getxattrat', 'listxattrat', 'removexattrat'],
  '6.15': ['open_tree_attr'],
  '6.17': ['file_getattr', 'file_setattr'],
};

interface Architecture {
  /** AUDIT_ARCH_* */
  readonly audit: number;
  /** The number of the first call that 3.16 lacks: seccomp, on both. */
  readonly firstNew: number;
  readonly getrandom: number;
  readonly unshare: number;
  readonly ioctl: number;
  readonly prctl: number;
}

export const architectures = {
  x64: { audit: 0xc000003e, firstNew: 317, getrandom: 318, unshare: 272, ioctl: 16, prctl: 157 },
  arm64: { audit: 0xc00000b7, firstNew: 277, getrandom: 278, unshare: 97, ioctl: 29, prctl: 167 },
} as const satisfies Record<string, Architecture>;

const TIOCGPTPEER = 0x5441;
const PR_CAP_AMBIENT = 47;

const refuse = (errno: number): Instruction => answer(SECCOMP_RET_ERRNO | errno);
const allow = answer(SECCOMP_RET_ALLOW);

/** One older call whose younger request is refused: five instructions that are skipped for every other call. */
function refuseRequest(call: number, index: number, test: Instruction, errno: number): Instruction[] {
  return [ifEqual(call, { no: 4 }), load(argument(index)), test, refuse(errno), allow];
}

function program(arch: Architecture): Instruction[] {
  return [
    load(ARCHITECTURE),
    // 32-bit programs have tables of their own; they are let through.
    ...[ifEqual(arch.audit, { yes: 1 }), allow],
    load(NUMBER),
    ...[ifEqual(arch.getrandom, { no: 1 }), allow],
    ...[ifFrom(arch.firstNew, { no: 1 }), refuse(ENOSYS)],
    ...refuseRequest(arch.unshare, 0, ifAnyBit(CLONE_NEWCGROUP | CLONE_NEWTIME, { no: 1 }), EINVAL),
    ...refuseRequest(arch.ioctl, 1, ifEqual(TIOCGPTPEER, { no: 1 }), ENOTTY),
    ...refuseRequest(arch.prctl, 0, ifEqual(PR_CAP_AMBIENT, { no: 1 }), EINVAL),
    allow,
  ];
}

/** The program as an array of struct sock_filter. */
export function filter316(arch: keyof typeof architectures): Buffer {
  return assemble(program(architectures[arch]));
}
