// The flags of one mount, in the three ways in which the kernel speaks of them: MS_* of mount(2),
// ST_* of statvfs(3), MOUNT_ATTR_* of mount_setattr(2).
#pragma once

#include <stdint.h>
#include <sys/statvfs.h>

// What to change: both MS_*. What neither names stays as it is.
struct FlagChange {
  unsigned long set, clear;
};

// The MS_* that a remount has to name to change nothing: it replaces them all.
unsigned long mount_flags(const struct statvfs& about);

// Changes the mount at `path`. Those of a mount that came from a more privileged namespace are
// locked (mount_namespaces(7)): EPERM. False with errno.
bool change_mount(const char* path, FlagChange change);

// Changes the mount that `descriptor` is the root of, and with `recursive` all below it, also a
// detached one: mount_setattr(2), Linux 5.12. `propagation` may be 0. False with errno.
bool change_tree(int descriptor, const char* path, bool recursive, FlagChange change,
                 unsigned long propagation);
