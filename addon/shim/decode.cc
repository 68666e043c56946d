#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "shim/plan.h"
#include "shim/steps.h"

namespace {

// A child that shares our memory (CLONE_VM) or our threads could not be walked along a plan.
constexpr uint32_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr uint32_t kMaxSteps = 65536;
constexpr uint32_t kMaxStrings = 1 << 20;

// A cursor that can only fail once: after the first overrun everything it reads is zero.
struct Reader {
  const char* at;
  const char* end;
  bool broken = false;

  template <typename T>
  T number() {
    T value = 0;
    if (static_cast<size_t>(end - at) < sizeof value) {
      broken = true;
      at = end;
      return 0;
    }
    memcpy(&value, at, sizeof value);
    at += sizeof value;
    return value;
  }

  // Points into the file itself: the bytes stay mapped until execve.
  const char* string(uint32_t* length) {
    *length = number<uint32_t>();
    if (broken || static_cast<size_t>(end - at) <= *length || at[*length] != '\0') {
      broken = true;
      *length = 0;
      return "";
    }
    const char* text = at;
    at += *length + 1;
    return text;
  }

  uint32_t count(uint32_t most) {
    uint32_t n = number<uint32_t>();
    if (n > most) broken = true;
    return broken ? 0 : n;
  }
};

template <typename T>
T* zeroed(uint32_t n) {
  return static_cast<T*>(calloc(n + 1, sizeof(T)));
}

bool read_list(Reader& in, Arg* arg) {
  arg->length = in.count(kMaxStrings);
  arg->list = zeroed<char*>(arg->length);
  if (!arg->list) return false;
  uint32_t ignored;
  for (uint32_t i = 0; i < arg->length; i++) arg->list[i] = const_cast<char*>(in.string(&ignored));
  return !in.broken;
}

bool read_arg(Reader& in, Arg* arg) {
  arg->kind = static_cast<char>(in.number<uint8_t>());
  switch (arg->kind) {
    case 'i':
      arg->number = in.number<int64_t>();
      return true;
    case 'f':
      arg->number = in.number<int32_t>();
      return arg->number >= 0 && arg->number < kMaxSlots;
    case 's':
      arg->text = in.string(&arg->length);
      return true;
    case 'l':
      return read_list(in, arg);
    default:
      return arg->kind == '0';
  }
}

// A capital letter in the signature allows null; a null where none is allowed would be a crash in
// the child.
bool fits(const char* signature, const Arg* args, uint32_t count) {
  if (strlen(signature) != count) return false;
  for (uint32_t i = 0; i < count; i++) {
    bool optional = signature[i] < 'a';
    char wanted = optional ? static_cast<char>(signature[i] + 32) : signature[i];
    if (args[i].kind != wanted && !(optional && args[i].kind == '0')) return false;
  }
  return true;
}

const char* read_step(Reader& in, Step* step) {
  uint32_t ignored;
  step->word = find_word(in.string(&ignored));
  if (!step->word) return "the plan names a step that this helper does not know";
  step->into = in.number<int32_t>();
  if (step->into >= kMaxSlots) return "the plan names a descriptor slot that does not exist";
  step->tolerated_count = in.count(kMaxTolerated);
  for (uint32_t i = 0; i < step->tolerated_count; i++) step->tolerated[i] = in.number<int32_t>();
  uint32_t count = in.count(kMaxArgs);
  for (uint32_t i = 0; i < count; i++)
    if (!read_arg(in, &step->args[i])) return "an argument of a step has an unknown form";
  if (!fits(step->word->signature, step->args, count))
    return "the arguments of a step do not fit it";
  if (step->word->run == step_prepare_exec &&
      (step->args[0].number < 0 || step->args[0].number > kMaxSlots))
    return "the plan passes on more descriptors than it can hold";
  return nullptr;
}

}  // namespace

const char* decode(const char* bytes, size_t length, Plan* plan) {
  Reader in = {bytes, bytes + length};
  if (length < 8 || memcmp(bytes, "DRYDOCK1", 8) != 0) return "this is no plan of this version";
  in.at += 8;
  plan->clone_flags = in.number<uint32_t>();
  if (plan->clone_flags & ~kNamespaces) return "the plan asks the clone for more than namespaces";
  plan->options = in.number<uint32_t>();
  plan->cgroup = in.number<int32_t>();

  plan->join_count = in.count(kMaxSlots);
  plan->joins = zeroed<Join>(plan->join_count);
  if (!plan->joins) return "out of memory";
  for (uint32_t i = 0; i < plan->join_count; i++)
    plan->joins[i] = {in.number<int32_t>(), in.number<uint32_t>()};

  plan->tasks_count = in.count(kMaxSlots);
  plan->tasks = zeroed<int32_t>(plan->tasks_count);
  if (!plan->tasks) return "out of memory";
  for (uint32_t i = 0; i < plan->tasks_count; i++) plan->tasks[i] = in.number<int32_t>();

  plan->given_count = in.count(kMaxSlots);
  plan->given = zeroed<Given>(plan->given_count);
  if (!plan->given) return "out of memory";
  for (uint32_t i = 0; i < plan->given_count; i++) {
    plan->given[i] = {in.number<int32_t>(), in.number<int32_t>()};
    if (plan->given[i].slot < 0 || plan->given[i].slot >= kMaxSlots)
      return "the plan gives a descriptor to a slot that does not exist";
  }

  plan->step_count = in.count(kMaxSteps);
  plan->steps = zeroed<Step>(plan->step_count);
  if (!plan->steps) return "out of memory";
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (const char* wrong = read_step(in, &plan->steps[i])) return wrong;
  return in.broken || in.at != in.end ? "the plan ends too early or too late" : nullptr;
}
