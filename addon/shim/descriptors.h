// Closing what must not reach a container.
#pragma once

#include <sys/types.h>

// A few descriptors that stay open. Negative ones are ignored.
struct Keep {
  static constexpr int kMost = 256;  // more than a plan can name (plan.h)
  int count = 0;
  int numbers[kMost];

  void add(int descriptor);
};

// Whether a descriptor is open, and of this kind (S_IFDIR, S_IFSOCK, …).
bool is_kind(int descriptor, mode_t kind);

// Closes every descriptor from 3 on that is not kept, and sets FD_CLOEXEC on those that are.
// close_range(2) where there is one (Linux 5.9), a walk along /proc/self/fd elsewhere.
void close_all_but(Keep& keep);
