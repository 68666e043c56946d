// Files and directories, most of them inside a root that is not trusted: openat2(2), mknod(2),
// chdir(2).
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

struct Device {
  const char* name;
  mode_t mode;
  dev_t number;
  uid_t uid;
  gid_t gid;
  const char* host;  // path of the host's own node; null: there is none
};

// As in mknod(1): `c 1:3`.
struct DeviceText {
  char text[20];
  DeviceText(mode_t mode, dev_t device) {
    if (S_ISCHR(mode) || S_ISBLK(mode))
      snprintf(text, sizeof text, "%c %u:%u", S_ISCHR(mode) ? 'c' : 'b', major(device),
               minor(device));
    else
      snprintf(text, sizeof text, "%s",
               S_ISFIFO(mode)  ? "a fifo"
               : S_ISDIR(mode) ? "a directory"
               : S_ISLNK(mode) ? "a link"
                               : "a file");
  }
};

// Opens what lies there now (O_PATH: a device is not to notice), which must be what was asked for,
// and not what the image brought, or somebody with the same volume put there meanwhile
// (CVE-2025-31133).
int open_device(Child& child, int directory, const Device& device) {
  int node = openat(directory, device.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (node < 0) return refused(child, "open");
  static char difference[64];
  struct stat about = {};
  bool same = fstat(node, &about) == 0 && (about.st_mode & S_IFMT) == (device.mode & S_IFMT) &&
              (S_ISFIFO(device.mode) || about.st_rdev == device.number);
  if (same) return node;
  close(node);
  snprintf(difference, sizeof difference, "found %s, wanted %s",
           DeviceText(about.st_mode, about.st_rdev).text,
           DeviceText(device.mode, device.number).text);
  errno = EEXIST;
  return refused(child, difference);
}

// The umask has taken its part of the mode. fchmod(2) refuses a descriptor of O_PATH; its path in
// procfs leads to the same file.
int finish_device(Child& child, int node, const Device& device) {
  if (fchownat(node, "", device.uid, device.gid, AT_EMPTY_PATH) != 0)
    return refused(child, "chown");
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", node);
  return chmod(path, device.mode & 07777) == 0 ? 0 : refused(child, "chmod");
}

// Without the right to make device nodes (user namespaces), the host's own node is bound in its
// place, on a file that nobody opens: what lies there may be a fifo by now.
int bind_device(Child& child, int directory, const Device& device) {
  if (mknodat(directory, device.name, S_IFREG | 0666, 0) != 0) return refused(child, "create file");
  int file = openat(directory, device.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return refused(child, "open");
  char target[40];
  snprintf(target, sizeof target, "/proc/self/fd/%d", file);
  int result =
      mount(device.host, target, nullptr, MS_BIND, nullptr) == 0 ? 0 : refused(child, "mount");
  close(file);
  return result;
}

int make_device(Child& child, int directory, const Device& device) {
  bool made = mknodat(directory, device.name, device.mode, device.number) == 0;
  if (!made && errno == EPERM && device.host) {
    int bound = bind_device(child, directory, device);
    if (bound < 0) return bound;
  } else if (!made && errno != EEXIST) {
    return refused(child, "mknod");
  }
  int node = open_device(child, directory, device);
  if (node < 0) return node;
  int result = made ? finish_device(child, node, device) : 0;
  close(node);
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
  Device device = {last_component(a[1].text),
                   static_cast<mode_t>(a[2].number),
                   makedev(static_cast<unsigned>(a[3].number), static_cast<unsigned>(a[4].number)),
                   static_cast<uid_t>(a[5].number >> 32),
                   static_cast<gid_t>(a[5].number),
                   a[6].text};
  int directory = rooted_mkdirs_of_parent(child.fd(a[0]), a[1].text);
  if (directory < 0) return refused(child, "mkdir");
  int result = make_device(child, directory, device);
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

int step_chdir(Child& child, const Step& step) {
  child.chdir_refused = chdir(step.args[0].text) != 0;
  return child.chdir_refused ? -errno : 0;
}

// As the user that the process has become, what root was refused; what root has entered stays.
int step_chdir_again(Child& child, const Step& step) {
  return child.chdir_refused ? step_chdir(child, step) : 0;
}

int step_fchdir(Child& child, const Step& step) {
  return fchdir(child.fd(step.args[0])) == 0 ? 0 : -errno;
}

// The C library's getcwd() hides what the kernel says of a directory outside the root:
// "(unreachable)/…". A working directory that came from a leaked descriptor is the whole of
// CVE-2024-21626.
int step_check_cwd(Child&, const Step&) {
  char where[PATH_MAX];
  if (syscall(SYS_getcwd, where, sizeof where) < 0) return -errno;
  return where[0] == '/' ? 0 : -ENOENT;
}
