// One harmless attempt for each newer call, for src/linux/features.ts. ENOSYS (or, for a newer flag
// or request of an older call, EINVAL or ENOTTY) says that this kernel, or the filter above us,
// lacks it; anything else says that it is there.
//
// Invariant: no attempt can succeed in changing anything. Each passes an invalid descriptor,
// pointer or number, and those that ask for a process also share all memory, so that the kernel
// copies nothing before it refuses. A namespace is made by a thread that ends at once.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <map>
#include <thread>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

constexpr int kNoFd = 0x7fffffff;  // no descriptor has this number

int try_clone_into_cgroup() {
  clone_args wanted{};
  wanted.flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP;
  wanted.cgroup = kNoFd;
  return static_cast<int>(syscall(SYS_clone3, &wanted, sizeof wanted));
}

int try_peer_of_terminal() {
#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif
  OwnedFd master(open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (master.get() < 0) return -1;
  // The pair is still locked: a kernel that knows the request answers EIO.
  OwnedFd peer(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  return peer.get();
}

// The smallest program for a cgroup's devices: always 1.
int try_device_program() {
  bpf_insn program[2] = {};
  program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  program[0].imm = 1;
  program[1].code = BPF_JMP | BPF_EXIT;
  bpf_attr wanted;
  memset(&wanted, 0, sizeof wanted);
  wanted.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  wanted.insn_cnt = 2;
  wanted.insns = reinterpret_cast<uint64_t>(program);
  wanted.license = reinterpret_cast<uint64_t>("Apache-2.0");
  OwnedFd loaded(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &wanted, sizeof wanted)));
  return loaded.get();
}

// A ruleset that nobody puts on restricts nothing.
int try_landlock(uint64_t right) {
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
  OwnedFd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, &right, sizeof right, 0)));
  return ruleset.get();
}

// Namespaces belong to a thread: what a thread of its own has made is gone with it.
int try_unshare(int flag) {
  int error = 0;
  std::thread([&] { error = syscall(SYS_unshare, flag) == 0 ? 0 : errno; }).join();
  errno = error;
  return error == 0 ? 0 : -1;
}

const std::map<std::string, int (*)()>& attempts() {
  static const std::map<std::string, int (*)()> table = {
      {"clone3", [] { return static_cast<int>(syscall(SYS_clone3, nullptr, 0)); }},
      {"cloneIntoCgroup", try_clone_into_cgroup},
      {"pidfdOpen", [] { return static_cast<int>(syscall(SYS_pidfd_open, -1, 0)); }},
      {"pidfdSendSignal",
       [] { return static_cast<int>(syscall(SYS_pidfd_send_signal, kNoFd, SIGCHLD, nullptr, 0)); }},
      {"openat2", [] { return static_cast<int>(syscall(SYS_openat2, kNoFd, "", nullptr, 0)); }},
      {"fsopen", [] { return static_cast<int>(syscall(SYS_fsopen, nullptr, ~0u)); }},
      {"openTree", [] { return static_cast<int>(syscall(SYS_open_tree, kNoFd, "", 0)); }},
      {"moveMount",
       [] { return static_cast<int>(syscall(SYS_move_mount, kNoFd, "", kNoFd, "", ~0u)); }},
      {"mountSetattr",
       [] { return static_cast<int>(syscall(SYS_mount_setattr, kNoFd, "", 0, nullptr, 0)); }},
      {"closeRange",
       [] {
         return static_cast<int>(syscall(SYS_close_range, static_cast<unsigned>(kNoFd),
                                         static_cast<unsigned>(kNoFd), CLOSE_RANGE_CLOEXEC));
       }},
      {"memfd", [] { return static_cast<int>(syscall(SYS_memfd_create, nullptr, ~0u)); }},
      {"seccompSyscall", [] { return static_cast<int>(syscall(SYS_seccomp, ~0u, 0, nullptr)); }},
      {"seccompListener",
       [] {
         seccomp_notif_sizes sizes;
         return static_cast<int>(syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes));
       }},
      {"ambientCapabilities", [] { return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 0, 0); }},
      {"tiocgptpeer", try_peer_of_terminal},
      {"deviceProgram", try_device_program},
      {"landlock", [] { return try_landlock(1 << 1); }},           // …FS_WRITE_FILE
      {"landlockTruncate", [] { return try_landlock(1 << 14); }},  // …FS_TRUNCATE
      {"cgroupNamespace", [] { return try_unshare(CLONE_NEWCGROUP); }},
      {"timeNamespace", [] { return try_unshare(CLONE_NEWTIME); }},
      // Without a lower directory nothing is mounted; a kernel without overlay answers ENODEV,
      // after it has tried to load the module.
      {"overlay", [] { return mount("overlay", "/", "overlay", 0, nullptr); }},
  };
  return table;
}

// probe(name): the errno of the attempt, 0 where it succeeded
Napi::Value probe(const Napi::CallbackInfo& info) {
  auto found = attempts().find(c_string_of(info[0], "name"));
  if (found == attempts().end()) throw Napi::TypeError::New(info.Env(), "no such probe");
  int result = found->second();
  return Napi::Number::New(info.Env(), result < 0 ? errno : 0);
}

}  // namespace

void define_probes(Napi::Env env, Napi::Object exports) {
  exports.Set("probe", Napi::Function::New(env, probe, "probe"));
}

}  // namespace drydock
