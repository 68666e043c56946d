// The container's own process, between clone and execve: its descriptors by slot, and what it has
// found out so far.
#pragma once

#include "shim/plan.h"

struct Child {
  const Plan* plan;
  int conversation;
  int slots[kMaxSlots];
  int start_error;  // where failures go after `created`; -1 before
  int go;           // the fifo, whose closing tells the starter that execve has happened; -1 before
  bool dies_with_parent;  // PR_SET_PDEATHSIG is armed
  const char*
      refused;  // the system call inside a compound step that was refused; null: the step itself
  const char* program;  // found by lookup_exec

  int fd(const Arg& slot) const { return slots[slot.number]; }
};

// Arms or re-arms the signal that ends this process with its parent. setresuid(2) and friends clear
// it (prctl(2), PR_SET_PDEATHSIG), so every step that changes credentials calls this again; a
// parent that ended in between is seen by the hang-up of the conversation.
void die_with_parent(Child& child);

// Records which call inside a compound was refused, and gives its errno back, negative.
int refused(Child& child, const char* call);

[[noreturn]] void walk(Child& child);
