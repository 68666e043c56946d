// The inner half of the dock: PID 1 of its PID namespace. Drawn in sandbox.h.
#pragma once

#include "shim/sandbox_cgroups.h"
#include "shim/sandbox_mounts.h"

struct Dock {
  Limits limits;
  Folders folders;
  DockCgroups cgroups;
  char** command = nullptr;
};

// Arranges everything, starts the command, and ends with its exit code. `alive` is the read end of
// a pipe that the outer half holds: at its end of file the outer half is dead.
[[noreturn]] void be_inside(Dock& dock, int alive);
