// A whole directory tree, copied exactly: owners, modes, times, extended attributes (so ACLs and
// file capabilities too), devices, holes, and hard links among its own files. Data is shared with
// the source where the file system can (FICLONE: btrfs, xfs); a name never is, because a hard link
// into the source would let whoever writes into the copy change both.
//
// Invariants: source and target are held by descriptors, nothing in them is followed, and nobody
// else writes into either. No recursion and few descriptors, whatever the tree's depth: directories
// wait in a list, as paths that are opened piece by piece, for they may be longer than PATH_MAX. A
// directory gets its owner, mode and times after everything else, children first: writing into it
// would change the times, and a mode could forbid it.
//
// It runs on a thread of its own: a tree takes seconds, and Node must not stand still.
// ioctl_ficlone(2), copy_file_range(2), lseek(2) (SEEK_HOLE).
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <climits>
#include <map>
#include <memory>
#include <utility>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

// What a call of the kernel answered; turned into the usual error on Node's own thread.
struct Refusal {
  const char* call;
  int error;
};

template <typename Result>
Result must(const char* call, Result result) {
  if (result < 0) throw Refusal{call, errno};
  return result;
}

// A file at a place: a name in an open directory.
struct Place {
  int directory;
  const char* name;
  // For calls that know no *at: the descriptor's own link leads to the directory.
  std::string path() const { return "/proc/self/fd/" + std::to_string(directory) + "/" + name; }
};

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// Opens the directory at a path below `root`, which may be longer than PATH_MAX.
OwnedFd open_below(int root, const std::string& path) {
  OwnedFd at(must("open", openat(root, ".", kDirectory)));
  for (size_t start = 0; start < path.size();) {
    size_t end =
        path.size() - start < PATH_MAX ? path.size() : path.rfind('/', start + PATH_MAX - 1);
    at = OwnedFd(
        must("open", openat(at.get(), path.substr(start, end - start).c_str(), kDirectory)));
    start = end + 1;
  }
  return at;
}

void copy_attributes(const Place& from, const Place& to) {
  std::string source = from.path(), target = to.path();
  ssize_t size = llistxattr(source.c_str(), nullptr, 0);
  if (size < 0 && errno == ENOTSUP) return;
  std::string names(static_cast<size_t>(must("listxattr", size)), '\0');
  // Overlay tells the size with its own names and the list without them.
  size = must("listxattr", llistxattr(source.c_str(), names.data(), names.size()));
  names.resize(static_cast<size_t>(size));
  for (const char* name = names.data(); name < names.data() + names.size();
       name += strlen(name) + 1) {
    std::string value(
        static_cast<size_t>(must("getxattr", lgetxattr(source.c_str(), name, nullptr, 0))), '\0');
    must("getxattr", lgetxattr(source.c_str(), name, value.data(), value.size()));
    must("setxattr", lsetxattr(target.c_str(), name, value.data(), value.size(), 0));
  }
}

// In this order: a change of owner takes setuid and file capabilities away, a change of mode the
// ACL's mask.
void copy_facts(const Place& from, const Place& to, const struct stat& facts) {
  must("chown", fchownat(to.directory, to.name, facts.st_uid, facts.st_gid, AT_SYMLINK_NOFOLLOW));
  if (!S_ISLNK(facts.st_mode))
    must("chmod", fchmodat(to.directory, to.name, facts.st_mode & 07777, 0));
  copy_attributes(from, to);
  timespec times[2] = {facts.st_atim, facts.st_mtim};
  must("utimensat", utimensat(to.directory, to.name, times, AT_SYMLINK_NOFOLLOW));
}

class TreeCopy {
 public:
  TreeCopy(int from, int to) : from_(from), to_(to) {}

  void run() {
    for (size_t next = 0; next < directories_.size(); next++) copy_children(directories_[next]);
    while (!directories_.empty()) {
      finish(directories_.back());
      directories_.pop_back();
    }
  }

 private:
  void finish(const std::string& path) {
    OwnedFd source = open_below(from_, path), target = open_below(to_, path);
    struct stat facts;
    must("fstat", fstat(source.get(), &facts));
    copy_facts({source.get(), "."}, {target.get(), "."}, facts);
  }

  void copy_children(const std::string path) {
    OwnedFd source = open_below(from_, path), target = open_below(to_, path);
    std::unique_ptr<DIR, int (*)(DIR*)> listing(fdopendir(dup(source.get())), closedir);
    if (!listing) throw Refusal{"fdopendir", errno};
    for (;;) {
      errno = 0;
      dirent* entry = readdir(listing.get());
      if (!entry && errno != 0) throw Refusal{"getdents64", errno};
      if (!entry) return;
      std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      copy_entry({source.get(), name.c_str()}, {target.get(), name.c_str()},
                 path.empty() ? name : path + "/" + name);
    }
  }

  void copy_entry(const Place& from, const Place& to, const std::string& path) {
    struct stat facts;
    must("fstatat", fstatat(from.directory, from.name, &facts, AT_SYMLINK_NOFOLLOW));
    if (S_ISDIR(facts.st_mode)) {
      must("mkdir", mkdirat(to.directory, to.name, 0700));
      directories_.push_back(path);
      return;
    }
    if (facts.st_nlink > 1 && linked(facts, to, path)) return;
    if (S_ISREG(facts.st_mode))
      copy_file(from, to, facts.st_size);
    else if (S_ISLNK(facts.st_mode))
      copy_link(from, to, facts.st_size);
    else
      must("mknod", mknodat(to.directory, to.name, facts.st_mode, facts.st_rdev));
    copy_facts(from, to, facts);
  }

  // True when this file has been copied under another of its names, to which a link was made.
  bool linked(const struct stat& facts, const Place& to, const std::string& path) {
    auto [first, isNew] = names_.emplace(std::make_pair(facts.st_dev, facts.st_ino), path);
    if (isNew) return false;
    size_t cut = first->second.rfind('/');
    OwnedFd folder = open_below(to_, cut == std::string::npos ? "" : first->second.substr(0, cut));
    std::string name = cut == std::string::npos ? first->second : first->second.substr(cut + 1);
    must("link", linkat(folder.get(), name.c_str(), to.directory, to.name, 0));
    return true;
  }

  static void copy_link(const Place& from, const Place& to, off_t size) {
    std::string content(static_cast<size_t>(size) + 1, '\0');
    ssize_t length = readlinkat(from.directory, from.name, content.data(), content.size());
    content.resize(static_cast<size_t>(must("readlink", length)));
    must("symlink", symlinkat(content.c_str(), to.directory, to.name));
  }

  void copy_file(const Place& from, const Place& to, off_t size) {
    OwnedFd source(
        must("open", openat(from.directory, from.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)));
    OwnedFd target(
        must("open", openat(to.directory, to.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)));
    if (clones_ && size > 0) {
      if (ioctl(target.get(), FICLONE, source.get()) == 0) return;
      // Whatever the reason, copying is right too; where it cannot be done once it never can.
      clones_ = false;
    }
    must("ftruncate", ftruncate(target.get(), size));
    for (off_t at = 0; (at = lseek(source.get(), at, SEEK_DATA)) >= 0;) {
      off_t end = must("lseek", lseek(source.get(), at, SEEK_HOLE));
      copy_range(source.get(), target.get(), at, end);
      at = end;
    }
    if (errno != ENXIO) throw Refusal{"lseek", errno};  // ENXIO: no more data
  }

  void copy_range(int source, int target, off_t at, off_t end) {
    must("lseek", lseek(target, at, SEEK_SET));
    while (at < end) {
      off_t wanted = end - at > (1 << 24) ? (1 << 24) : end - at;
      ssize_t sent = must("sendfile", sendfile(target, source, &at, static_cast<size_t>(wanted)));
      if (sent == 0) throw Refusal{"sendfile", EIO};  // it has become shorter: somebody writes
    }
  }

  int from_, to_;
  bool clones_ = true;
  std::vector<std::string> directories_ = {""};
  std::map<std::pair<dev_t, ino_t>, std::string> names_;  // of files with more than one
};

class CopyWorker : public Napi::AsyncWorker {
 public:
  CopyWorker(Napi::Env env, int from, int to)
      : Napi::AsyncWorker(env), promise_(Napi::Promise::Deferred::New(env)), from_(from), to_(to) {}
  Napi::Promise promise() { return promise_.Promise(); }

 protected:
  void Execute() override {
    try {
      TreeCopy(from_.get(), to_.get()).run();
    } catch (const Refusal& refusal) {
      refusal_ = refusal;
    }
  }
  void OnOK() override {
    if (refusal_.error == 0)
      promise_.Resolve(Env().Undefined());
    else
      promise_.Reject(refusal(Env(), refusal_.call, refusal_.error).Value());
  }

 private:
  Napi::Promise::Deferred promise_;
  OwnedFd from_, to_;
  Refusal refusal_{nullptr, 0};
};

// copyTree(fromFd, toFd): Promise; the descriptors may be closed at once
Napi::Value copy_tree(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  OwnedFd from(checked(env, "dup", fcntl(int_of(info[0], "from"), F_DUPFD_CLOEXEC, 3)));
  int to = checked(env, "dup", fcntl(int_of(info[1], "to"), F_DUPFD_CLOEXEC, 3));
  auto* worker = new CopyWorker(env, from.take(), to);
  Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace

void define_copy_tree(Napi::Env env, Napi::Object exports) {
  exports.Set("copyTree", Napi::Function::New(env, copy_tree, "copyTree"));
}

}  // namespace drydock
