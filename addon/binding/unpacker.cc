// See unpacker.h. Here: from a record to an object.
#include "binding/unpacker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "binding/unpack_paths.h"

namespace drydock {

bool Unpacker::apply(std::string_view bytes, std::string_view piece) {
  Bytes record(bytes);
  auto kind = record.number<uint8_t>(4);
  if (kind == kData) return write_data(record, piece);
  if (kind == kEnd) return end_file(record);
  Object object = object_of(record);
  if (!record.whole || kind < kFile || kind > kFifo) return failed("unpack", EBADMSG);
  return make(object);
}

bool Unpacker::make(const Object& object) {
  if (object.kind == kFile) file_.fd = OwnedFd();
  std::string path = cleaned(object.path);
  auto [folder, name] = cut(path);
  if (name.empty()) return make_root(object);
  if (options_.whiteouts != Whiteouts::kNone && has_name_with(path, kWhiteout))
    return whiteout(folder, name);
  Place place{folders_.at(folder), std::string(name)};
  if (!place.folder) return failed("open");
  place.folder->changed = true;
  was_made(place);
  switch (object.kind) {
    case kFile:
      return begin_file(object, place);
    case kDirectory:
      return make_directory(object, place);
    case kLink:
      return make_link(object, place);
    default:
      return make_other(object, place);
  }
}

bool Unpacker::make_root(const Object& object) {
  if (object.kind != kDirectory) return failed("open", EISDIR);
  Folder* root = folders_.at("");
  return root ? own(root->fd, object) : failed("open");
}

bool Unpacker::make_directory(const Object& object, const Place& place) {
  auto attempt = [&] { return mkdirat(place.dirfd(), place.c_name(), object.mode & 0777); };
  bool was_hidden = false;
  if (!unhide(place, &was_hidden)) return false;
  if (attempt() < 0) {
    if (errno != EEXIST) return failed("mkdir");
    Found found = clear(object, place);
    if (found == Found::kFailed || (found == Found::kNothing && attempt() < 0))
      return found == Found::kFailed ? false : failed("mkdir");
  }
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  OwnedFd fd(openat(place.dirfd(), place.c_name(), kFlags));
  if (fd.get() < 0) return failed("open");
  // What is below a whiteout stays hidden when a directory takes its place.
  if (was_hidden && !mark_opaque(fd.get())) return false;
  return own(fd.get(), object);
}

bool Unpacker::begin_file(const Object& object, const Place& place) {
  constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  auto attempt = [&] { return openat(place.dirfd(), place.c_name(), kNew, object.mode & 0777); };
  if (!unhide(place, nullptr)) return false;
  file_.fd = OwnedFd(attempt());
  if (file_.fd.get() < 0 && errno == EEXIST) {
    if (clear(object, place) == Found::kFailed) return false;
    file_.fd = OwnedFd(attempt());
  }
  if (file_.fd.get() < 0) return failed("open");
  // The rest of the file may come with a later buffer.
  file_.path = object.path;
  file_.attributes = object.attributes;
  file_.object = object;
  file_.object.path = file_.path;
  file_.object.attributes = file_.attributes;
  file_.end = 0;
  return true;
}

bool Unpacker::write_data(Bytes& record, std::string_view piece) {
  auto position = static_cast<uint64_t>(record.number<double>(8));
  Bytes all(piece);
  std::string_view data = all.part(record.number<uint32_t>(16), record.number<uint32_t>(20));
  if (!record.whole || !all.whole) return failed("unpack", EBADMSG);
  if (file_.fd.get() < 0) return true;
  while (!data.empty()) {
    ssize_t part = pwrite(file_.fd.get(), data.data(), data.size(), static_cast<off_t>(position));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return failed("write");
    data.remove_prefix(static_cast<size_t>(part));
    position += static_cast<uint64_t>(part);
  }
  file_.end = position;
  return true;
}

bool Unpacker::end_file(Bytes& record) {
  auto size = static_cast<uint64_t>(record.number<double>(8));
  if (!record.whole) return failed("unpack", EBADMSG);
  if (file_.fd.get() < 0) return true;
  OwnedFd fd = std::move(file_.fd);
  // A hole at the end.
  if (file_.end != size && ftruncate(fd.get(), static_cast<off_t>(size)) < 0)
    return failed("ftruncate");
  return own(fd.get(), file_.object);
}

bool Unpacker::make_link(const Object& object, const Place& place) {
  std::string target = cleaned(object.target);
  auto [folder, name] = cut(target);
  if (name.empty()) return failed("link", EPERM);
  std::string from(folder.empty() ? "." : folder), last(name);
  OwnedFd fd(rooted_open(root_.get(), from.c_str(), O_PATH | O_DIRECTORY, 0, options_.way));
  auto attempt = [&] {
    return linkat(fd.get(), last.c_str(), place.dirfd(), place.c_name(), 0) == 0;
  };
  if (!unhide(place, nullptr)) return false;
  if (fd.get() < 0) return failed("link");
  if (attempt()) return true;
  if (errno != EEXIST) return failed("link");
  // A second name of itself is there already; removing it first would leave none.
  struct stat wanted, there;
  if (fstatat(fd.get(), last.c_str(), &wanted, AT_SYMLINK_NOFOLLOW) < 0) return failed("link");
  if (fstatat(place.dirfd(), place.c_name(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
      there.st_ino == wanted.st_ino && there.st_dev == wanted.st_dev)
    return true;
  if (clear(object, place) == Found::kFailed) return false;
  return attempt() || failed("link");
}

// Symbolic links, devices, fifos: made by one call, and then held only as a place.
bool Unpacker::make_other(const Object& object, const Place& place) {
  bool is_link = object.kind == kSymlink;
  std::string target(object.target);
  mode_t type = object.kind == kCharacter ? S_IFCHR : object.kind == kBlock ? S_IFBLK : S_IFIFO;
  dev_t device = object.kind == kFifo ? 0 : makedev(object.major, object.minor);
  auto attempt = [&] {
    int made = is_link
                   ? symlinkat(target.c_str(), place.dirfd(), place.c_name())
                   : mknodat(place.dirfd(), place.c_name(), type | (object.mode & 0777), device);
    return made == 0 || failed(is_link ? "symlink" : "mknod");
  };
  if (!unhide(place, nullptr)) return false;
  if (!attempt()) {
    if (errno != EEXIST || clear(object, place) == Found::kFailed) return false;
    if (!attempt()) return false;
  }
  OwnedFd fd(openat(place.dirfd(), place.c_name(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  return fd.get() < 0 ? failed("open") : own(fd.get(), object);
}

bool Unpacker::finish() { return folders_.forget() || failed("utimensat"); }

}  // namespace drydock
