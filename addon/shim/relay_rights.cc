// credentials(7), capabilities(7), prctl(2), seccomp(2).
//
// The id has no file and no process of its own on most machines; who has it as well (`nobody`) may
// send us signals, and cannot look into us (PR_SET_DUMPABLE). It is a list of what is allowed, for
// the day on which somebody finds a mistake in what copies: no file can be opened, no program
// started, nothing in /proc be asked.
#include "shim/relay_rights.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/refusal.h"

namespace {

constexpr unsigned kNobody = 65534;
constexpr int kMostCapabilities = 64;

// The compiler's sanitizer makes calls of its own.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

#if defined(__x86_64__)
constexpr unsigned kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = AUDIT_ARCH_AARCH64;
#else
#error "the number of this machine is in linux/audit.h"
#endif

constexpr unsigned kCalls[] = {
    // to copy
    SYS_recvfrom, SYS_sendto, SYS_recvmsg, SYS_sendmsg, SYS_accept4, SYS_socket, SYS_connect,
    SYS_shutdown, SYS_setsockopt, SYS_getsockopt, SYS_close,
    // to wait
    SYS_epoll_ctl, SYS_epoll_pwait,
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
    SYS_read, SYS_clock_gettime, SYS_restart_syscall, SYS_rt_sigreturn,
    // malloc(3)
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_getrandom,
    // to complain, and to end
    SYS_write, SYS_dup3, SYS_exit_group};
constexpr size_t kCount = sizeof kCalls / sizeof *kCalls;

constexpr sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
}
constexpr sock_filter answer(unsigned what) { return BPF_STMT(BPF_RET | BPF_K, what); }
// Goes on with the next instruction if it is this number, and with the one behind it if not.
constexpr sock_filter if_is(unsigned number) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
}
constexpr sock_filter unless(unsigned number) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 1, 0);
}

bool allow_only_calls() {
  static sock_filter program[5 + 2 * kCount];
  size_t length = 0;
  // A number means another call on another machine's door (seccomp(2), "arch").
  program[length++] = load(offsetof(seccomp_data, arch));
  program[length++] = unless(kMachine);
  program[length++] = answer(SECCOMP_RET_KILL);
  program[length++] = load(offsetof(seccomp_data, nr));
  for (unsigned call : kCalls) {
    program[length++] = if_is(call);
    program[length++] = answer(SECCOMP_RET_ALLOW);
  }
  program[length++] = answer(SECCOMP_RET_ERRNO | EPERM);
  sock_fprog all = {static_cast<unsigned short>(length), program};
  // EINVAL: a kernel that was built without.
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0 || errno == EINVAL;
}

}  // namespace

void renounce(const char* verb) {
  for (int capability = 0; capability < kMostCapabilities; capability++)
    if (prctl(PR_CAPBSET_READ, capability) == 1 && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
      refuse(verb, "prctl", "PR_CAPBSET_DROP");
  if (chdir("/") != 0) refuse(verb, "chdir", "/");
  if (setgroups(0, nullptr) != 0) refuse(verb, "setgroups", nullptr);
  if (setresgid(kNobody, kNobody, kNobody) != 0) refuse(verb, "setresgid", nullptr);
  // Capabilities go with root (capabilities(7), "Effect of user ID changes on capabilities").
  if (setresuid(kNobody, kNobody, kNobody) != 0) refuse(verb, "setresuid", nullptr);
  if (prctl(PR_SET_DUMPABLE, 0) != 0) refuse(verb, "prctl", "PR_SET_DUMPABLE");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse(verb, "prctl", "PR_SET_NO_NEW_PRIVS");
  if (!kIsSanitized && !allow_only_calls()) refuse(verb, "prctl", "PR_SET_SECCOMP");
}
