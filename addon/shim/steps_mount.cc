// Mounts: mount(2), pivot_root(2), mount_namespaces(7).
//
// Where something is mounted is looked up once, inside a root that is not trusted, to a descriptor.
// What is mounted is made ready before it gets there: a place that was looked up a second time, for
// flags or propagation, could show another mount by then (CVE-2021-30465).
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/rooted.h"
#include "shim/child.h"
#include "shim/copy_up.h"
#include "shim/mount_flags.h"
#include "shim/place.h"
#include "shim/steps.h"

using drydock::rooted_mkdirs;
using drydock::rooted_open;
using drydock::rooted_touch;

namespace {

constexpr long kProcMagic = 0x9fa0;

constexpr unsigned long kPropagation = MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE;

// What open_target has to know of what will be mounted.
struct Guest {
  bool is_file = false;
  bool is_proc = false;
  bool is_sys = false;
  bool may_cover_proc = false;  // lxcfs and its like put files over /proc/cpuinfo

  explicit Guest(const char* type)
      : is_proc(type && strcmp(type, "proc") == 0), is_sys(type && strcmp(type, "sysfs") == 0) {}
  Guest(mode_t mode, bool covers_proc) : is_file(!S_ISDIR(mode)), may_cover_proc(covers_proc) {}
};

bool may_cover(int target, const Guest& guest) {
  struct statfs about;
  if (fstatfs(target, &about) != 0) return false;
  return about.f_type != kProcMagic || guest.is_proc || guest.may_cover_proc;
}

bool is_known_to_all(const char* path) {
  return strcmp(path, "/proc") == 0 || strcmp(path, "/sys") == 0;
}

// Looks up, and makes if it is missing, what will be mounted on. Links are followed inside the
// root. But procfs and sysfs mean something to everybody who looks for them, so they, and what is
// bound in their place, are mounted on a directory of that very name and never on a link
// (CVE-2019-19921, CVE-2023-27561).
int open_target(Child& child, int root, const char* path, const Guest& guest) {
  bool follows = !guest.is_proc && !guest.is_sys && !is_known_to_all(path);
  int flags = follows ? O_PATH : O_PATH | O_NOFOLLOW | O_DIRECTORY;
  int target = rooted_open(root, path, flags, 0);
  if (target < 0 && errno == ENOENT) {
    int made = guest.is_file ? rooted_touch(root, path, 0644) : rooted_mkdirs(root, path, 0755);
    if (made < 0) return refused(child, guest.is_file ? "openat2" : "mkdir");
    if (!guest.is_file) close(made);
    target = rooted_open(root, path, flags, 0);
  }
  if (target < 0) return refused(child, "openat2");
  if (may_cover(target, guest)) return target;
  close(target);
  errno = EACCES;
  return refused(child, "cover /proc");
}

int set_propagation(Child& child, const char* path, unsigned long propagation) {
  propagation &= kPropagation | MS_REC;
  if (propagation == 0 || mount(nullptr, path, nullptr, propagation, nullptr) == 0) return 0;
  return refused(child, "mount (propagation)");
}

// Fills the mount at `place` with what lies in the directory that it will cover.
int fill(Child& child, int target, const char* place) {
  int from = open(DescriptorPath(target).text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (from < 0) return refused(child, "copy up: open");
  int to = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result = to < 0 ? refused(child, "copy up: open") : copy_up(child, from, to);
  if (to >= 0) close(to);
  close(from);
  return result;
}

}  // namespace

int step_mount(Child&, const Step& step) {
  const Arg* a = step.args;
  return mount(a[0].text, a[1].text, a[2].text, static_cast<unsigned long>(a[3].number),
               a[4].text) == 0
             ? 0
             : -errno;
}

int step_umount2(Child&, const Step& step) {
  return umount2(step.args[0].text, static_cast<int>(step.args[1].number)) == 0 ? 0 : -errno;
}

// mount_at(root, target, source, type, flags, data, propagation, copy up)
int step_mount_at(Child& child, const Step& step) {
  const Arg* a = step.args;
  const char* type = a[3].text;
  auto flags = static_cast<unsigned long>(a[4].number);
  auto propagation = static_cast<unsigned long>(a[6].number);
  bool copies = a[7].number != 0;
  int target = open_target(child, child.fd(a[0]), a[1].text, Guest(type));
  if (target < 0) return target;
  DescriptorPath there(target);
  // A remount changes what is there; the descriptor is that mount's.
  bool is_moved = (propagation || copies) && !(flags & MS_REMOUNT);
  const char* place = is_moved ? aside(false) : there.text;
  int result = 0;
  if (mount(a[2].text, place, type, copies ? flags & ~MS_RDONLY : flags, a[5].text) != 0) {
    result = refused(child, "mount");
  } else {
    if (copies) result = fill(child, target, place);
    if (result == 0 && copies && (flags & MS_RDONLY) && !change_mount(place, {MS_RDONLY, 0}))
      result = refused(child, "mount MS_REMOUNT");
    if (result == 0) result = set_propagation(child, place, propagation);
    if (is_moved) result = settle(child, result, place, target);
  }
  close(target);
  return result;
}

// bind_at(root, target, source, set, clear, propagation, covers proc). The kernel gives a bind
// mount the flags of its source, and takes others only in a second call.
int step_bind_at(Child& child, const Step& step) {
  const Arg* a = step.args;
  const char* source = a[2].text;
  auto recursive = static_cast<unsigned long>(a[3].number) & MS_REC;
  FlagChange change = {static_cast<unsigned long>(a[3].number) & ~MS_REC,
                       static_cast<unsigned long>(a[4].number)};
  struct stat about;
  if (stat(source, &about) != 0) return refused(child, "stat of the source");
  Guest guest(about.st_mode, a[6].number != 0);
  int target = open_target(child, child.fd(a[0]), a[1].text, guest);
  if (target < 0) return target;
  const char* place = aside(guest.is_file);
  int result = 0;
  if (mount(source, place, nullptr, MS_BIND | recursive, nullptr) != 0) {
    result = refused(child, "mount");
  } else {
    if ((change.set || change.clear) && !change_mount(place, change))
      result = refused(child, "mount MS_REMOUNT");
    if (result == 0)
      result = set_propagation(child, place, static_cast<unsigned long>(a[5].number));
    result = settle(child, result, place, target);
  }
  close(target);
  return result;
}

int step_pivot_root(Child&, const Step& step) {
  return syscall(SYS_pivot_root, step.args[0].text, step.args[1].text) == 0 ? 0 : -errno;
}

int step_chroot(Child&, const Step& step) { return chroot(step.args[0].text) == 0 ? 0 : -errno; }

// open_tree(path, recursive): a detached copy, which nobody can see (open_tree(2), Linux 5.2)
int step_open_tree(Child&, const Step& step) {
  constexpr unsigned kClone = 1, kRecursive = 0x8000, kCloexec = O_CLOEXEC;
  unsigned flags = kClone | kCloexec | (step.args[1].number ? kRecursive : 0);
  long fd = syscall(SYS_open_tree, AT_FDCWD, step.args[0].text, flags);
  return fd >= 0 ? static_cast<int>(fd) : -errno;
}

// mount_setattr(tree, recursive, set, clear, propagation)
int step_mount_setattr(Child& child, const Step& step) {
  const Arg* a = step.args;
  FlagChange change = {static_cast<unsigned long>(a[2].number),
                       static_cast<unsigned long>(a[3].number)};
  auto propagation = static_cast<unsigned long>(a[4].number) & kPropagation;
  return change_tree(child.fd(a[0]), "", a[1].number != 0, change, propagation) ? 0 : -errno;
}

// move_mount(tree, root, target, covers proc)
int step_move_mount(Child& child, const Step& step) {
  constexpr unsigned kFromEmpty = 4, kToEmpty = 0x40;
  const Arg* a = step.args;
  int tree = child.fd(a[0]);
  struct stat about;
  if (fstat(tree, &about) != 0) return refused(child, "fstat");
  Guest guest(about.st_mode, a[3].number != 0);
  int target = open_target(child, child.fd(a[1]), a[2].text, guest);
  if (target < 0) return target;
  long done = syscall(SYS_move_mount, tree, "", target, "", kFromEmpty | kToEmpty);
  int result = done == 0 ? 0 : refused(child, "move_mount");
  close(target);
  return result;
}
