// What is in the way, or is whited out, goes. See unpacker.h.
//
// Names come from directories that are open, never from paths, and nothing is followed. What is
// mounted in the tree is somebody's: it is not entered, and its removal is refused. The kernel does
// so only in our own mount namespace; a tree of open_tree(2) is in none, and there it would take
// the mount off for everybody (mount(2), Linux 3.18), also in a container that runs.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "binding/unpack_paths.h"
#include "binding/unpacker.h"

namespace drydock {
namespace {

constexpr int kDeepest = 500;  // each level holds a descriptor

size_t hash_of(ino_t folder, std::string_view name) {
  return std::hash<std::string_view>()(name) * 31 + std::hash<uint64_t>()(folder);
}

// From Linux 5.8 on, which is asked of old kernels too: there it is an attribute that nothing has.
bool is_mount(const Folder& folder, const char* name) {
  struct statx facts;
  constexpr int kFlags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
  if (statx(folder.fd, name, kFlags, 0, &facts) < 0) return false;
  return facts.stx_attributes & facts.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT;
}

}  // namespace

void Unpacker::was_made(const Place& place) {
  if (options_.whiteouts == Whiteouts::kRemove)
    made_.insert(hash_of(place.folder->inode, place.name));
}

bool Unpacker::is_ours(const Folder& folder, const char* name) const {
  return made_.count(hash_of(folder.inode, name)) > 0;
}

Unpacker::Found Unpacker::clear(const Object& object, const Place& place) {
  struct stat there;
  if (fstatat(place.dirfd(), place.c_name(), &there, AT_SYMLINK_NOFOLLOW) < 0) {
    if (errno == ENOENT) return Found::kNothing;
    return failed("stat"), Found::kFailed;
  }
  bool is_directory = S_ISDIR(there.st_mode);
  if (is_directory && object.kind == kDirectory) return Found::kSame;
  if (!remove(*place.folder, place.c_name(), false)) return Found::kFailed;
  // Paths may have led through it.
  bool leads = is_directory || S_ISLNK(there.st_mode);
  if (leads && !folders_.forget(place.folder)) return failed("utimensat"), Found::kFailed;
  return Found::kNothing;
}

bool Unpacker::remove(const Folder& folder, const char* name, bool spare_ours) {
  return remove_at(folder, name, spare_ours, 0);
}

bool Unpacker::remove_at(const Folder& folder, const char* name, bool spare_ours, int depth) {
  struct stat facts;
  if (fstatat(folder.fd, name, &facts, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT || failed("stat");
  if (is_mount(folder, name)) return failed("unlink", EBUSY);
  bool spared = spare_ours && is_ours(folder, name);
  if (!S_ISDIR(facts.st_mode))
    return spared || unlinkat(folder.fd, name, 0) == 0 || errno == ENOENT || failed("unlink");
  if (depth > kDeepest) return failed("unlink", ENAMETOOLONG);
  if (facts.st_dev == folder.device) {
    OwnedFd fd(openat(folder.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd.get() < 0) return failed("open");
    Folder inside{fd.get(), facts.st_dev, facts.st_ino, facts.st_mtim, true};
    if (!remove_children(inside, spare_ours, depth + 1)) return false;
    if (spared) {
      // It has lost children of others, and keeps the time that the archive gave it.
      timespec times[2] = {{0, UTIME_OMIT}, facts.st_mtim};
      return futimens(fd.get(), times) == 0 || failed("utimensat");
    }
  }
  if (unlinkat(folder.fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
  return (spare_ours && errno == ENOTEMPTY) || failed("rmdir");
}

bool Unpacker::remove_children(const Folder& folder, bool spare_ours, int depth) {
  // A description of its own, because reading moves the position.
  int fd = openat(folder.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* directory = fd < 0 ? nullptr : fdopendir(fd);
  if (!directory) return failed("open");
  bool told = true;
  while (dirent* entry = told ? readdir(directory) : nullptr)
    if (!is_dots(entry->d_name)) told = remove_at(folder, entry->d_name, spare_ours, depth);
  int error = errno;
  closedir(directory);
  errno = error;
  return told;
}

}  // namespace drydock
