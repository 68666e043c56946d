// The walk along the plan, in the child.
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/conversation.h"

void die_with_parent(Child& child) {
  if (!child.dies_with_parent) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (hung_up(child.conversation)) _exit(125);
}

void guard_again(Child& child) {
  prctl(PR_SET_DUMPABLE, 0);
  die_with_parent(child);
}

int take(Child& child, const Arg& slot) {
  int descriptor = child.fd(slot);
  child.slots[slot.number] = -1;
  return descriptor;
}

void tell_end(const Child& child, const Message& what) {
  if (child.start_error < 0) {
    say(child.conversation, what);
    return;
  }
  // Nothing can be done about a write that is refused here: the exit code still tells.
  ssize_t ignored = pwrite(child.start_error, &what, sizeof what, 0);
  static_cast<void>(ignored);
}

int refused(Child& child, const char* call) {
  child.refused = call;
  return -errno;
}

namespace {

bool tolerates(const Step& step, int error) {
  for (uint32_t i = 0; i < step.tolerated_count; i++)
    if (step.tolerated[i] == error) return true;
  return false;
}

[[noreturn]] void fail(Child& child, int32_t index, int error) {
  const Step& step = child.plan->steps[index];
  Message what =
      message(Say::failed, index, error, child.refused ? child.refused : step.word->name);
  tell_end(child, what);
  _exit(error == ENOENT ? 127 : error == EACCES || error == ENOEXEC ? 126 : 125);
}

void note_last_uses(Child& child) {
  const Plan& plan = *child.plan;
  for (uint32_t i = 0; i < plan.step_count; i++) {
    const Step& step = plan.steps[i];
    if (step.into >= 0) child.last_use[step.into] = i;
    for (const Arg& arg : step.args)
      if (arg.kind == 'f') child.last_use[arg.number] = i;
  }
}

void close_slot(Child& child, int slot) {
  if (child.slots[slot] >= 0) close(child.slots[slot]);
  child.slots[slot] = -1;
}

void close_used_up(Child& child, uint32_t done) {
  for (int slot = 0; slot < kMaxSlots; slot++)
    if (child.last_use[slot] <= done) close_slot(child, slot);
}

// What a step has opened goes into its slot; without one nobody could ever name it.
void store(Child& child, const Step& step, int result) {
  if (step.into >= 0) {
    close_slot(child, step.into);
    child.slots[step.into] = result < 0 ? -1 : result;
  } else if (result > 0) {
    close(result);
  }
}

void run(Child& child, uint32_t index) {
  const Step& step = child.plan->steps[index];
  child.refused = nullptr;
  int result = step.word->run(child, step);
  if (result < 0 && !tolerates(step, -result)) fail(child, static_cast<int32_t>(index), -result);
  store(child, step, result);
  close_used_up(child, index);
}

}  // namespace

void walk(Child& child) {
  const Plan& plan = *child.plan;
  note_last_uses(child);
  for (uint32_t i = 0; i < plan.step_count; i++) {
    const Step& step = plan.steps[i];
    if ((plan.options & kStepping) && child.start_error < 0) {
      if (!say(child.conversation,
               message(Say::before, static_cast<int32_t>(i), 0, step.word->name)))
        _exit(125);
      await_go_on(child.conversation);
    }
    run(child, i);
  }
  // compose refuses a plan whose last step is not execve.
  _exit(125);
}
