// Reads /proc/self/mountinfo (proc_pid_mountinfo(5)): what is mounted where in this mount
// namespace.
#pragma once

#include <limits.h>

struct MountedAt {
  char root[PATH_MAX];   // which directory of the file system is mounted
  char point[PATH_MAX];  // where
  char options[256];     // of this mount: ro, nosuid, …
  char type[64];
  char super[1024];  // of the file system: for cgroup v1, its controllers
};

// Calls `visit` for each mount, in the order in which they were made, with `context` passed
// through. Returns false with errno when the table cannot be read.
bool each_mount(void (*visit)(const MountedAt& mount, void* context), void* context);

// True when `option` is in a list that is separated by commas.
bool has_option(const char* list, const char* option);

// True when `path` is `directory` or lies below it.
bool is_below(const char* path, const char* directory);
