#include "shim/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/conversation.h"
#include "shim/descriptors.h"
#include "shim/plan.h"

namespace {

// Above what a plan passes on to the program: 3, 4, …
constexpr int kOutOfTheWay = 3 + kMaxSlots;

[[noreturn]] void give_up(int conversation, const char* call, int32_t which, int error) {
  Message what = message(Say::failed, kOuter, error, call);
  what.flag = which;
  say(conversation, what);
  _exit(125);
}

int move_out_of_the_way(int conversation) {
  int moved = fcntl(conversation, F_DUPFD_CLOEXEC, kOutOfTheWay);
  if (moved < 0) give_up(conversation, "fcntl", kOutOfTheWay, errno);
  return moved;
}

void read_plan(int conversation, int file, Plan* plan) {
  struct stat about;
  if (fstat(file, &about) != 0) give_up(conversation, "fstat", 0, errno);
  size_t length = static_cast<size_t>(about.st_size);
  void* bytes = mmap(nullptr, length ? length : 1, PROT_READ, MAP_PRIVATE, file, 0);
  if (bytes == MAP_FAILED) give_up(conversation, "mmap", 0, errno);
  if (const char* wrong = decode(static_cast<const char*>(bytes), length, plan)) {
    Message what = message(Say::failed, kOuter, EINVAL, "decode");
    strncpy(what.name, wrong, sizeof what.name - 1);
    say(conversation, what);
    _exit(125);
  }
}

// Everything that was not given by name is closed: a descriptor of the host that slips through is a
// way out of the container (CVE-2024-21626).
void keep_only_given(const Plan& plan, int conversation, int report) {
  Keep keep;
  keep.add(conversation);
  keep.add(report);
  keep.add(plan.cgroup);
  for (uint32_t i = 0; i < plan.join_count; i++) keep.add(plan.joins[i].descriptor);
  for (uint32_t i = 0; i < plan.tasks_count; i++) keep.add(plan.tasks[i]);
  for (uint32_t i = 0; i < plan.given_count; i++) keep.add(plan.given[i].descriptor);
  close_all_but(keep);
}

void before_join(const Plan& plan, int conversation, int32_t index, const char* call) {
  if (!(plan.options & kStepping)) return;
  Message what = message(Say::before, kOuter, index, call);
  if (!say(conversation, what)) _exit(125);
  await_go_on(conversation);
}

// The child enters the cgroups itself, while its parent is at work on `born`: an attach costs
// milliseconds on v1. A process that moves itself, alone, is let in at once; moving another one
// makes the kernel wait for a grace period first, about 10 ms (Linux 5.5, "cgroup: Optimize single
// thread migration"). Were the outer half there too, a limit of one process would be too low for
// it. And a child that is refused must have said its number, or nobody could ever reap it.
void join_cgroups(const Plan& plan, int conversation) {
  for (uint32_t i = 0; i < plan.tasks_count; i++) {
    if (write(plan.tasks[i], "0", 1) != 1)
      give_up(conversation, "write", static_cast<int32_t>(i), errno);
    close(plan.tasks[i]);
  }
}

// As root, namespaces of all owners can be entered at once. Without root some can only be entered
// from inside the user namespace that owns them, and others only before leaving our own: so try
// all, enter the user namespace, and try the rest again.
void join_all(const Plan& plan, int conversation) {
  bool joined[kMaxSlots] = {};
  auto join = [&](uint32_t i, bool last_try) {
    before_join(plan, conversation, static_cast<int32_t>(i), "setns");
    joined[i] = setns(plan.joins[i].descriptor, static_cast<int>(plan.joins[i].type)) == 0;
    if (!joined[i] && (last_try || errno != EPERM))
      give_up(conversation, "setns", static_cast<int32_t>(i), errno);
    if (joined[i]) close(plan.joins[i].descriptor);
  };
  for (uint32_t i = 0; i < plan.join_count; i++)
    if (plan.joins[i].type != CLONE_NEWUSER) join(i, false);
  for (uint32_t i = 0; i < plan.join_count; i++)
    if (plan.joins[i].type == CLONE_NEWUSER) join(i, true);
  for (uint32_t i = 0; i < plan.join_count; i++)
    if (!joined[i]) join(i, true);
}

// Where the kernel writes the child's number as it is cloned (CLONE_PARENT_SETTID). The page is
// shared, so the child reads there by which number its parent knows it; getpid(2) would give it the
// number in its own PID namespace.
pid_t* shared_number(int conversation) {
  void* page =
      mmap(nullptr, sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) give_up(conversation, "mmap", 0, errno);
  return static_cast<pid_t*>(page);
}

// clone3 can place the child in its cgroup as it is born (CLONE_INTO_CGROUP, Linux 5.7); clone(2)
// is for the rest. Raw calls: the child goes on with a copy of this stack, as after fork(2).
pid_t clone_child(const Plan& plan, pid_t* number, bool* in_cgroup) {
  uint64_t flags = plan.clone_flags | CLONE_PARENT | CLONE_PARENT_SETTID;
  *in_cgroup = false;
#ifdef CLONE_INTO_CGROUP
  if (plan.cgroup >= 0) {
    clone_args args = {};
    args.flags = flags | CLONE_INTO_CGROUP;
    args.parent_tid = reinterpret_cast<uint64_t>(number);
    args.cgroup = static_cast<uint64_t>(plan.cgroup);
    pid_t pid = static_cast<pid_t>(syscall(SYS_clone3, &args, sizeof args));
    // ENOSYS: before 5.3; E2BIG: before 5.7; EBUSY and EOPNOTSUPP: a cgroup that cannot be joined
    // this way.
    if (pid >= 0 || (errno != ENOSYS && errno != E2BIG && errno != EINVAL && errno != EBUSY &&
                     errno != EOPNOTSUPP)) {
      *in_cgroup = pid >= 0;
      return pid;
    }
  }
#endif
  return static_cast<pid_t>(syscall(SYS_clone, flags | SIGCHLD, 0, number, 0, 0));
}

bool in_user_namespace(const Plan& plan) {
  for (uint32_t i = 0; i < plan.join_count; i++)
    if (plan.joins[i].type == CLONE_NEWUSER) return true;
  return plan.clone_flags & CLONE_NEWUSER;
}

[[noreturn]] void be_child(const Plan& plan, int conversation, pid_t number, bool in_cgroup) {
  prctl(PR_SET_NAME, "drydock:child");
  if (plan.cgroup >= 0) close(plan.cgroup);
  Child child = {};
  child.plan = &plan;
  child.conversation = conversation;
  child.number = number;
  child.in_cgroup = in_cgroup;
  child.start_error = -1;
  child.go = -1;
  child.dies_with_parent = true;
  for (int& slot : child.slots) slot = -1;
  for (uint32_t i = 0; i < plan.given_count; i++)
    child.slots[plan.given[i].slot] = plan.given[i].descriptor;
  note_last_uses(child);
  _exit(become_program(&child));
}

// With the raw call: signal(3) refuses the two that the C library uses itself, 32 and 33.
void reset_signals() {
  constexpr uint64_t kDefault[4] = {};  // struct sigaction of the kernel; SIG_DFL is 0
  for (int number = 1; number < _NSIG; number++)
    syscall(SYS_rt_sigaction, number, kDefault, nullptr, sizeof(uint64_t));
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Node raises its soft limit to the hard one. A program gets what the kernel gives to its first
// process: with more, select(2) would overflow, and old daemons close a million descriptors.
void lower_file_limit() {
  constexpr rlim_t kUsual = 1024;
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= kUsual) return;
  limit.rlim_cur = kUsual;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

// The child says itself that it is born: were it the outer half, one that is killed after the clone
// would leave a child and a parent that wait for each other.
void be_born(Child* child) {
  const Plan& plan = *child->plan;
  // Files below /proc/PID belong to root while a process is not dumpable: an ordinary user could
  // not map ids.
  if (plan.options & kDumpable) prctl(PR_SET_DUMPABLE, 1);
  die_with_parent(*child);
  Message born = message(Say::born, kOuter, child->number, nullptr);
  born.flag = child->in_cgroup;
  if (!say(child->conversation, born)) _exit(125);
  join_cgroups(plan, child->conversation);
}

// Until the go-on its ids are those of the host, which a new user namespace may not know.
void await_parent(Child* child) {
  await_go_on(child->conversation);
  if (in_user_namespace(*child->plan) &&
      (syscall(SYS_setresgid, 0, 0, 0) != 0 || syscall(SYS_setresuid, 0, 0, 0) != 0))
    give_up(child->conversation, "setresuid", 0, errno);
  guard_again(*child);
}

void outer(int conversation, int plan_file, int report) {
  prctl(PR_SET_NAME, "drydock:outer");
  reset_signals();
  lower_file_limit();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (hung_up(conversation)) _exit(125);

  conversation = move_out_of_the_way(conversation);
  static Plan plan;
  read_plan(conversation, plan_file, &plan);
  keep_only_given(plan, conversation, report);
  // Processes of a namespace that we join could otherwise trace us or open our files
  // (CVE-2016-9962).
  prctl(PR_SET_DUMPABLE, 0);
  join_all(plan, conversation);

  before_join(plan, conversation, 0, "clone");
  bool in_cgroup;
  pid_t* number = shared_number(conversation);
  pid_t pid = clone_child(plan, number, &in_cgroup);
  if (pid < 0) give_up(conversation, "clone", 0, errno);
  if (pid == 0) {
    if (report >= 0) close(report);
    be_child(plan, conversation, *number, in_cgroup);
  }
  if (report >= 0 && write(report, &pid, sizeof pid) != sizeof pid) _exit(125);
  _exit(0);
}
