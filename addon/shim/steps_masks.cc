// What may be looked at and not be changed, and what may not even be looked at.
//
// All of it is done before the pivot, by descriptors: the names of descriptors then lead through
// the host's procfs, and /dev/null is the host's. Inside the new root both may be somebody's trap
// (CVE-2025-31133, CVE-2025-52881).
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/rooted.h"
#include "shim/child.h"
#include "shim/mount_flags.h"
#include "shim/place.h"
#include "shim/steps.h"

using drydock::rooted_open;

namespace {

constexpr long kProcMagic = 0x9fa0;
constexpr ino_t kProcRootInode = 1;
constexpr unsigned long kConfined = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

// A descriptor that stands for the host's /dev/null itself, looked at after it was opened.
int open_null(Child& child) {
  int null = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct stat about;
  if (null < 0 || fstat(null, &about) != 0) return refused(child, "open /dev/null");
  if (S_ISCHR(about.st_mode) && about.st_rdev == makedev(1, 3)) return null;
  close(null);
  errno = ENODEV;
  return refused(child, "open /dev/null");
}

// Read-only, as a mount of its own: through one that could be written, root inside could change the
// mode of the host's /dev/null.
int cover_file(Child& child, int target) {
  int null = open_null(child);
  if (null < 0) return null;
  const char* place = aside(true);
  int result = 0;
  if (mount(DescriptorPath(null).text, place, nullptr, MS_BIND, nullptr) != 0)
    result = refused(child, "mount");
  else
    result =
        settle(child, change_mount(place, {MS_RDONLY, 0}) ? 0 : refused(child, "mount MS_REMOUNT"),
               place, target);
  close(null);
  return result;
}

int cover_directory(Child& child, int target) {
  const char* place = aside(false);
  if (mount("tmpfs", place, "tmpfs", kConfined, "size=0,nr_inodes=2,mode=755") != 0)
    return refused(child, "mount");
  return settle(child, 0, place, target);
}

int make_read_only(Child& child, int target, bool is_file) {
  const char* place = aside(is_file);
  if (mount(DescriptorPath(target).text, place, nullptr, MS_BIND | MS_REC, nullptr) != 0)
    return refused(child, "mount");
  int result = change_mount(place, {MS_RDONLY, 0}) ? 0 : refused(child, "mount MS_REMOUNT");
  return settle(child, result, place, target);
}

// Looks up what (root, path) of a step stand for, and hands it to `cover`. What is not there needs
// none.
template <typename Cover>
int at_target(Child& child, const Step& step, Cover cover) {
  int target = rooted_open(child.fd(step.args[0]), step.args[1].text, O_PATH, 0);
  if (target < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : refused(child, "openat2");
  struct stat about;
  int result =
      fstat(target, &about) != 0 ? refused(child, "fstat") : cover(target, !S_ISDIR(about.st_mode));
  close(target);
  return result;
}

bool is_procfs(int fd, struct stat* about) {
  struct statfs system;
  return fstatfs(fd, &system) == 0 && system.f_type == kProcMagic && fstat(fd, about) == 0;
}

// A procfs whole: its root directory, and nothing that lies over it.
int open_procfs(int root, dev_t* device) {
  int proc = rooted_open(root, "proc", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
  struct stat about;
  if (proc < 0) return -1;
  if (is_procfs(proc, &about) && about.st_ino == kProcRootInode) {
    *device = about.st_dev;
    return proc;
  }
  close(proc);
  errno = ENODEV;
  return -1;
}

// One name after the other, each on the same procfs, so that nothing that was mounted over a part
// of it answers in the kernel's place. `path` is cut up.
int open_below(int proc, dev_t device, char* path, int flags) {
  int at = fcntl(proc, F_DUPFD_CLOEXEC, 3);
  for (char *name = path, *next; at >= 0 && name; name = next) {
    next = strchr(name, '/');
    if (next) *next++ = '\0';
    int way = next ? O_PATH | O_DIRECTORY : flags;
    int below = openat(at, name, way | O_NOFOLLOW | O_CLOEXEC);
    close(at);
    at = below;
    struct stat about;
    if (at >= 0 && !(is_procfs(at, &about) && about.st_dev == device)) {
      close(at);
      errno = EXDEV;
      return -1;
    }
  }
  return at;
}

int open_proc_file(Child& child, int root, char* path, int flags) {
  dev_t device;
  int proc = open_procfs(root, &device);
  if (proc < 0) return refused(child, "open /proc");
  int file = open_below(proc, device, path, flags);
  close(proc);
  return file >= 0 ? file : refused(child, "open");
}

int write_all(Child& child, int file, const Arg& value) {
  bool whole = write(file, value.text, value.length) == static_cast<ssize_t>(value.length);
  return whole ? 0 : refused(child, "write");
}

}  // namespace

// mask_at(root, path): an empty directory or /dev/null lies over it.
int step_mask_at(Child& child, const Step& step) {
  return at_target(child, step, [&](int target, bool is_file) {
    return is_file ? cover_file(child, target) : cover_directory(child, target);
  });
}

// readonly_at(root, path): it lies over itself, with everything below, and cannot be written.
int step_readonly_at(Child& child, const Step& step) {
  return at_target(child, step, [&](int target, bool is_file) {
    return make_read_only(child, target, is_file);
  });
}

// set_readonly(path): this mount, and none below it.
int step_set_readonly(Child&, const Step& step) {
  return change_mount(step.args[0].text, {MS_RDONLY, 0}) ? 0 : -errno;
}

// write_sysctl(root, path below /proc/sys, value): into the container's own procfs.
int step_write_sysctl(Child& child, const Step& step) {
  char path[512];
  int length = snprintf(path, sizeof path, "sys/%s", step.args[1].text);
  if (length >= static_cast<int>(sizeof path)) return -ENAMETOOLONG;
  int file = open_proc_file(child, child.fd(step.args[0]), path, O_WRONLY);
  if (file < 0) return file;
  int result = write_all(child, file, step.args[2]);
  close(file);
  return result;
}

// write_attr(root, name below /proc/PID/attr, value): a label that the execve takes on. What is
// read back must be what was written, for AppArmor without its command: `exec NAME` is shown as
// `NAME (enforce)`.
int step_write_attr(Child& child, const Step& step) {
  char path[128], shown[512];
  snprintf(path, sizeof path, "%d/attr/%s", getpid(), step.args[1].text);
  int file = open_proc_file(child, child.fd(step.args[0]), path, O_RDWR);
  if (file < 0) return file;
  int result = write_all(child, file, step.args[2]);
  const char* label = step.args[2].text;
  if (strncmp(label, "exec ", 5) == 0) label += 5;
  if (result == 0) {
    ssize_t got = pread(file, shown, sizeof shown - 1, 0);
    shown[got > 0 ? got : 0] = '\0';
    if (strncmp(shown, label, strlen(label)) != 0) {
      errno = EACCES;
      result = refused(child, "read back");
    }
  }
  close(file);
  return result;
}
