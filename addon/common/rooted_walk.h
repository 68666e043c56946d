// The checked walk: what openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS) does, for kernels without
// it. One attempt; EAGAIN when the tree changed under it. Used by rooted.cc alone.
#pragma once

#include <sys/types.h>

namespace drydock {

int rooted_walk(int root, const char* path, int flags, mode_t mode);

}  // namespace drydock
