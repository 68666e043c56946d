// How much a process may use, and when it gets its turn: setrlimit(2), sched_setattr(2),
// ioprio_set(2), personality(2).
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/steps.h"

namespace {

// struct sched_attr of <linux/sched/types.h> as Linux 5.3 has it; older kernels take its first 48
// bytes.
struct Scheduling {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};
static_assert(sizeof(Scheduling) == 48, "SCHED_ATTR_SIZE_VER0");

constexpr int kIoPriorityProcess = 1;  // IOPRIO_WHO_PROCESS
constexpr int kIoPriorityShift = 13;   // IOPRIO_CLASS_SHIFT

}  // namespace

// setrlimit(resource, soft, hard); -1 is no limit.
int step_setrlimit(Child&, const Step& step) {
  rlimit limit = {static_cast<rlim_t>(step.args[1].number),
                  static_cast<rlim_t>(step.args[2].number)};
  return setrlimit(static_cast<__rlimit_resource>(step.args[0].number), &limit) == 0 ? 0 : -errno;
}

// sched_setattr(policy, flags, nice, priority, runtime, deadline, period)
int step_sched_setattr(Child&, const Step& step) {
  const Arg* a = step.args;
  Scheduling wanted = {sizeof(Scheduling),
                       static_cast<uint32_t>(a[0].number),
                       static_cast<uint64_t>(a[1].number),
                       static_cast<int32_t>(a[2].number),
                       static_cast<uint32_t>(a[3].number),
                       static_cast<uint64_t>(a[4].number),
                       static_cast<uint64_t>(a[5].number),
                       static_cast<uint64_t>(a[6].number)};
  return syscall(SYS_sched_setattr, 0, &wanted, 0) == 0 ? 0 : -errno;
}

// ioprio_set(class, priority)
int step_ioprio_set(Child&, const Step& step) {
  auto value = static_cast<int>(step.args[0].number << kIoPriorityShift | step.args[1].number);
  return syscall(SYS_ioprio_set, kIoPriorityProcess, 0, value) == 0 ? 0 : -errno;
}

int step_personality(Child&, const Step& step) {
  return personality(static_cast<unsigned long>(step.args[0].number)) >= 0 ? 0 : -errno;
}
