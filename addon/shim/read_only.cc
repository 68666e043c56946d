#include "shim/read_only.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/mount_table.h"

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

namespace {

constexpr unsigned kRecursive = 0x8000;  // AT_RECURSIVE
constexpr uint64_t kReadOnly = 1;        // MOUNT_ATTR_RDONLY

// struct mount_attr of <linux/mount.h>, which older headers lack.
struct Attributes {
  uint64_t set, clear, propagation, userns;
};

unsigned long flags_of(const struct statvfs& about) {
  static constexpr struct {
    unsigned long seen, wanted;
  } kKept[] = {{ST_NOSUID, MS_NOSUID},         {ST_NODEV, MS_NODEV},
               {ST_NOEXEC, MS_NOEXEC},         {ST_NOATIME, MS_NOATIME},
               {ST_NODIRATIME, MS_NODIRATIME}, {ST_RELATIME, MS_RELATIME}};
  unsigned long flags = 0;
  for (auto& kept : kKept)
    if (about.f_flag & kept.seen) flags |= kept.wanted;
  if (!(flags & (MS_NOATIME | MS_RELATIME))) flags |= MS_STRICTATIME;
  return flags;
}

// A mount that another one covers cannot be reached by its path, from inside as little as from
// here.
void make_read_only(const MountedAt& mount, void* context) {
  if (has_option(mount.options, "ro") || set_read_only(mount.point, true)) return;
  if (errno != ENOENT && errno != EACCES && errno != EINVAL) *static_cast<int*>(context) = errno;
}

}  // namespace

bool set_read_only(const char* path, bool read_only) {
  struct statvfs about;
  if (statvfs(path, &about) != 0) return false;
  unsigned long flags = flags_of(about) | MS_REMOUNT | MS_BIND | (read_only ? MS_RDONLY : 0);
  return mount(nullptr, path, nullptr, flags, nullptr) == 0;
}

bool make_everything_read_only() {
  Attributes attributes = {kReadOnly, 0, 0, 0};
  if (syscall(SYS_mount_setattr, AT_FDCWD, "/", kRecursive, &attributes, sizeof attributes) == 0)
    return true;
  if (errno != ENOSYS) return false;
  int error = 0;
  if (!each_mount(make_read_only, &error)) return false;
  errno = error;
  return error == 0;
}
