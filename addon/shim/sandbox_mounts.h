// What the dock sees of the file system: the host's, read-only, with a few windows.
//
//     /                 as on the host, read-only, every mount of it
//     /tmp, /run        private and empty, as /dev/shm: no sockets of the host's daemons, which
//                       root could ask for anything, read-only or not
//     --writable DIR    as on the host, writable, also when it lies in one of those
//     --readable DIR    as on the host, read-only, for a folder in one of those
//     /dev              private: null zero full random urandom tty ptmx fuse; pts is the host's,
//                       where the person's terminal is
//     /proc             of the dock's own PID namespace; /proc/sys, /proc/sysrq-trigger read-only
//     cgroups           of each hierarchy the dock's part, writable, at the place of the whole
//
// mount_namespaces(7), mount_setattr(2), proc(5).
#pragma once

#include "shim/sandbox_cgroups.h"

constexpr int kMaxFolders = 32;

struct Folder {
  const char* path;  // absolute and resolved
  bool is_writable;
  int descriptor;  // O_PATH, in the new mount namespace, from before anything was covered
};

struct Folders {
  int count = 0;
  Folder each[kMaxFolders];
};

// In a new mount namespace, as PID 1 of a new PID namespace, inside the dock's cgroups. Ends the
// process on failure.
void arrange_mounts(Folders& folders, const DockCgroups& cgroups);
