#include "shim/sandbox_cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/cgroup_files.h"
#include "shim/devices_bpf.h"
#include "shim/mount_table.h"
#include "shim/proc_stat.h"
#include "shim/refusal.h"

namespace {

constexpr const char* kVerb = "sandbox";
constexpr const char* kName = "drydock-dock-";
constexpr int kRemovalTries = 500, kRemovalPauseMs = 10;

struct Search {
  DockCgroup* found;
  const char* path;  // of our own cgroup, as /proc/self/cgroup has it
};

// Of several mounts of one hierarchy the first one that shows our own cgroup.
void match_mount(const MountedAt& mount, void* context) {
  auto* search = static_cast<Search*>(context);
  DockCgroup* found = search->found;
  if (found->place[0] || strcmp(mount.type, found->is_v2 ? "cgroup2" : "cgroup") != 0) return;
  char first[128];
  snprintf(first, sizeof first, "%.*s", static_cast<int>(strcspn(found->controllers, ",")),
           found->controllers);
  if (!found->is_v2 && !has_option(mount.super, first)) return;
  if (!is_below(search->path, mount.root)) return;
  const char* below = search->path + (mount.root[1] ? strlen(mount.root) : 0);
  snprintf(found->place, PATH_MAX, "%s", mount.point);
  // `dock` holds our own cgroup until the dock's directory is made below it.
  int length = snprintf(found->dock, PATH_MAX, "%s%s", mount.point, below);
  if (length > 1 && length < PATH_MAX && found->dock[length - 1] == '/')
    found->dock[length - 1] = 0;
}

// /proc/self/cgroup: "4:memory:/path", "1:name=systemd:/path", "0::/path" for v2.
void find_hierarchies(DockCgroups& cgroups) {
  FILE* file = fopen("/proc/self/cgroup", "re");
  if (!file) refuse(kVerb, "open", "/proc/self/cgroup");
  char line[PATH_MAX + 256], path[PATH_MAX];
  while (fgets(line, sizeof line, file) && cgroups.count < kMaxHierarchies) {
    line[strcspn(line, "\n")] = 0;
    char* controllers = strchr(line, ':');
    char* where = controllers ? strchr(controllers + 1, ':') : nullptr;
    if (!where) continue;
    *where = 0;
    DockCgroup& found = cgroups.each[cgroups.count];
    memset(&found, 0, sizeof found);
    snprintf(found.controllers, sizeof found.controllers, "%s", controllers + 1);
    snprintf(path, sizeof path, "%s", where + 1);
    found.is_v2 = found.controllers[0] == 0;
    Search search = {&found, path};
    each_mount(match_mount, &search);
    if (found.place[0]) cgroups.count++;
  }
  fclose(file);
}

// While its owner lives, a directory may be one that is just being filled. One with our own number
// is of somebody who had the number before us.
bool is_left_behind(const char* name) {
  if (strncmp(name, kName, strlen(kName)) != 0) return false;
  pid_t owner = atoi(name + strlen(kName));
  ProcStat stat;
  return owner == getpid() || !read_proc_stat(owner, &stat) || stat.state == 'Z';
}

// A dock whose outer half was killed could not remove its cgroups: the next one does.
void sweep(const char* own) {
  DIR* listing = opendir(own);
  if (!listing) return;
  while (dirent* entry = readdir(listing)) {
    char path[PATH_MAX];
    if (!is_left_behind(entry->d_name)) continue;
    if (snprintf(path, sizeof path, "%s/%s", own, entry->d_name) < PATH_MAX)
      remove_cgroup_tree(path);
  }
  closedir(listing);
}

// A wish: with `controller` on, every cgroup from `top` to `bottom` hands it to its children. One
// that refuses, or a kernel that has it under v1, leaves the dock without.
void hand_down(const char* controller, const char* top, const char* bottom) {
  char at[PATH_MAX];
  for (size_t length = strlen(top);; length += 1 + strcspn(bottom + length + 1, "/")) {
    snprintf(at, sizeof at, "%.*s", static_cast<int>(length), bottom);
    write_cgroup(at, "cgroup.subtree_control", controller);
    if (!bottom[length]) return;
  }
}

// v2: controllers are given to children with cgroup.subtree_control, which the kernel refuses
// (EBUSY) in a cgroup that has processes, as our own has: only the root is exempt. So we go up to
// where it can be done.
void find_v2_parent(DockCgroup& cgroup) {
  char controllers[256], given[256];
  if (!read_cgroup(cgroup.place, "cgroup.controllers", controllers, sizeof controllers)) return;
  bool has_memory = strstr(controllers, "memory"), has_pids = strstr(controllers, "pids");
  char candidate[PATH_MAX];
  snprintf(candidate, sizeof candidate, "%s", cgroup.dock);
  for (;;) {
    if (has_memory) write_cgroup(candidate, "cgroup.subtree_control", "+memory");
    if (has_pids) write_cgroup(candidate, "cgroup.subtree_control", "+pids");
    if (!read_cgroup(candidate, "cgroup.subtree_control", given, sizeof given)) return;
    if ((!has_memory || strstr(given, "memory")) && (!has_pids || strstr(given, "pids"))) break;
    if (strcmp(candidate, cgroup.place) == 0)
      return;  // stays at our own; the missing limit is told later
    *strrchr(candidate, '/') = 0;
  }
  snprintf(cgroup.dock, PATH_MAX, "%s", candidate);
  hand_down("+cpu", cgroup.place, candidate);
}

// v1: a new cpuset is empty and takes no process (ENOSPC) until it has been told which processors
// and memory it has.
void inherit_cpuset(const char* own, const char* dock) {
  char value[1024];
  for (const char* name : {"cpuset.cpus", "cpuset.mems"})
    if (read_cgroup(own, name, value, sizeof value)) write_cgroup(dock, name, value);
  write_cgroup(dock, "cgroup.clone_children", "1");
}

void make_directories(DockCgroup& cgroup) {
  if (cgroup.is_v2) find_v2_parent(cgroup);
  sweep(cgroup.dock);
  char own[PATH_MAX];
  snprintf(own, sizeof own, "%s", cgroup.dock);
  if (snprintf(cgroup.dock, PATH_MAX, "%s/%s%d", own, kName, getpid()) >= PATH_MAX - 8)
    misused(kVerb, "the path of our own cgroup is too long", "");
  snprintf(cgroup.inside, PATH_MAX, "%.*s/inside", PATH_MAX - 8, cgroup.dock);
  if (mkdir(cgroup.dock, 0755) != 0) refuse(kVerb, "mkdir", cgroup.dock);
  if (has_option(cgroup.controllers, "cpuset")) inherit_cpuset(own, cgroup.dock);
  if (has_option(cgroup.controllers, "memory"))
    write_cgroup(cgroup.dock, "memory.use_hierarchy", "1");
  if (cgroup.is_v2) {
    for (const char* controller : {"+memory", "+pids", "+cpu", "+cpuset", "+io"})
      write_cgroup(cgroup.dock, "cgroup.subtree_control", controller);
  }
  if (mkdir(cgroup.inside, 0755) != 0) refuse(kVerb, "mkdir", cgroup.inside);
}

bool limit_memory(const DockCgroup& cgroup, uint64_t bytes) {
  if (cgroup.is_v2) {
    // Without swap the limit means what it says.
    write_cgroup_number(cgroup.dock, "memory.swap.max", 0);
    return write_cgroup_number(cgroup.dock, "memory.max", bytes);
  }
  bool set = write_cgroup_number(cgroup.dock, "memory.limit_in_bytes", bytes);
  write_cgroup_number(cgroup.dock, "memory.memsw.limit_in_bytes", bytes);
  return set;
}

bool deny_disks(const DockCgroup& cgroup) {
  if (!cgroup.is_v2) return write_cgroup(cgroup.dock, "devices.deny", "b *:* rwm");
  int directory = open(cgroup.dock, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool denied = directory >= 0 && deny_block_devices(directory);
  if (directory >= 0) close(directory);
  return denied;
}

// Where it is hybrid, v1 has the controllers and v2 the BPF program: both are asked, one must do
// it.
void set_limits(DockCgroups& cgroups, const Limits& limits) {
  bool memory = false, pids = false, disks = false;
  for (int i = 0; i < cgroups.count; i++) {
    const DockCgroup& cgroup = cgroups.each[i];
    auto has = [&](const char* controller) {
      return cgroup.is_v2 || has_option(cgroup.controllers, controller);
    };
    if (has("memory") && limits.memory && limit_memory(cgroup, limits.memory)) memory = true;
    if (has("pids") && limits.pids && write_cgroup_number(cgroup.dock, "pids.max", limits.pids))
      pids = true;
    if (has("devices") && deny_disks(cgroup)) disks = true;
  }
  const char* missing = limits.memory && !memory ? "the memory limit"
                        : limits.pids && !pids   ? "the limit of processes"
                        : !disks                 ? "the ban on disks"
                                                 : nullptr;
  if (!missing) return;
  complain(kVerb, "cannot set", missing);
  remove_dock_cgroups(cgroups);
  _exit(kOwnFailure);
}

void give_controllers_below(const char* directory) {
  char controllers[256], one[64];
  if (!read_cgroup(directory, "cgroup.controllers", controllers, sizeof controllers)) return;
  for (char* name = strtok(controllers, " \n"); name; name = strtok(nullptr, " \n")) {
    snprintf(one, sizeof one, "+%s", name);
    write_cgroup(directory, "cgroup.subtree_control", one);
  }
}

// `oom` counts where the limit was reached, `oom_kill` where the victim was. memory.events has also
// what happened below, of containers at their own limits, since Linux 5.2, which brought
// memory.events.local for the rest; before, it was local itself.
bool v2_limit_struck(const char* dock) {
  char text[8];
  bool is_local = read_cgroup(dock, "memory.events.local", text, sizeof text);
  return cgroup_count(dock, is_local ? "memory.events.local" : "memory.events", "oom") > 0;
}

}  // namespace

void make_dock_cgroups(DockCgroups& cgroups, const Limits& limits) {
  find_hierarchies(cgroups);
  for (int i = 0; i < cgroups.count; i++) make_directories(cgroups.each[i]);
  set_limits(cgroups, limits);
}

void enter_dock_cgroups(const DockCgroups& cgroups) {
  for (int i = 0; i < cgroups.count; i++) {
    // v1: a thread is moved at once; for a process the kernel waits until all others have noticed.
    const char* members = cgroups.each[i].is_v2 ? "cgroup.procs" : "tasks";
    if (!write_cgroup(cgroups.each[i].inside, members, "0"))
      refuse(kVerb, "cannot move into", cgroups.each[i].inside);
  }
  // The namespace's root is where we are at this moment: not before, or it would be our caller's.
  if (unshare(CLONE_NEWCGROUP) != 0 && errno != EINVAL && errno != ENOSYS)
    refuse(kVerb, "unshare", "CLONE_NEWCGROUP");
  for (int i = 0; i < cgroups.count; i++) {
    if (!cgroups.each[i].is_v2) continue;
    char self[PATH_MAX];
    snprintf(self, sizeof self, "%.*s/self", PATH_MAX - 6, cgroups.each[i].inside);
    if (mkdir(self, 0755) != 0) refuse(kVerb, "mkdir", self);
    if (!write_cgroup(self, "cgroup.procs", "0")) refuse(kVerb, "cannot move into", self);
    give_controllers_below(cgroups.each[i].inside);
  }
}

bool memory_limit_struck(const DockCgroups& cgroups) {
  for (int i = 0; i < cgroups.count; i++) {
    const DockCgroup& cgroup = cgroups.each[i];
    if (cgroup.is_v2 && v2_limit_struck(cgroup.dock)) return true;
    if (!has_option(cgroup.controllers, "memory")) continue;
    // v1 counts where the victim was, not further up; the counter itself is there since Linux 4.13.
    if (cgroup_count(cgroup.dock, "memory.oom_control", "oom_kill")) return true;
    if (cgroup_count(cgroup.inside, "memory.oom_control", "oom_kill")) return true;
  }
  return false;
}

void remove_dock_cgroups(const DockCgroups& cgroups) {
  for (int i = 0; i < cgroups.count; i++) {
    bool gone = remove_cgroup_tree(cgroups.each[i].dock);
    for (int tries = 0; !gone && tries < kRemovalTries; tries++) {
      timespec pause = {0, kRemovalPauseMs * 1000000L};
      nanosleep(&pause, nullptr);
      gone = remove_cgroup_tree(cgroups.each[i].dock);
    }
    if (!gone) complain(kVerb, "rmdir", cgroups.each[i].dock);
  }
}
