// Makes mounts read-only or writable one by one or all at once.
#pragma once

// Every mount of this mount namespace becomes read-only: mount_setattr(2) with AT_RECURSIVE
// (Linux 5.12), elsewhere a walk along mountinfo. False with errno when refused.
bool make_everything_read_only();

// The mount at `path`, which must be a mount point, becomes read-only or writable, and keeps its
// other flags: a remount replaces them all, and those of a mount that came from a more privileged
// namespace are locked (mount_namespaces(7)).
bool set_read_only(const char* path, bool read_only);
