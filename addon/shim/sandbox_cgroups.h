// The dock's cgroups: what it may use, and how nothing of it is left behind.
//
// In every hierarchy that is mounted (each v1 controller, v2, or both: a hybrid machine) two
// directories are made:
//
//     …/our own cgroup/drydock-dock-PID/   the limits; cannot be seen from inside
//                      └── inside/         the dock's processes; root of its cgroup namespace
//                          └── self/       v2 only: who gives controllers to children
//                                          may have no processes itself
//
// Two, because whoever may write in a cgroup may lift its limits. From inside, `inside` is mounted
// at the place of the hierarchy: containers can make cgroups below it and nowhere else.
//
// cgroups(7), cgroup_namespaces(7), Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst.
#pragma once

#include <limits.h>
#include <stdint.h>

constexpr int kMaxHierarchies = 20;

struct DockCgroup {
  char place[PATH_MAX];  // where the hierarchy is mounted
  char dock[PATH_MAX];   // …/drydock-dock-PID
  char inside[PATH_MAX];
  char controllers[128];  // v1: "memory", "cpu,cpuacct", "name=systemd"; v2: ""
  bool is_v2;
};

struct Limits {
  uint64_t memory = 0;  // bytes; 0: none
  uint64_t pids = 0;
  unsigned seconds = 0;
};

struct DockCgroups {
  int count = 0;
  DockCgroup each[kMaxHierarchies];
};

// Finds the hierarchies and our own place in them, removes what killed docks have left there, makes
// the directories and sets the limits. A limit that cannot be set is an error; ends the process
// then.
void make_dock_cgroups(DockCgroups& cgroups, const Limits& limits);

// For the inner half: moves this process in, and makes `inside` the root that it sees. Kernels
// before 4.6 have no cgroup namespace and go on without.
void enter_dock_cgroups(const DockCgroups& cgroups);

// After the dock has ended: true when its memory limit ended a process in it.
bool memory_limit_struck(const DockCgroups& cgroups);

// Removes the directories, also those that containers have made in them. The kernel tears down
// late, so it is tried again for up to five seconds.
void remove_dock_cgroups(const DockCgroups& cgroups);
