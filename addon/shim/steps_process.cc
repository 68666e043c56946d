// What a process is to others, and how it becomes the program: unshare(2), credentials(7),
// execve(2).
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/child.h"
#include "shim/descriptors.h"
#include "shim/steps.h"

namespace {

constexpr size_t kMostGroups = 65536;  // NGROUPS_MAX

}  // namespace

int step_unshare(Child&, const Step& step) {
  return unshare(static_cast<int>(step.args[0].number)) == 0 ? 0 : -errno;
}

int step_setns(Child& child, const Step& step) {
  int space = open(step.args[0].text, O_RDONLY | O_CLOEXEC);
  if (space < 0) return refused(child, "open");
  int result = setns(space, static_cast<int>(step.args[1].number)) == 0 ? 0 : -errno;
  close(space);
  return result;
}

int step_setsid(Child&, const Step&) { return setsid() >= 0 ? 0 : -errno; }

// Without it every process would have the session keyring of whoever started us. An exec joins it
// by its name, for which its owner must be allowed to search it (keyctl(2), session-keyring(7)).
int step_join_session_keyring(Child& child, const Step& step) {
  constexpr unsigned kUserSearch = 0x080000;  // KEY_USR_SEARCH
  constexpr unsigned kNew = 0x3f130000;       // what a new session keyring has
  long keyring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, step.args[0].text);
  if (keyring < 0) return refused(child, "keyctl");
  if (syscall(SYS_keyctl, KEYCTL_SETPERM, keyring, kNew | kUserSearch) != 0)
    return refused(child, "keyctl");
  return 0;
}

int step_sethostname(Child&, const Step& step) {
  return sethostname(step.args[0].text, step.args[0].length) == 0 ? 0 : -errno;
}

int step_setdomainname(Child&, const Step& step) {
  return setdomainname(step.args[0].text, step.args[0].length) == 0 ? 0 : -errno;
}

int step_umask(Child&, const Step& step) {
  umask(static_cast<mode_t>(step.args[0].number));
  return 0;
}

int step_setgroups(Child&, const Step& step) {
  static gid_t groups[kMostGroups];
  size_t count = step.args[0].length / sizeof(gid_t);
  if (count > kMostGroups) return -EINVAL;
  memcpy(groups, step.args[0].text, count * sizeof(gid_t));
  return setgroups(count, groups) == 0 ? 0 : -errno;
}

int step_setresgid(Child& child, const Step& step) {
  auto id = static_cast<gid_t>(step.args[0].number);
  if (setresgid(id, id, id) != 0) return -errno;
  guard_again(child);
  return 0;
}

int step_setresuid(Child& child, const Step& step) {
  auto id = static_cast<uid_t>(step.args[0].number);
  if (setresuid(id, id, id) != 0) return -errno;
  guard_again(child);
  return 0;
}

// Looks the program up while the parent still listens, with the user and in the root that it will
// have: "not found" and "not executable" are then answers of `create`. A directory of PATH that may
// not be searched does not end the search, but is remembered, as execvp(3) does.
int step_lookup_exec(Child& child, const Step& step) {
  const Arg& candidates = step.args[0];
  int error = ENOENT;
  for (uint32_t i = 0; i < candidates.length; i++) {
    struct stat about;
    const char* path = candidates.list[i];
    if (stat(path, &about) != 0) {
      if (errno != ENOENT && errno != ENOTDIR) error = errno;
      continue;
    }
    if (S_ISREG(about.st_mode) && access(path, X_OK) == 0) {
      child.program = path;
      return 0;
    }
    error = EACCES;
  }
  return -error;
}

// The kernel drops a signal for a PID 1 that has no handler for it, and keeps one that is blocked
// (pid_namespaces(7)): what comes between the execve and the first line of drydock-init waits for
// it.
int step_hold_signals(Child&, const Step&) {
  sigset_t all;
  sigfillset(&all);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP, SIGABRT})
    sigdelset(&all, fault);
  return sigprocmask(SIG_SETMASK, &all, nullptr) == 0 ? 0 : -errno;
}

// prepare_exec(preserved): descriptors 3 … 2 + preserved go along, nothing else does; and the last
// word is said. After it comes a filter, which need not allow more than the execve, and the execve.
int step_prepare_exec(Child& child, const Step& step) {
  auto preserved = static_cast<int>(step.args[0].number);
  Keep keep;
  keep.add(child.conversation);
  keep.add(child.start_error);
  keep.add(child.go);
  for (int i = 0; i < preserved; i++) keep.add(3 + i);
  close_all_but(keep);
  for (int i = 0; i < preserved; i++) fcntl(3 + i, F_SETFD, 0);
  prctl(PR_SET_PDEATHSIG, 0);
  tell_end(child, message(Say::executing, 0, 0, nullptr));
  return 0;
}

int step_execve(Child& child, const Step& step) {
  execve(child.program ? child.program : step.args[0].list[0], step.args[0].list,
         step.args[1].list);
  return -errno;
}
