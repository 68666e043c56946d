// The life of the container's own process, from its birth to its program.
//
// Problem: this process holds what belongs to the host, and has no program yet. Whatever it does in
// between has to come to one of two ends: it is the program, or it has said why not and is gone.
//
// Invariant: nothing before the parent has done its part; every step once, in the order of the
// plan; after a step that was refused none at all. execve(2) does not return, so whoever comes back
// from a plan has failed.
//
// What it can do stands in child_calls.h; what the two sides say to each other in conversation.h.
// It is C, and short, because lesson process has it written anew.
#include <errno.h>

#include "shim/child_calls.h"

// Walks the plan. Returns only when the program could not be started, with the exit code that tells
// so: 127 and 126 as a shell has them, 125 for what is our failure and not the program's.
int become_program(struct Child* child) {
  // The number first: a parent that does not know it could never reap us.
  be_born(child);
  await_parent(child);

  for (int step = 0; step < step_count(child); step++) {
    int result = run_step(child, step);
    if (result >= 0 || tolerates(child, step, -result)) {
      keep_result(child, step, result);
      continue;
    }
    // The parent has asked for a container and sees only its end: without this word it could not
    // tell a wrong path from a kill.
    tell_failure(child, step, -result);
    if (result == -ENOENT) return 127;
    return result == -EACCES || result == -ENOEXEC ? 126 : 125;
  }
  return 125;  // compose refuses a plan without an execve
}
