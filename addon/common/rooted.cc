// See rooted.h. Here: openat2, and the calls that are made of rooted_open. The fallback is in
// rooted_walk.cc.
#include "common/rooted.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/rooted_walk.h"

namespace drydock {
namespace {

// The kernel gives up with EAGAIN when a rename anywhere in the system coincides with a `..`, the
// walk when one coincides with a name. Against somebody who does nothing but rename, most attempts
// of the walk are in vain: so many are over in a fraction of a second, and one of them succeeds.
constexpr int kTries = 10000;

int open_in_kernel(int root, const char* path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  bool creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
  how.mode = creates ? mode & 07777 : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  for (int i = 0; i < kTries; i++) {
    long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return static_cast<int>(fd);
  }
  return -1;
}

// Closes without losing the reason of the failure.
void close_quietly(int fd) {
  int error = errno;
  if (fd >= 0) close(fd);
  errno = error;
}

// Copies the path and cuts it into folder and last name, `a/b/c//` into `a/b` and `c`.
bool split(const char* path, char (&copy)[PATH_MAX], const char** folder, const char** name) {
  size_t length = strlen(path);
  if (length >= PATH_MAX) return errno = ENAMETOOLONG, false;
  memcpy(copy, path, length + 1);
  while (length > 0 && copy[length - 1] == '/') copy[--length] = '\0';
  char* slash = strrchr(copy, '/');
  *name = slash ? slash + 1 : copy;
  *folder = slash ? copy : ".";
  if (slash) *slash = '\0';
  if (slash == copy) *folder = "/";
  return true;
}

bool is_ordinary(const char* name) {
  return *name != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

constexpr int kDirectory = O_PATH | O_DIRECTORY;

int walk_patiently(int root, const char* path, int flags, mode_t mode, mode_t directory_mode) {
  for (int i = 0; i < kTries; i++) {
    int fd = rooted_walk(root, path, flags, mode, directory_mode);
    if (fd >= 0 || errno != EAGAIN) return fd;
  }
  return -1;
}

}  // namespace

int rooted_open(int root, const char* path, int flags, mode_t mode, RootedWay way) {
  if (way == RootedWay::kBest) {
    int fd = open_in_kernel(root, path, flags, mode);
    if (fd >= 0 || errno != ENOSYS) return fd;
  }
  return walk_patiently(root, path, flags, mode, kMakeNoDirectory);
}

// The kernel makes no directories on the way, so where something is missing the walk does it.
int rooted_mkdirs(int root, const char* path, mode_t mode, RootedWay way) {
  int there = rooted_open(root, path, kDirectory, 0, way);
  if (there >= 0 || errno != ENOENT) return there;
  return walk_patiently(root, path, kDirectory, 0, mode);
}

int rooted_touch(int root, const char* path, mode_t mode) {
  // Not to wait, or to get a terminal, should something else have appeared there.
  constexpr int kFlags = O_RDONLY | O_CREAT | O_NONBLOCK | O_NOCTTY;
  int fd = walk_patiently(root, path, kFlags, mode, 0755);
  if (fd >= 0) close(fd);
  return fd < 0 ? -1 : 0;
}

int rooted_create_file(int root, const char* path, mode_t mode, RootedWay way) {
  char copy[PATH_MAX];
  const char *folder, *name;
  if (!split(path, copy, &folder, &name)) return -1;
  if (!is_ordinary(name)) return errno = EISDIR, -1;
  int parent = rooted_open(root, folder, kDirectory, 0, way);
  if (parent < 0) return -1;
  int fd = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, mode);
  close_quietly(parent);
  return fd;
}

}  // namespace drydock
