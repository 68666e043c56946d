#include "shim/read_only.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "shim/mount_flags.h"
#include "shim/mount_table.h"

namespace {

// A mount that another one covers cannot be reached by its path, from inside as little as from
// here.
void make_read_only(const MountedAt& mount, void* context) {
  if (has_option(mount.options, "ro") || set_read_only(mount.point, true)) return;
  if (errno != ENOENT && errno != EACCES && errno != EINVAL) *static_cast<int*>(context) = errno;
}

}  // namespace

bool set_read_only(const char* path, bool read_only) {
  return change_mount(path, read_only ? FlagChange{MS_RDONLY, 0} : FlagChange{0, MS_RDONLY});
}

bool make_everything_read_only() {
  if (change_tree(AT_FDCWD, "/", true, {MS_RDONLY, 0}, 0)) return true;
  if (errno != ENOSYS) return false;
  int error = 0;
  if (!each_mount(make_read_only, &error)) return false;
  errno = error;
  return error == 0;
}
