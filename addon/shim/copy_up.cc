#include "shim/copy_up.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/directory_entry.h"

namespace {

constexpr int kDeepest = 64;

int copy_tree(Child& child, int from, int to, int depth);

// The umask has taken its part of the mode, and writing has changed the times.
int finish(Child& child, int to, const char* name, const struct stat& about) {
  timespec times[2] = {about.st_atim, about.st_mtim};
  if (fchownat(to, name, about.st_uid, about.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
    return refused(child, "copy up: chown");
  if (!S_ISLNK(about.st_mode) && fchmodat(to, name, about.st_mode & 07777, 0) != 0)
    return refused(child, "copy up: chmod");
  if (utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) != 0)
    return refused(child, "copy up: utimens");
  return 0;
}

int copy_bytes(Child& child, int from, int to) {
  ssize_t sent;
  while ((sent = sendfile(to, from, nullptr, 1 << 20)) > 0) continue;
  return sent == 0 ? 0 : refused(child, "copy up: sendfile");
}

int copy_file(Child& child, int from, int to, const char* name) {
  int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (source < 0) return refused(child, "copy up: open");
  int target = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int result = target < 0 ? refused(child, "copy up: create") : copy_bytes(child, source, target);
  if (target >= 0) close(target);
  close(source);
  return result;
}

int copy_link(Child& child, int from, int to, const char* name) {
  char content[PATH_MAX];
  ssize_t length = readlinkat(from, name, content, sizeof content - 1);
  if (length < 0) return refused(child, "copy up: readlink");
  content[length] = '\0';
  return symlinkat(content, to, name) == 0 ? 0 : refused(child, "copy up: symlink");
}

int copy_directory(Child& child, int from, int to, const char* name, int depth) {
  if (mkdirat(to, name, 0700) != 0) return refused(child, "copy up: mkdir");
  int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (source < 0) return refused(child, "copy up: open");
  int target = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int result =
      target < 0 ? refused(child, "copy up: open") : copy_tree(child, source, target, depth + 1);
  if (target >= 0) close(target);
  close(source);
  return result;
}

int copy_entry(Child& child, int from, int to, const char* name, int depth) {
  struct stat about;
  if (fstatat(from, name, &about, AT_SYMLINK_NOFOLLOW) != 0) return refused(child, "copy up: stat");
  int result;
  switch (about.st_mode & S_IFMT) {
    case S_IFDIR:
      result = copy_directory(child, from, to, name, depth);
      break;
    case S_IFREG:
      result = copy_file(child, from, to, name);
      break;
    case S_IFLNK:
      result = copy_link(child, from, to, name);
      break;
    case S_IFSOCK:
      return 0;  // whoever listened there does not listen here
    default:
      result = mknodat(to, name, about.st_mode, about.st_rdev) == 0
                   ? 0
                   : refused(child, "copy up: mknod");
  }
  return result == 0 ? finish(child, to, name, about) : result;
}

int copy_tree(Child& child, int from, int to, int depth) {
  if (depth > kDeepest) {
    errno = ELOOP;
    return refused(child, "copy up: too deep");
  }
  alignas(DirectoryEntry) char entries[4096];
  long got;
  while ((got = syscall(SYS_getdents64, from, entries, sizeof entries)) > 0) {
    for (long at = 0; at < got;) {
      auto* entry = reinterpret_cast<DirectoryEntry*>(entries + at);
      at += entry->length;
      if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) continue;
      int result = copy_entry(child, from, to, entry->name, depth);
      if (result < 0) return result;
    }
  }
  return got < 0 ? refused(child, "copy up: getdents") : 0;
}

}  // namespace

int copy_up(Child& child, int from, int to) {
  struct stat about;
  if (fstat(from, &about) != 0) return refused(child, "copy up: stat");
  int result = copy_tree(child, from, to, 0);
  return result < 0 ? result : finish(child, to, ".", about);
}
