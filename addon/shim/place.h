// Where a mount is made ready before it gets to its place (CVE-2021-30465).
//
// A place inside the container's root that is looked up a second time could be another one by then.
// So it is looked up once, to a descriptor; the mount is made on a file or directory of the host's
// that nobody else can put something else in place of, gets its flags there, and is moved.
#pragma once

#include <stdio.h>

#include "shim/child.h"

// The name of an open descriptor, for calls that want a path. Before the pivot /proc is the host's.
struct DescriptorPath {
  char text[40];
  explicit DescriptorPath(int fd) { snprintf(text, sizeof text, "/proc/self/fd/%d", fd); }
};

// Only our own mount namespace sees it covered, for a few calls.
const char* aside(bool is_file);

// Attaches what was made ready at `from`, or takes it away when `result` says that something has
// failed before.
int settle(Child& child, int result, const char* from, int target);
