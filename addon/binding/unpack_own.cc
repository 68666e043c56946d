// What an object gets once it is there, in the only order in which nothing is lost: owner,
// attributes, mode, times. See unpacker.h.
//
// Regular files and directories are open; links, devices and fifos are held by O_PATH descriptors,
// which the calls for descriptors refuse: /proc/self/fd/N leads to the very same object. xattr(7),
// chown(2), capabilities(7).
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "binding/unpack_paths.h"
#include "binding/unpacker.h"

namespace drydock {
namespace {

constexpr size_t kMostWarnings = 100;

timespec spec_of(const Stamp& stamp) {
  return {static_cast<time_t>(stamp.seconds), static_cast<long>(stamp.nanoseconds)};
}

// An archive must not speak for the layers below it, nor for the labels of this host.
bool is_left_out(std::string_view name) {
  return starts_with(name, "trusted.overlay.") || starts_with(name, "user.overlay.") ||
         name == "security.selinux";
}

// The file system or the user namespace does not have such attributes.
bool is_unknown(int error) { return error == ENOTSUP || error == EPERM; }

}  // namespace

bool Unpacker::own(int fd, const Object& object) {
  struct stat facts;
  if (fstat(fd, &facts) < 0) return failed("fstat");
  bool is_open = S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode);
  bool is_link = S_ISLNK(facts.st_mode);
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  bool given = facts.st_uid != object.uid || facts.st_gid != object.gid;
  if (given && fchownat(fd, "", object.uid, object.gid, AT_EMPTY_PATH) < 0) return failed("chown");
  if (!object.attributes.empty() && !set_attributes(fd, path, object)) return false;
  // Both of the above may have changed the mode.
  bool wrong = (facts.st_mode & 07777) != object.mode || given || !object.attributes.empty();
  if (wrong && !is_link && (is_open ? fchmod(fd, object.mode) : chmod(path, object.mode)) < 0)
    return failed("chmod");
  timespec times[2] = {object.has_atime ? spec_of(object.atime) : timespec{0, UTIME_OMIT},
                       spec_of(object.mtime)};
  if ((is_open ? futimens(fd, times) : utimensat(AT_FDCWD, path, times, 0)) < 0)
    return failed("utimensat");
  if (S_ISDIR(facts.st_mode)) folders_.has_time(facts, times[1]);
  return true;
}

bool Unpacker::set_attributes(int fd, const char* path, const Object& object) {
  Bytes all(object.attributes);
  for (size_t at = 0; at < all.size();) {
    size_t name_length = all.number<uint16_t>(at), length = all.number<uint32_t>(at + 2);
    std::string name(all.part(at + 6, name_length));
    std::string_view value = all.part(at + 6 + name_length, length);
    if (!all.whole) return failed("unpack", EBADMSG);
    at += 6 + name_length + length;
    if (is_left_out(name)) {
      warn(object, name, 0);
      continue;
    }
    bool is_path = object.kind != kFile && object.kind != kDirectory;
    int set = is_path ? setxattr(path, name.c_str(), value.data(), value.size(), 0)
                      : fsetxattr(fd, name.c_str(), value.data(), value.size(), 0);
    if (set == 0) continue;
    if (!is_unknown(errno)) return failed("setxattr");
    warn(object, name, errno);
  }
  return true;
}

void Unpacker::warn(const Object& object, std::string_view attribute, int error) {
  if (warnings_.size() < kMostWarnings)
    warnings_.push_back({std::string(object.path), std::string(attribute), error});
}

}  // namespace drydock
