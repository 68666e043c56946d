// The container's own process, between clone and execve: its descriptors by slot, and what it has
// found out so far. child.c is its life; what that is made of is in spawn.cc (its birth) and
// walk.cc (its steps).
//
// Invariant: it holds a descriptor no longer than until the last step that names its slot. What it
// holds while it waits, a container that gets at /proc/PID/fd could use (CVE-2024-21626).
#pragma once

#include <sys/types.h>

#include "shim/child_calls.h"
#include "shim/conversation.h"
#include "shim/plan.h"

struct Child {
  const Plan* plan;
  int conversation;
  pid_t number;                  // by which its parent knows it
  bool in_cgroup;                // clone3 has put it there
  int slots[kMaxSlots];          // -1: closed, or not open yet
  uint32_t last_use[kMaxSlots];  // index of the last step that names the slot
  int start_error;               // where failures go after `created`; -1 before
  int go;  // the fifo, whose closing tells the starter that execve has happened; -1 before
  bool chdir_refused;     // the last chdir has not taken place
  bool dies_with_parent;  // PR_SET_PDEATHSIG is armed
  const char*
      refused;  // the system call inside a compound step that was refused; null: the step itself
  const char* program;  // found by lookup_exec

  int fd(const Arg& slot) const { return slots[slot.number]; }
};

// Arms the signal that ends this process with its parent, until await_go. A parent that ended
// before is seen by the hang-up of the conversation.
void die_with_parent(Child& child);

// To be called after every change of credentials: the kernel clears PR_SET_PDEATHSIG then, and sets
// the dumpable flag to what /proc/sys/fs/suid_dumpable says (prctl(2)), with which others of the
// new user could trace this process and open its files.
void guard_again(Child& child);

// Takes a descriptor out of its slot, so that it stays open.
int take(Child& child, const Arg& slot);

// Says how it ends: in the conversation, or after `created`, when nobody may be listening any more,
// in the start-error file, over what stood there. Its place on the disk is taken already
// (src/runtime/go.ts).
void tell_end(const Child& child, const Message& what);

// Records which call inside a compound was refused, and gives its errno back, negative.
int refused(Child& child, const char* call);

// Finds the last use of each descriptor; before the first step.
void note_last_uses(Child& child);
