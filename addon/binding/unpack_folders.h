// The directories that an archive writes into, held open.
//
// Most entries lie beside the one before, so a path is resolved once for many of them. And a
// directory that gets a new child gets a new time with it, though the archive has said what time it
// has: so each is remembered with the time that it had, and gets it back when it is let go.
//
// Invariants: each directory was reached by rooted_open (common/rooted.h), so it lies below the
// root. Whatever is not held here has its final times. Paths that may lead elsewhere now, because a
// directory or a link was removed, are forgotten.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/rooted.h"

namespace drydock {

struct Folder {
  int fd;
  dev_t device;
  ino_t inode;
  timespec mtime;
  // It has or lost a child since it is held.
  bool changed;
};

class Folders {
 public:
  Folders(int root, RootedWay way) : root_(root), way_(way) {}
  ~Folders() { forget(); }
  Folders(const Folders&) = delete;
  Folders& operator=(const Folders&) = delete;

  // The directory at this path, which has no dots and no double slashes; empty is the root. nullptr
  // and errno on failure. Valid until the next call of any of these.
  enum Missing { kMake, kLeave };
  Folder* at(std::string_view path, Missing missing = kMake);

  // The archive speaks of a directory itself: this is its time from now on.
  void has_time(const struct stat& facts, timespec mtime);

  // Gives back times and descriptors. False and errno: a time could not be given back.
  bool forget(const Folder* but = nullptr);

 private:
  int opened(const std::string& path) const;
  bool make(std::string_view path);
  Folder* held(const struct stat& facts);

  int root_;
  RootedWay way_;
  std::list<Folder> held_;
  std::unordered_map<std::string, Folder*> by_path_;
  std::string last_path_;
  Folder* last_ = nullptr;
};

}  // namespace drydock
