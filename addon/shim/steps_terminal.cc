// The container's own terminal: pty(7), devpts in Documentation/filesystems/devpts.rst.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/steps.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

namespace {

constexpr long kDevptsMagic = 0x1cd1, kProcMagic = 0x9fa0;
constexpr ino_t kPtmxInode = 2, kProcRootInode = 1;
constexpr unsigned kFirstPtsMajor = 136, kLastPtsMajor = 143;

bool is_on(int fd, long magic, struct stat* about) {
  struct statfs system;
  return fstatfs(fd, &system) == 0 && system.f_type == magic && fstat(fd, about) == 0;
}

int close_with(int fd, int error) {
  close(fd);
  errno = error;
  return -1;
}

// The image may have put anything at these names, and opening a device can do something already: so
// the directory is looked at first. In a devpts nobody makes names but the kernel
// (CVE-2025-52565).
int open_devpts(Child& child) {
  int pts = open("/dev/pts", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat about;
  if (pts >= 0 && !is_on(pts, kDevptsMagic, &about)) pts = close_with(pts, ENODEV);
  return pts >= 0 ? pts : refused(child, "open /dev/pts");
}

int open_master(Child& child, int pts) {
  int master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
  struct stat about;
  if (master >= 0 && !(is_on(master, kDevptsMagic, &about) && S_ISCHR(about.st_mode) &&
                       about.st_ino == kPtmxInode && about.st_rdev == makedev(5, 2)))
    master = close_with(master, ENODEV);
  return master >= 0 ? master : refused(child, "open /dev/pts/ptmx");
}

// TIOCGPTPEER (Linux 4.13) needs no path; before it, the numbered file is opened and looked at.
int open_slave(Child& child, int pts, int master) {
  int unlock = 0;
  if (ioctl(master, TIOCSPTLCK, &unlock) != 0) return refused(child, "ioctl(TIOCSPTLCK)");
  int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave >= 0) return slave;
  int number;
  if (ioctl(master, TIOCGPTN, &number) != 0) return refused(child, "ioctl(TIOCGPTN)");
  char name[16];
  snprintf(name, sizeof name, "%d", number);
  slave = openat(pts, name, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
  struct stat about;
  if (slave >= 0 &&
      !(is_on(slave, kDevptsMagic, &about) && S_ISCHR(about.st_mode) &&
        major(about.st_rdev) >= kFirstPtsMajor && major(about.st_rdev) <= kLastPtsMajor))
    slave = close_with(slave, ENODEV);
  return slave >= 0 ? slave : refused(child, "open /dev/pts/N");
}

// What mount(2) wants is a path, and the path of a descriptor goes through /proc: that of the
// container since the pivot, where an image may have a directory with links of its own.
int check_procfs(Child& child) {
  int proc = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat about;
  if (proc >= 0 && !(is_on(proc, kProcMagic, &about) && about.st_ino == kProcRootInode))
    proc = close_with(proc, ENODEV);
  if (proc < 0) return refused(child, "open /proc");
  close(proc);
  return 0;
}

// The file to bind it on is made if it is missing and never opened: the image's own may be a fifo,
// or a device that does something when it is.
int open_console_file(Child& child) {
  if (mknod("/dev/console", S_IFREG | 0600, 0) != 0 && errno != EEXIST)
    return refused(child, "create /dev/console");
  int console = open("/dev/console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct stat about;
  if (console >= 0 && (fstat(console, &about) != 0 || S_ISLNK(about.st_mode)))
    console = close_with(console, ELOOP);
  return console >= 0 ? console : refused(child, "open /dev/console");
}

int bind_console(Child& child, int slave) {
  int proc = check_procfs(child);
  if (proc < 0) return proc;
  int console = open_console_file(child);
  if (console < 0) return console;
  char source[40], target[40];
  snprintf(source, sizeof source, "/proc/self/fd/%d", slave);
  snprintf(target, sizeof target, "/proc/self/fd/%d", console);
  int result = mount(source, target, nullptr, MS_BIND, nullptr) == 0
                   ? 0
                   : refused(child, "mount /dev/console");
  close(console);
  return result;
}

int open_pair(Child& child, int* slave) {
  int pts = open_devpts(child);
  if (pts < 0) return pts;
  int master = open_master(child, pts);
  *slave = master < 0 ? master : open_slave(child, pts, master);
  close(pts);
  return *slave < 0 ? *slave : master;
}

// The program may open its terminal anew: /dev/tty, /dev/stdout, the name that tty(1) prints.
int set_up(Child& child, int master, int slave, const Arg* args) {
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(args[0].number);
  size.ws_col = static_cast<unsigned short>(args[1].number);
  if (size.ws_row && ioctl(master, TIOCSWINSZ, &size) != 0)
    return refused(child, "ioctl(TIOCSWINSZ)");
  if (fchown(slave, static_cast<uid_t>(args[2].number), static_cast<gid_t>(-1)) != 0)
    return refused(child, "fchown");
  return 0;
}

}  // namespace

// open_console(rows, columns, owner, 1 to bind it on /dev/console) = master
int step_open_console(Child& child, const Step& step) {
  int slave;
  int master = open_pair(child, &slave);
  if (master < 0) return master;
  int result = set_up(child, master, slave, step.args);
  if (result == 0 && step.args[3].number) result = bind_console(child, slave);
  if (result < 0) return result;
  if (ioctl(slave, TIOCSCTTY, 0) != 0) return refused(child, "ioctl(TIOCSCTTY)");
  for (int fd = 0; fd < 3; fd++)
    if (dup2(slave, fd) < 0) return refused(child, "dup2");
  close(slave);
  return master;
}

// chown_stdio(uid): pipes that were made for the container, so that the program may open
// /dev/stdout. Nothing else: a terminal or /dev/null is the host's, a file is somebody's, and a
// socket cannot be opened. What the user namespace has no number for stays as it is.
int step_chown_stdio(Child& child, const Step& step) {
  auto uid = static_cast<uid_t>(step.args[0].number);
  for (int fd = 0; fd < 3; fd++) {
    struct stat about;
    if (fstat(fd, &about) != 0) return refused(child, "fstat");
    if (!S_ISFIFO(about.st_mode) || about.st_uid == uid) continue;
    if (fchown(fd, uid, static_cast<gid_t>(-1)) != 0 && errno != EPERM && errno != EROFS &&
        errno != EINVAL)
      return refused(child, "fchown");
  }
  return 0;
}
