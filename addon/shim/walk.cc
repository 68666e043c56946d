// One step of the plan after another, in the child: what child.c is made of.
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

void note_last_uses(Child& child) {
  const Plan& plan = *child.plan;
  for (uint32_t i = 0; i < plan.step_count; i++) {
    const Step& step = plan.steps[i];
    if (step.into >= 0) child.last_use[step.into] = i;
    for (const Arg& arg : step.args)
      if (arg.kind == 'f') child.last_use[arg.number] = i;
  }
}

namespace {

const Step& step_at(const Child* child, int index) { return child->plan->steps[index]; }

void close_slot(Child& child, int slot) {
  if (child.slots[slot] >= 0) close(child.slots[slot]);
  child.slots[slot] = -1;
}

void close_used_up(Child& child, uint32_t done) {
  for (int slot = 0; slot < kMaxSlots; slot++)
    if (child.last_use[slot] <= done) close_slot(child, slot);
}

// After `created` nobody looks on any more.
void announce(Child& child, int index) {
  if (!(child.plan->options & kStepping) || child.start_error >= 0) return;
  Message before = message(Say::before, index, 0, step_at(&child, index).word->name);
  if (!say(child.conversation, before)) _exit(125);
  await_go_on(child.conversation);
}

}  // namespace

int step_count(const Child* child) { return static_cast<int>(child->plan->step_count); }

int run_step(Child* child, int index) {
  announce(*child, index);
  const Step& step = step_at(child, index);
  child->refused = nullptr;
  return step.word->run(*child, step);
}

bool tolerates(const Child* child, int index, int error) {
  const Step& step = step_at(child, index);
  for (uint32_t i = 0; i < step.tolerated_count; i++)
    if (step.tolerated[i] == error) return true;
  return false;
}

// What a step has opened goes into its slot; without one nobody could ever name it.
void keep_result(Child* child, int index, int result) {
  const Step& step = step_at(child, index);
  if (step.into >= 0) {
    close_slot(*child, step.into);
    child->slots[step.into] = result < 0 ? -1 : result;
  } else if (result > 0) {
    close(result);
  }
  close_used_up(*child, static_cast<uint32_t>(index));
}

void tell_failure(Child* child, int index, int error) {
  const char* call = child->refused ? child->refused : step_at(child, index).word->name;
  tell_end(*child, message(Say::failed, index, error, call));
}
