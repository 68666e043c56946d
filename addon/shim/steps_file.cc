// Files and directories, most of them inside a root that is not trusted: openat2(2), mknod(2),
// chdir(2).
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/rooted.h"
#include "shim/child.h"
#include "shim/steps.h"
#include "shim/tree.h"

using drydock::rooted_mkdirs;

namespace {

constexpr size_t kPathMax = 4096;

// What lies there now must be the device that was asked for: not one that the image brought
// (CVE-2025-31133).
int verify_device(Child& child, int directory, const char* name, mode_t mode, dev_t device) {
  struct stat about;
  if (fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0) return refused(child, "fstatat");
  if ((about.st_mode & S_IFMT) == (mode & S_IFMT) && (S_ISFIFO(mode) || about.st_rdev == device))
    return 0;
  errno = EEXIST;
  return refused(child, "mknod");
}

// Without the right to make device nodes (user namespaces), the host's own node is bound in its
// place.
int bind_device(Child& child, int directory, const char* name, const char* source) {
  int file = openat(directory, name, O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0666);
  if (file < 0) return refused(child, "create file");
  char target[40];
  snprintf(target, sizeof target, "/proc/self/fd/%d", file);
  int result = mount(source, target, nullptr, MS_BIND, nullptr) == 0 ? 0 : refused(child, "mount");
  close(file);
  return result;
}

}  // namespace

int step_open(Child&, const Step& step) {
  int fd = open(step.args[0].text, static_cast<int>(step.args[1].number) | O_CLOEXEC, 0600);
  return fd >= 0 ? fd : -errno;
}

int step_open_root(Child&, const Step& step) {
  int fd = open(step.args[0].text, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fd >= 0 ? fd : -errno;
}

int step_close(Child& child, const Step& step) {
  return close(child.fd(step.args[0])) == 0 ? 0 : -errno;
}

int step_dup2(Child& child, const Step& step) {
  return dup2(child.fd(step.args[0]), static_cast<int>(step.args[1].number)) >= 0 ? 0 : -errno;
}

int step_write_file(Child& child, const Step& step) {
  int file = open(step.args[0].text, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return refused(child, "open");
  ssize_t written = write(file, step.args[1].text, step.args[1].length);
  int result = written == static_cast<ssize_t>(step.args[1].length) ? 0 : refused(child, "write");
  close(file);
  return result;
}

int step_mkdir_at(Child& child, const Step& step) {
  int made = rooted_mkdirs(child.fd(step.args[0]), step.args[1].text,
                           static_cast<mode_t>(step.args[2].number));
  if (made < 0) return -errno;
  close(made);
  return 0;
}

// mknod_at(root, path, mode, major, minor, uid << 32 | gid, host path or null)
int step_mknod_at(Child& child, const Step& step) {
  const Arg* a = step.args;
  auto mode = static_cast<mode_t>(a[2].number);
  dev_t device = makedev(static_cast<unsigned>(a[3].number), static_cast<unsigned>(a[4].number));
  const char* name = last_component(a[1].text);
  int directory = rooted_mkdirs_of_parent(child.fd(a[0]), a[1].text);
  if (directory < 0) return refused(child, "mkdir");
  int result = 0;
  if (mknodat(directory, name, mode, device) == 0) {
    if (fchownat(directory, name, static_cast<uid_t>(a[5].number >> 32),
                 static_cast<gid_t>(a[5].number), AT_SYMLINK_NOFOLLOW) != 0)
      result = refused(child, "chown");
    // The umask has taken its part of the mode; nobody else can be in this new directory entry's
    // way.
    else if (fchmodat(directory, name, mode & 07777, 0) != 0)
      result = refused(child, "chmod");
  } else if (errno == EPERM && a[6].text) {
    result = bind_device(child, directory, name, a[6].text);
  } else if (errno != EEXIST) {
    result = refused(child, "mknod");
  }
  if (result == 0) result = verify_device(child, directory, name, mode, device);
  close(directory);
  return result;
}

// symlink_at(root, path, content)
int step_symlink_at(Child& child, const Step& step) {
  const char* name = last_component(step.args[1].text);
  int directory = rooted_mkdirs_of_parent(child.fd(step.args[0]), step.args[1].text);
  if (directory < 0) return refused(child, "mkdir");
  int result = symlinkat(step.args[2].text, directory, name) == 0 ? 0 : -errno;
  close(directory);
  return result;
}

int step_chdir(Child&, const Step& step) { return chdir(step.args[0].text) == 0 ? 0 : -errno; }

int step_fchdir(Child& child, const Step& step) {
  return fchdir(child.fd(step.args[0])) == 0 ? 0 : -errno;
}

// The C library's getcwd() hides what the kernel says of a directory outside the root:
// "(unreachable)/…". A working directory that came from a leaked descriptor is the whole of
// CVE-2024-21626.
int step_check_cwd(Child&, const Step&) {
  char where[kPathMax];
  if (syscall(SYS_getcwd, where, sizeof where) < 0) return -errno;
  return where[0] == '/' ? 0 : -ENOENT;
}
