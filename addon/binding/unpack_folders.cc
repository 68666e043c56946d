// See unpack_folders.h.
#include "binding/unpack_folders.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "binding/values.h"

namespace drydock {

// Descriptors are scarce where limits are low (1024), and Node has some of its own. When there are
// so many all are let go: with names in order, as archives have them, that costs next to nothing.
static constexpr size_t kMostHeld = 128;

Folder* Folders::at(std::string_view path, Missing missing) {
  if (last_ && path == last_path_) return last_;
  std::string key(path);
  auto known = by_path_.find(key);
  Folder* folder = known == by_path_.end() ? nullptr : known->second;
  if (!folder) {
    OwnedFd fd(opened(key));
    if (fd.get() < 0 && errno == ENOENT && missing == kMake && make(path))
      fd = OwnedFd(opened(key));
    struct stat facts;
    if (fd.get() < 0 || fstat(fd.get(), &facts) < 0) return nullptr;
    // Two paths lead to one directory, by a link: it has one time.
    folder = held(facts);
    if (!folder) {
      if (held_.size() >= kMostHeld && !forget()) return nullptr;
      held_.push_front({fd.take(), facts.st_dev, facts.st_ino, facts.st_mtim, false});
      folder = &held_.front();
    }
    by_path_[key] = folder;
  }
  last_path_ = std::move(key);
  return last_ = folder;
}

int Folders::opened(const std::string& path) const {
  const char* name = path.empty() ? "." : path.c_str();
  return rooted_open(root_, name, O_RDONLY | O_DIRECTORY, 0, way_);
}

// An archive need not have the directories above its files.
bool Folders::make(std::string_view path) {
  size_t slash = path.rfind('/');
  Folder* above = at(slash == std::string_view::npos ? "" : path.substr(0, slash));
  if (!above) return false;
  above->changed = true;
  OwnedFd made(rooted_mkdirs(root_, std::string(path).c_str(), 0755, way_));
  return made.get() >= 0;
}

Folder* Folders::held(const struct stat& facts) {
  for (auto& folder : held_)
    if (folder.inode == facts.st_ino && folder.device == facts.st_dev) return &folder;
  return nullptr;
}

void Folders::has_time(const struct stat& facts, timespec mtime) {
  if (Folder* folder = held(facts)) folder->mtime = mtime;
}

bool Folders::forget(const Folder* but) {
  int error = 0;
  for (auto folder = held_.begin(); folder != held_.end();) {
    if (&*folder == but) {
      ++folder;
      continue;
    }
    timespec times[2] = {{0, UTIME_OMIT}, folder->mtime};
    if (folder->changed && futimens(folder->fd, times) < 0 && error == 0) error = errno;
    close(folder->fd);
    folder = held_.erase(folder);
  }
  by_path_.clear();
  last_ = nullptr;
  if (error) errno = error;
  return error == 0;
}

}  // namespace drydock
