// Mounts: mount(2), pivot_root(2), mount_namespaces(7).
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/rooted.h"
#include "shim/child.h"
#include "shim/steps.h"
#include "shim/tree.h"

using drydock::rooted_create_file;
using drydock::rooted_mkdirs;
using drydock::rooted_open;

namespace {

constexpr long kProcMagic = 0x9fa0;

enum MountOptions : int64_t {
  kTargetIsFile = 1,
  kMayCoverProc = 2,  // lxcfs and its like put files over /proc/cpuinfo
};

constexpr unsigned long kPropagation = MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE;

struct DescriptorPath {
  char text[40];
  explicit DescriptorPath(int fd) { snprintf(text, sizeof text, "/proc/self/fd/%d", fd); }
};

// Which mount a descriptor lies on: the line `mnt_id:` of proc_pid_fdinfo(5), Linux 3.15.
int mount_id(int fd) {
  char path[48], info[512];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t got = read(file, info, sizeof info - 1);
  close(file);
  info[got > 0 ? got : 0] = '\0';
  const char* line = strstr(info, "mnt_id:");
  return line ? atoi(line + 7) : -1;
}

bool is(const char* type, const char* name) { return type && strcmp(type, name) == 0; }

int make_file(int root, const char* path) {
  int parent = rooted_mkdirs_of_parent(root, path);
  if (parent < 0) return -1;
  close(parent);
  return rooted_create_file(root, path, 0644);
}

// procfs and sysfs mean something to everybody who looks for them, so they are mounted exactly
// where they were asked for and never through a link that the image brought along (CVE-2019-19921,
// CVE-2023-27561).
int open_target(Child& child, int root, const char* path, const char* type, int64_t options) {
  bool exact = is(type, "proc") || is(type, "sysfs");
  int made = options & kTargetIsFile ? make_file(root, path) : rooted_mkdirs(root, path, 0755);
  if (made < 0 && errno != EEXIST)
    return refused(child, options & kTargetIsFile ? "create file" : "mkdir");
  if (made >= 0) close(made);
  int target = rooted_open(root, path, exact ? O_PATH | O_NOFOLLOW | O_DIRECTORY : O_PATH, 0);
  if (target < 0) return refused(child, "open");
  struct statfs about;
  if (fstatfs(target, &about) != 0 ||
      (about.f_type == kProcMagic && !is(type, "proc") && !(options & kMayCoverProc))) {
    close(target);
    errno = EACCES;
    return refused(child, "mount over /proc");
  }
  return target;
}

// A descriptor opened before the mount still shows what lies below it. The second one must be on
// another mount, or somebody has moved the path away meanwhile (CVE-2021-30465).
int reopen_mounted(Child& child, int root, const char* path, int below) {
  int above = rooted_open(root, path, O_PATH, 0);
  if (above < 0) return refused(child, "open again");
  if (mount_id(above) == mount_id(below)) {
    close(above);
    errno = EAGAIN;
    return refused(child, "open again");
  }
  return above;
}

// The kernel applies flags to a bind mount only in a second call, and in a user namespace it does
// not let go of those that the mount's owner had set (mount_namespaces(7), "locked").
int remount_bind(Child& child, int above, unsigned long flags) {
  DescriptorPath path(above);
  unsigned long wanted = MS_REMOUNT | MS_BIND | flags;
  if (mount(nullptr, path.text, nullptr, wanted, nullptr) == 0) return 0;
  struct statvfs about;
  if (errno != EPERM || fstatvfs(above, &about) != 0) return refused(child, "remount");
  unsigned long locked =
      about.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_NODIRATIME);
  if (about.f_flag & ST_RELATIME) locked |= MS_RELATIME;
  if (mount(nullptr, path.text, nullptr, wanted | locked, nullptr) == 0) return 0;
  return refused(child, "remount");
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

// mount_at(root, target, source, type, flags, data, propagation, options)
int step_mount_at(Child& child, const Step& step) {
  const Arg* a = step.args;
  int root = child.fd(a[0]);
  const char *path = a[1].text, *type = a[3].text;
  auto flags = static_cast<unsigned long>(a[4].number);
  auto propagation = static_cast<unsigned long>(a[6].number) & (kPropagation | MS_REC);

  int target = open_target(child, root, path, type, a[7].number);
  if (target < 0) return target;
  bool bind = (flags & MS_BIND) && !(flags & MS_REMOUNT);
  unsigned long first = bind ? flags & (MS_BIND | MS_REC) : flags;
  int result = 0;
  if (mount(a[2].text, DescriptorPath(target).text, type, first, a[5].text) != 0)
    result = refused(child, "mount");
  unsigned long later = bind ? flags & ~first & ~MS_SILENT : 0;
  if (result == 0 && (later || propagation)) {
    int above = reopen_mounted(child, root, path, target);
    if (above < 0) {
      result = above;
    } else {
      if (later) result = remount_bind(child, above, later);
      if (result == 0 && propagation &&
          mount(nullptr, DescriptorPath(above).text, nullptr, propagation, nullptr) != 0)
        result = refused(child, "mount (propagation)");
      close(above);
    }
  }
  close(target);
  return result;
}

int step_pivot_root(Child&, const Step& step) {
  return syscall(SYS_pivot_root, step.args[0].text, step.args[1].text) == 0 ? 0 : -errno;
}

int step_chroot(Child&, const Step& step) { return chroot(step.args[0].text) == 0 ? 0 : -errno; }

// A detached copy of a tree, which the parent can map and nobody can see (open_tree(2), Linux 5.2).
int step_open_tree(Child&, const Step& step) {
  constexpr unsigned kClone = 1, kRecursive = 0x8000, kCloexec = O_CLOEXEC;
  long fd = syscall(SYS_open_tree, AT_FDCWD, step.args[0].text, kClone | kCloexec | kRecursive);
  return fd >= 0 ? static_cast<int>(fd) : -errno;
}

// move_mount(tree, root, target)
int step_move_mount(Child& child, const Step& step) {
  constexpr unsigned kFromEmpty = 4, kToEmpty = 0x40;
  int target = open_target(child, child.fd(step.args[1]), step.args[2].text, nullptr, 0);
  if (target < 0) return target;
  long result =
      syscall(SYS_move_mount, child.fd(step.args[0]), "", target, "", kFromEmpty | kToEmpty);
  int error = errno;
  close(target);
  return result == 0 ? 0 : -error;
}
