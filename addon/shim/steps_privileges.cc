// What a process may do beyond its user's rights, and which system calls it may make at all:
// capabilities(7), prctl(2), seccomp(2).
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/steps.h"

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

namespace {

constexpr int kMostCapabilities = 64;

bool has(int64_t set, int capability) { return (static_cast<uint64_t>(set) >> capability) & 1; }

uint32_t low(int64_t set) { return static_cast<uint32_t>(set); }
uint32_t high(int64_t set) { return static_cast<uint32_t>(static_cast<uint64_t>(set) >> 32); }

}  // namespace

// cap_bounding(set): what no program started from here on can get, whatever its file says.
int step_cap_bounding(Child&, const Step& step) {
  for (int capability = 0; capability < kMostCapabilities; capability++) {
    int there = prctl(PR_CAPBSET_READ, capability);
    if (there < 0) return errno == EINVAL ? 0 : -errno;  // the kernel knows no more
    if (there == 0 || has(step.args[0].number, capability)) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return -errno;
  }
  return 0;
}

// The change of the user takes the effective set and leaves the permitted one. The execve ends it
// (prctl(2)).
int step_keep_caps(Child&, const Step&) {
  return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

// capset(effective, permitted, inheritable)
int step_capset(Child& child, const Step& step) {
  int64_t e = step.args[0].number, p = step.args[1].number, i = step.args[2].number;
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {{low(e), low(p), low(i)}, {high(e), high(p), high(i)}};
  if (syscall(SYS_capset, &header, data) != 0) return -errno;
  guard_again(child);
  return 0;
}

// cap_ambient(set): exactly these. Before Linux 4.3 there are none, and nothing to clear.
int step_cap_ambient(Child&, const Step& step) {
  int64_t set = step.args[0].number;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return errno == EINVAL && set == 0 ? 0 : -errno;
  for (int capability = 0; capability < kMostCapabilities; capability++)
    if (has(set, capability) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
      return -errno;
  return 0;
}

int step_no_new_privs(Child&, const Step&) {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

// seccomp(filter, flags, welcome flags): the classic BPF program as bytes. A flag that is only
// welcome is left out where the kernel does not know it. prctl(2) is the older door, without flags
// (before 3.17).
int step_seccomp(Child&, const Step& step) {
  auto* instructions = reinterpret_cast<sock_filter*>(const_cast<char*>(step.args[0].text));
  sock_fprog program = {static_cast<unsigned short>(step.args[0].length / sizeof(sock_filter)),
                        instructions};
  int64_t flags = step.args[1].number, welcome = step.args[2].number;
  auto load = [&](int64_t with) {
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, with, &program);
  };
  long result = load(flags | welcome);
  if (result < 0 && errno == EINVAL && welcome) result = load(flags);
  if (result < 0 && errno == ENOSYS && flags == 0)
    result = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
  return result >= 0 ? static_cast<int>(result) : -errno;
}
