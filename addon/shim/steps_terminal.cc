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

constexpr long kDevptsMagic = 0x1cd1;
constexpr ino_t kPtmxInode = 2;
constexpr unsigned kFirstPtsMajor = 136, kLastPtsMajor = 143;

bool on_devpts(int fd, struct stat* about) {
  struct statfs system;
  return fstatfs(fd, &system) == 0 && system.f_type == kDevptsMagic && fstat(fd, about) == 0 &&
         S_ISCHR(about->st_mode);
}

// The image may have put anything at these names; only what devpts itself made is used
// (CVE-2025-52565).
int open_master(Child& child) {
  int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
  if (master < 0) return refused(child, "open /dev/pts/ptmx");
  struct stat about;
  if (on_devpts(master, &about) && about.st_ino == kPtmxInode && about.st_rdev == makedev(5, 2))
    return master;
  close(master);
  errno = ENODEV;
  return refused(child, "open /dev/pts/ptmx");
}

// TIOCGPTPEER (Linux 4.13) needs no path; before it, the numbered file is opened and looked at.
int open_slave(Child& child, int master) {
  int unlock = 0;
  if (ioctl(master, TIOCSPTLCK, &unlock) != 0) return refused(child, "ioctl(TIOCSPTLCK)");
  int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave >= 0) return slave;
  int number;
  if (ioctl(master, TIOCGPTN, &number) != 0) return refused(child, "ioctl(TIOCGPTN)");
  char path[32];
  snprintf(path, sizeof path, "/dev/pts/%d", number);
  slave = open(path, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
  if (slave < 0) return refused(child, "open /dev/pts/N");
  struct stat about;
  if (on_devpts(slave, &about) && major(about.st_rdev) >= kFirstPtsMajor &&
      major(about.st_rdev) <= kLastPtsMajor)
    return slave;
  close(slave);
  errno = ENODEV;
  return refused(child, "open /dev/pts/N");
}

int bind_console(Child& child, int slave) {
  int console = open("/dev/console", O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_RDWR, 0600);
  if (console < 0) return refused(child, "open /dev/console");
  char source[40], target[40];
  snprintf(source, sizeof source, "/proc/self/fd/%d", slave);
  snprintf(target, sizeof target, "/proc/self/fd/%d", console);
  int result = mount(source, target, nullptr, MS_BIND, nullptr) == 0
                   ? 0
                   : refused(child, "mount /dev/console");
  close(console);
  return result;
}

}  // namespace

// open_console(rows, columns, 1 to bind it on /dev/console) = master
int step_open_console(Child& child, const Step& step) {
  int master = open_master(child);
  if (master < 0) return master;
  int slave = open_slave(child, master);
  if (slave < 0) return slave;
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(step.args[0].number);
  size.ws_col = static_cast<unsigned short>(step.args[1].number);
  if (size.ws_row && ioctl(master, TIOCSWINSZ, &size) != 0)
    return refused(child, "ioctl(TIOCSWINSZ)");
  if (step.args[2].number) {
    int bound = bind_console(child, slave);
    if (bound < 0) return bound;
  }
  if (ioctl(slave, TIOCSCTTY, 0) != 0) return refused(child, "ioctl(TIOCSCTTY)");
  for (int fd = 0; fd < 3; fd++)
    if (dup2(slave, fd) < 0) return refused(child, "dup2");
  close(slave);
  return master;
}
