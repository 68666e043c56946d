// Resolves a path with one open for each component, none of which follows a link.
//
// Links are read and expanded by hand, into the path that is still ahead. `..` cannot be done
// without a race by itself: a directory that somebody moves up while we stand in it has a parent
// that we never meant. So the walk remembers by which names it came, and compares that with what
// the kernel says (/proc/self/fd) after each `..`, before anything is made, and at the end. A
// descriptor that fails the comparison was only ever O_PATH: nothing has happened to the object.
//
// Works on Linux 3.6 and later (fstat on O_PATH descriptors). path_resolution(7), open(2),
// procfs(5).
#include "common/rooted_walk.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace drydock {
namespace {

constexpr int kMostLinks = 40;  // as in the kernel
constexpr ino_t kProcRootInode = 1;

class Walk {
 public:
  Walk(int root, mode_t directory_mode) : root_(root), directory_mode_(directory_mode) {}
  ~Walk() {
    int error = errno;
    if (here_ >= 0) close(here_);
    if (descriptors_ >= 0) close(descriptors_);
    errno = error;
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  int run(const char* path, int flags, mode_t mode);

 private:
  bool start(const char* path);
  bool to_root();
  bool next_name();
  bool stay_or_rise();
  bool rise();
  bool descend(int flags);
  bool enter(int fd);
  bool expand(int link);
  bool is_magic(int link) const;
  int make_directory();
  int create(int flags, mode_t mode);
  int finish(int found, int flags, mode_t mode);
  bool as_expected(int fd) const;
  bool readlink_of(int fd, char (&target)[PATH_MAX]) const;

  int root_;
  mode_t directory_mode_;
  int here_ = -1;         // the directory that we stand in, O_PATH
  int descriptors_ = -1;  // /proc/self/fd
  int links_ = 0;
  bool last_ = false;               // the current name is the last one
  bool missing_ = false;            // the last name does not exist
  bool must_be_directory_ = false;  // a slash or a dot follows the last name
  char root_path_[PATH_MAX];
  char came_by_[PATH_MAX] = "";  // `/a/b`, or empty at the root
  char ahead_[PATH_MAX];         // what is still to be resolved
  char name_[NAME_MAX + 1];
};

bool Walk::start(const char* path) {
  if (*path == '\0') return errno = ENOENT, false;
  if (strlen(path) >= sizeof ahead_) return errno = ENAMETOOLONG, false;
  strcpy(ahead_, path);
  descriptors_ = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptors_ < 0) return false;
  // Somebody else's folder at /proc could answer whatever he likes.
  struct statfs facts;
  if (fstatfs(descriptors_, &facts) < 0) return false;
  if (facts.f_type != PROC_SUPER_MAGIC) return errno = ENOTSUP, false;
  if (!readlink_of(root_, root_path_)) return false;
  if (strcmp(root_path_, "/") == 0) root_path_[0] = '\0';
  return to_root();
}

bool Walk::to_root() {
  int fd = openat(root_, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  if (here_ >= 0) close(here_);
  here_ = fd;
  came_by_[0] = '\0';
  return true;
}

// Takes the next name off the path ahead. An empty name: there is none.
bool Walk::next_name() {
  const char* start = ahead_;
  while (*start == '/') start++;
  size_t length = strcspn(start, "/");
  if (length > NAME_MAX) return errno = ENAMETOOLONG, false;
  memcpy(name_, start, length);
  name_[length] = '\0';
  const char* rest = start + length;
  bool slash = *rest == '/';
  while (*rest == '/') rest++;
  last_ = *rest == '\0';
  if (last_ && slash) must_be_directory_ = true;
  memmove(ahead_, rest, strlen(rest) + 1);
  return true;
}

bool Walk::readlink_of(int fd, char (&target)[PATH_MAX]) const {
  char number[16];
  snprintf(number, sizeof number, "%d", fd);
  ssize_t length = readlinkat(descriptors_, number, target, sizeof target);
  if (length < 0) return false;
  if (length == sizeof target) return errno = ENAMETOOLONG, false;
  target[length] = '\0';
  return true;
}

// Whether the kernel, too, thinks that `fd` is where our names led.
bool Walk::as_expected(int fd) const {
  char actual[PATH_MAX];
  if (!readlink_of(fd, actual)) return false;
  size_t prefix = strlen(root_path_);
  const char* inside = came_by_[0] == '\0' && prefix == 0 ? "/" : came_by_;
  if (strncmp(actual, root_path_, prefix) == 0 && strcmp(actual + prefix, inside) == 0) return true;
  return errno = EAGAIN, false;
}

bool Walk::rise() {
  char* slash = strrchr(came_by_, '/');
  if (!slash) return true;  // the root is its own parent
  *slash = '\0';
  int fd = openat(here_, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  close(here_);
  here_ = fd;
  return as_expected(fd);
}

// Goes on from `fd`, which name_ led to.
bool Walk::enter(int fd) {
  size_t length = strlen(came_by_);
  size_t more = strlen(name_);
  if (length + 1 + more >= sizeof came_by_) return errno = ENAMETOOLONG, false;
  came_by_[length] = '/';
  memcpy(came_by_ + length + 1, name_, more + 1);
  close(here_);
  here_ = fd;
  return true;
}

// Links of procfs below its top (fd/N, exe, root, cwd, ns/*) lead to an object, whatever their text
// says. Those at its top (self, thread-self, mounts, net) are ordinary.
bool Walk::is_magic(int link) const {
  struct statfs facts;
  if (fstatfs(link, &facts) < 0) return true;
  if (facts.f_type != PROC_SUPER_MAGIC) return false;
  struct stat folder;
  return fstat(here_, &folder) < 0 || folder.st_ino != kProcRootInode;
}

// Puts the text of the link before what is ahead.
bool Walk::expand(int link) {
  if (++links_ > kMostLinks || is_magic(link)) return errno = ELOOP, false;
  char text[PATH_MAX];
  ssize_t length = readlinkat(link, "", text, sizeof text);
  if (length < 0) return false;
  if (length == 0) return errno = ENOENT, false;
  size_t size = static_cast<size_t>(length);
  size_t rest = strlen(ahead_);
  if (size + 1 + rest >= sizeof ahead_) return errno = ENAMETOOLONG, false;
  bool absolute = text[0] == '/';
  // A slash only where names follow: at the end it would mean "a directory".
  size_t gap = rest > 0 ? 1 : 0;
  memmove(ahead_ + size + gap, ahead_, rest + 1);
  memcpy(ahead_, text, size);
  if (gap) ahead_[size] = '/';
  last_ = false;
  return absolute ? to_root() : true;
}

// For what is missing at name_. mkdirat(2) follows no link, so what was not there a moment ago is a
// directory now, or somebody else's, who was faster and is looked at like anything that was there.
int Walk::make_directory() {
  if (!as_expected(here_)) return -1;
  if (mkdirat(here_, name_, directory_mode_) != 0 && errno != EEXIST) return -1;
  int fd = openat(here_, name_, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) errno = EAGAIN;
  return fd;
}

int Walk::create(int flags, mode_t mode) {
  if (must_be_directory_) return errno = EISDIR, -1;
  if (!as_expected(here_)) return -1;
  int fd = openat(here_, name_, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  // It was not there a moment ago.
  if (fd < 0 && errno == EEXIST && !(flags & O_EXCL)) errno = EAGAIN;
  return fd;
}

// Opens what was found with the flags that were asked for. Consumes `found`.
int Walk::finish(int found, int flags, mode_t mode) {
  if (must_be_directory_) flags |= O_DIRECTORY;
  char magic[32];
  snprintf(magic, sizeof magic, "/proc/self/fd/%d", found);
  int fd;
  struct stat facts;
  if (fstat(found, &facts) < 0) {
    fd = -1;
  } else if ((flags & O_CREAT) && ((flags & O_EXCL) || S_ISDIR(facts.st_mode))) {
    errno = (flags & O_EXCL) ? EEXIST : EISDIR, fd = -1;
  } else if ((flags & O_DIRECTORY) && !S_ISDIR(facts.st_mode)) {
    errno = ENOTDIR, fd = -1;
  } else if (flags & O_PATH) {
    return found;
  } else if (S_ISLNK(facts.st_mode)) {
    errno = ELOOP, fd = -1;
  } else {
    fd = open(magic, (flags & ~(O_NOFOLLOW | O_CREAT)) | O_CLOEXEC, mode);
  }
  int error = errno;
  close(found);
  errno = error;
  return fd;
}

// `.`, `..`, or the nothing that `/` consists of: only a directory has those.
bool Walk::stay_or_rise() {
  if (last_) must_be_directory_ = true;
  return strcmp(name_, "..") != 0 || rise();
}

// Into name_, or, where that is a link to be followed, to the start of where it leads.
bool Walk::descend(int flags) {
  int fd = openat(here_, name_, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  bool names_directory = !last_ || must_be_directory_ || (flags & O_DIRECTORY);
  if (fd < 0 && errno == ENOENT && names_directory && directory_mode_ != kMakeNoDirectory)
    fd = make_directory();
  if (fd < 0) {
    missing_ = errno == ENOENT && last_;
    return false;
  }
  bool exclusive = (flags & O_CREAT) && (flags & O_EXCL);
  bool follow = !last_ || must_be_directory_ || !((flags & O_NOFOLLOW) || exclusive);
  struct stat facts;
  bool known = fstat(fd, &facts) == 0;
  bool is_link = known && S_ISLNK(facts.st_mode) && follow;
  if (known && !is_link && enter(fd)) return true;
  bool expanded = is_link && expand(fd);
  int error = errno;
  close(fd);
  errno = error;
  return expanded;
}

int Walk::run(const char* path, int flags, mode_t mode) {
  if (!start(path)) return -1;
  do {
    if (!next_name()) return -1;
    bool is_name = name_[0] != '\0' && strcmp(name_, ".") != 0 && strcmp(name_, "..") != 0;
    if (is_name ? descend(flags) : stay_or_rise()) continue;
    return missing_ && (flags & O_CREAT) ? create(flags, mode) : -1;
  } while (!last_);
  if (!as_expected(here_)) return -1;
  int found = here_;
  here_ = -1;
  return finish(found, flags, mode);
}

}  // namespace

int rooted_walk(int root, const char* path, int flags, mode_t mode, mode_t directory_mode) {
  Walk walk(root, directory_mode);
  return walk.run(path, flags, mode);
}

}  // namespace drydock
