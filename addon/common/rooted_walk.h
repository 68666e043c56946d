// The checked walk: what openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS) does, for kernels without
// it, and what the kernel does not: making the directories that are missing on the way. One
// attempt; EAGAIN when the tree changed under it. Used by rooted.cc alone.
#pragma once

#include <sys/types.h>

namespace drydock {

// As `directory_mode`: a directory that is missing is ENOENT.
constexpr mode_t kMakeNoDirectory = 0;

// With O_DIRECTORY the last name is one of the directories.
int rooted_walk(int root, const char* path, int flags, mode_t mode, mode_t directory_mode);

}  // namespace drydock
