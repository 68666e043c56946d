// Whiteouts: how a layer says that something below it is gone. See unpacker.h.
//
//     archive                overlay                        aufs       tree with a copy of what is
//     below .wh.NAME               NAME, a device 0:0             the same   NAME is removed
//     .wh..wh..opq in D      D has overlay.opaque = y       the same   all that D had is removed
//
// Invariant: a whiteout hides what lies below, never what its own archive has, in whatever order
// the two come. So a directory whose name is also whited out is opaque, and a file needs no
// whiteout. OCI image spec, layer.md; Documentation/filesystems/overlayfs.rst.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "binding/unpack_paths.h"
#include "binding/unpacker.h"

namespace drydock {

// `name` is the last one of a path that has a whiteout in it.
bool Unpacker::whiteout(std::string_view folder, std::string_view name) {
  bool is_opaque = name == kOpaque;
  if (has_name_with(folder, kReserved) || (starts_with(name, kReserved) && !is_opaque)) return true;
  if (has_name_with(folder, kWhiteout)) return failed("whiteout", ENOTDIR);
  std::string_view hidden = name.substr(kWhiteout.size());
  if (hidden.empty() || is_dots(hidden)) return failed("whiteout", EINVAL);
  bool removes = options_.whiteouts == Whiteouts::kRemove;
  Folder* held = folders_.at(folder, removes ? Folders::kLeave : Folders::kMake);
  if (!held) return (removes && (errno == ENOENT || errno == ENOTDIR)) || failed("open");
  if (is_opaque) return make_opaque(*held);
  return hide({held, std::string(hidden)});
}

bool Unpacker::hide(const Place& place) {
  place.folder->changed = hides_ = true;
  if (options_.whiteouts == Whiteouts::kRemove) {
    if (!remove(*place.folder, place.c_name(), true)) return false;
    return folders_.forget(place.folder) || failed("utimensat");
  }
  struct stat ours;
  if (fstatat(place.dirfd(), place.c_name(), &ours, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISDIR(ours.st_mode)) return true;
    OwnedFd fd(
        openat(place.dirfd(), place.c_name(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd.get() < 0) return failed("open");
    return mark_opaque(fd.get());
  }
  if (errno != ENOENT) return failed("stat");
  if (options_.whiteouts == Whiteouts::kOverlay)
    return mknodat(place.dirfd(), place.c_name(), S_IFCHR, makedev(0, 0)) == 0 || failed("mknod");
  std::string name = std::string(kWhiteout) + place.name;
  OwnedFd fd(
      openat(place.dirfd(), name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444));
  return fd.get() >= 0 || failed("open");
}

bool Unpacker::make_opaque(Folder& folder) {
  folder.changed = true;
  if (options_.whiteouts != Whiteouts::kRemove) return mark_opaque(folder.fd);
  if (!remove_children(folder, true, 0)) return false;
  return folders_.forget(&folder) || failed("utimensat");
}

bool Unpacker::mark_opaque(int fd) {
  if (options_.whiteouts == Whiteouts::kAufs) {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    OwnedFd mark(openat(fd, std::string(kOpaque).c_str(), kFlags, 0444));
    return mark.get() >= 0 || failed("open");
  }
  const char* name = options_.userxattr ? "user.overlay.opaque" : "trusted.overlay.opaque";
  return fsetxattr(fd, name, "y", 1, 0) == 0 || failed("setxattr");
}

// Takes away the whiteout of a name that the archive has after all.
bool Unpacker::unhide(const Place& place, bool* was_hidden) {
  bool hidden = false;
  if (!hides_) return true;
  if (options_.whiteouts == Whiteouts::kOverlay) {
    struct stat there;
    bool is_known = fstatat(place.dirfd(), place.c_name(), &there, AT_SYMLINK_NOFOLLOW) == 0;
    hidden = is_known && S_ISCHR(there.st_mode) && there.st_rdev == makedev(0, 0);
    if (hidden && unlinkat(place.dirfd(), place.c_name(), 0) < 0) return failed("unlink");
  } else if (options_.whiteouts == Whiteouts::kAufs) {
    std::string name = std::string(kWhiteout) + place.name;
    hidden = unlinkat(place.dirfd(), name.c_str(), 0) == 0;
    if (!hidden && errno != ENOENT) return failed("unlink");
  }
  if (was_hidden) *was_hidden = hidden;
  return true;
}

}  // namespace drydock
