// Walls that a process builds around itself, for good (landlock(7), Linux 5.13): what may be done
// with files, and beneath which directories all the same. Root is no exception, and everything that
// is started later is inside.
//
// The C library has no functions for these calls, and older headers have no names for what they
// take.
#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/steps.h"

namespace {

// One number for all architectures that came after Linux 5.1.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr int kPathBeneath = 1;

// The attributes of 5.13. Later kernels know more of them, and take these for the first ones.
struct RulesetAttributes {
  uint64_t handled;
};

struct __attribute__((packed)) PathBeneath {
  uint64_t allowed;
  int32_t parent;
};

}  // namespace

// landlock_create_ruleset(rights): what is refused from now on, but for the rules.
int step_landlock_create_ruleset(Child&, const Step& step) {
  RulesetAttributes attributes = {static_cast<uint64_t>(step.args[0].number)};
  long made = syscall(kCreateRuleset, &attributes, sizeof attributes, 0);
  return made >= 0 ? static_cast<int>(made) : -errno;
}

// landlock_add_rule(ruleset, rights, directory): these are allowed beneath it.
int step_landlock_add_rule(Child& child, const Step& step) {
  PathBeneath rule = {static_cast<uint64_t>(step.args[1].number), child.fd(step.args[2])};
  return syscall(kAddRule, child.fd(step.args[0]), kPathBeneath, &rule, 0) == 0 ? 0 : -errno;
}

// landlock_restrict_self(ruleset)
int step_landlock_restrict_self(Child& child, const Step& step) {
  return syscall(kRestrictSelf, child.fd(step.args[0]), 0) == 0 ? 0 : -errno;
}
