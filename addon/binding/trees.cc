// Trees that are not trusted, for src/linux/rooted.ts. Two kinds of calls: those that resolve a
// path inside a root (common/rooted.h), and those that act on one name in a directory that is held
// open.
//
// Invariant: a name is one component. A slash in it would make the kernel resolve a path, links and
// all, so it is a TypeError before any call is made. Names are bytes.
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstring>

#include "binding/register.h"
#include "binding/values.h"
#include "common/rooted.h"

namespace drydock {
namespace {

std::string name_of(const Napi::Value& value) {
  std::string name = c_string_of(value, "name");
  if (name.find('/') != std::string::npos || name == "." || name == "..") {
    throw Napi::TypeError::New(value.Env(), "a name inside a directory is one component");
  }
  return name;
}

mode_t mode_of(const Napi::Value& value) { return static_cast<mode_t>(int_of(value, "mode")); }

RootedWay way_of(const Napi::Value& walk) {
  return walk.ToBoolean() ? RootedWay::kWalk : RootedWay::kBest;
}

// rootedOpen(root, path, flags, mode, walk?): fd
Napi::Value open_in_root(const Napi::CallbackInfo& info) {
  std::string path = c_string_of(info[1], "path");
  int fd = rooted_open(int_of(info[0], "root"), path.c_str(), int_of(info[2], "flags"),
                       mode_of(info[3]), way_of(info[4]));
  return Napi::Number::New(info.Env(), checked(info.Env(), "openat2", fd));
}

// rootedMkdirs(root, path, mode, walk?): fd
Napi::Value mkdirs_in_root(const Napi::CallbackInfo& info) {
  std::string path = c_string_of(info[1], "path");
  int fd = rooted_mkdirs(int_of(info[0], "root"), path.c_str(), mode_of(info[2]), way_of(info[3]));
  return Napi::Number::New(info.Env(), checked(info.Env(), "mkdir", fd));
}

// rootedCreateFile(root, path, mode, walk?): fd
Napi::Value create_file_in_root(const Napi::CallbackInfo& info) {
  std::string path = c_string_of(info[1], "path");
  int fd =
      rooted_create_file(int_of(info[0], "root"), path.c_str(), mode_of(info[2]), way_of(info[3]));
  return Napi::Number::New(info.Env(), checked(info.Env(), "open", fd));
}

// openAt(dirfd, name, flags): fd. One name and no link: it needs no resolution, so it works below
// any depth.
Napi::Value open_at(const Napi::CallbackInfo& info) {
  std::string name = name_of(info[1]);
  int flags = int_of(info[2], "flags") | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(int_of(info[0], "dirfd"), name.c_str(), flags, 0);
  return Napi::Number::New(info.Env(), checked(info.Env(), "openat", fd));
}

// listAt(dirfd): Buffer[]
Napi::Value list_directory(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  // A description of its own, because reading moves the position; `.` of an O_PATH descriptor may
  // be opened.
  OwnedFd fd(checked(env, "open",
                     openat(int_of(info[0], "dirfd"), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  DIR* directory = fdopendir(fd.get());
  if (!directory) refuse(env, "fdopendir", errno);
  fd.take();
  std::vector<std::string> names;
  errno = 0;
  while (dirent* entry = readdir(directory)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      names.emplace_back(entry->d_name);
    }
    errno = 0;
  }
  int error = errno;
  closedir(directory);
  if (error) refuse(env, "readdir", error);
  auto result = Napi::Array::New(env, names.size());
  for (uint32_t i = 0; i < names.size(); i++) result.Set(i, buffer_of(env, names[i]));
  return result;
}

Napi::BigInt nanoseconds(Napi::Env env, const timespec& time) {
  return Napi::BigInt::New(env, static_cast<int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec);
}

// statAt(dirfd, name): an empty name is the descriptor itself; links are not followed
Napi::Value stat_at(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string name = name_of(info[1]);
  struct stat facts {};
  checked(
      env, "fstatat",
      fstatat(int_of(info[0], "dirfd"), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
  auto result = Napi::Object::New(env);
  result.Set("mode", Napi::Number::New(env, facts.st_mode));
  result.Set("uid", Napi::Number::New(env, facts.st_uid));
  result.Set("gid", Napi::Number::New(env, facts.st_gid));
  result.Set("size", Napi::Number::New(env, static_cast<double>(facts.st_size)));
  result.Set("blocks", Napi::Number::New(env, static_cast<double>(facts.st_blocks)));
  result.Set("links", Napi::Number::New(env, static_cast<double>(facts.st_nlink)));
  result.Set("inode", Napi::BigInt::New(env, static_cast<uint64_t>(facts.st_ino)));
  result.Set("device", Napi::BigInt::New(env, static_cast<uint64_t>(facts.st_dev)));
  result.Set("rdev", Napi::BigInt::New(env, static_cast<uint64_t>(facts.st_rdev)));
  result.Set("atime", nanoseconds(env, facts.st_atim));
  result.Set("mtime", nanoseconds(env, facts.st_mtim));
  result.Set("ctime", nanoseconds(env, facts.st_ctim));
  return result;
}

// dataExtents(fd): [offset, length, offset, length, …] of what is no hole. A file system that knows
// of no holes answers that all is data.
Napi::Value data_extents(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = int_of(info[0], "fd");
  auto result = Napi::Array::New(env);
  off_t at = 0;
  for (;;) {
    off_t start = lseek(fd, at, SEEK_DATA);
    if (start < 0 && errno == ENXIO) return result;  // nothing but a hole up to the end
    checked(env, "lseek", start);
    at = checked(env, "lseek", lseek(fd, start, SEEK_HOLE));
    result.Set(result.Length(), Napi::Number::New(env, static_cast<double>(start)));
    result.Set(result.Length(), Napi::Number::New(env, static_cast<double>(at - start)));
  }
}

// readlinkAt(dirfd, name): Buffer; an empty name is the descriptor itself
Napi::Value readlink_at(const Napi::CallbackInfo& info) {
  std::string name = name_of(info[1]);
  char target[PATH_MAX];
  ssize_t length =
      checked(info.Env(), "readlinkat",
              readlinkat(int_of(info[0], "dirfd"), name.c_str(), target, sizeof target));
  return buffer_of(info.Env(), std::string(target, static_cast<size_t>(length)));
}

void mkdir_at(const Napi::CallbackInfo& info) {
  std::string name = name_of(info[1]);
  checked(info.Env(), "mkdirat", mkdirat(int_of(info[0], "dirfd"), name.c_str(), mode_of(info[2])));
}

// symlinkAt(target, dirfd, name)
void symlink_at(const Napi::CallbackInfo& info) {
  std::string target = c_string_of(info[0], "target");
  std::string name = name_of(info[2]);
  checked(info.Env(), "symlinkat",
          symlinkat(target.c_str(), int_of(info[1], "dirfd"), name.c_str()));
}

// mknodAt(dirfd, name, mode, device)
void mknod_at(const Napi::CallbackInfo& info) {
  std::string name = name_of(info[1]);
  if (!info[3].IsBigInt()) throw Napi::TypeError::New(info.Env(), "device must be a bigint");
  bool lossless;
  dev_t device = info[3].As<Napi::BigInt>().Uint64Value(&lossless);
  checked(info.Env(), "mknod",
          mknodat(int_of(info[0], "dirfd"), name.c_str(), mode_of(info[2]), device));
}

// linkAt(fromFd, fromName, toFd, toName): a link is linked itself, not followed
void link_at(const Napi::CallbackInfo& info) {
  std::string from = name_of(info[1]), to = name_of(info[3]);
  checked(info.Env(), "linkat",
          linkat(int_of(info[0], "fromFd"), from.c_str(), int_of(info[2], "toFd"), to.c_str(), 0));
}

// renameAt(fromFd, fromName, toFd, toName, flags?)
void rename_at(const Napi::CallbackInfo& info) {
  std::string from = name_of(info[1]), to = name_of(info[3]);
  auto flags = info[4].IsUndefined() ? 0u : static_cast<unsigned>(flags_of(info[4], "flags"));
  checked(info.Env(), "renameat2",
          syscall(SYS_renameat2, int_of(info[0], "fromFd"), from.c_str(), int_of(info[2], "toFd"),
                  to.c_str(), flags));
}

// unlinkAt(dirfd, name, flags)
void unlink_at(const Napi::CallbackInfo& info) {
  std::string name = name_of(info[1]);
  checked(info.Env(), "unlinkat",
          unlinkat(int_of(info[0], "dirfd"), name.c_str(), int_of(info[2], "flags")));
}

// chownAt(dirfd, name, uid, gid)
void chown_at(const Napi::CallbackInfo& info) {
  std::string name = name_of(info[1]);
  auto uid = static_cast<uid_t>(flags_of(info[2], "uid"));
  auto gid = static_cast<gid_t>(flags_of(info[3], "gid"));
  checked(info.Env(), "fchownat",
          fchownat(int_of(info[0], "dirfd"), name.c_str(), uid, gid,
                   AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
}

// chmodFd(fd, mode). fchmod refuses O_PATH, and fchmodat cannot be told not to follow before
// Linux 6.6.
void chmod_fd(const Napi::CallbackInfo& info) {
  int fd = int_of(info[0], "fd");
  std::string path = "/proc/self/fd/" + std::to_string(fd);
  checked(info.Env(), "chmod", chmod(path.c_str(), mode_of(info[1])));
}

timespec time_of(const Napi::Value& value) {
  if (value.IsUndefined()) return {0, UTIME_OMIT};
  if (!value.IsBigInt()) throw Napi::TypeError::New(value.Env(), "a time must be a bigint");
  bool lossless;
  int64_t total = value.As<Napi::BigInt>().Int64Value(&lossless);
  int64_t seconds = total / 1000000000, rest = total % 1000000000;
  if (rest < 0) seconds--, rest += 1000000000;  // before 1970
  return {seconds, rest};
}

// utimesAt(dirfd, name, atime?, mtime?)
void utimes_at(const Napi::CallbackInfo& info) {
  std::string name = name_of(info[1]);
  timespec times[2] = {time_of(info[2]), time_of(info[3])};
  checked(info.Env(), "utimensat",
          utimensat(int_of(info[0], "dirfd"), name.c_str(), times, AT_SYMLINK_NOFOLLOW));
}

}  // namespace

void define_trees(Napi::Env env, Napi::Object exports) {
  exports.Set("rootedOpen", Napi::Function::New(env, open_in_root, "rootedOpen"));
  exports.Set("rootedMkdirs", Napi::Function::New(env, mkdirs_in_root, "rootedMkdirs"));
  exports.Set("rootedCreateFile",
              Napi::Function::New(env, create_file_in_root, "rootedCreateFile"));
  exports.Set("openAt", Napi::Function::New(env, open_at, "openAt"));
  exports.Set("listAt", Napi::Function::New(env, list_directory, "listAt"));
  exports.Set("statAt", Napi::Function::New(env, stat_at, "statAt"));
  exports.Set("dataExtents", Napi::Function::New(env, data_extents, "dataExtents"));
  exports.Set("readlinkAt", Napi::Function::New(env, readlink_at, "readlinkAt"));
  exports.Set("mkdirAt", Napi::Function::New(env, mkdir_at, "mkdirAt"));
  exports.Set("symlinkAt", Napi::Function::New(env, symlink_at, "symlinkAt"));
  exports.Set("mknodAt", Napi::Function::New(env, mknod_at, "mknodAt"));
  exports.Set("linkAt", Napi::Function::New(env, link_at, "linkAt"));
  exports.Set("renameAt", Napi::Function::New(env, rename_at, "renameAt"));
  exports.Set("unlinkAt", Napi::Function::New(env, unlink_at, "unlinkAt"));
  exports.Set("chownAt", Napi::Function::New(env, chown_at, "chownAt"));
  exports.Set("chmodFd", Napi::Function::New(env, chmod_fd, "chmodFd"));
  exports.Set("utimesAt", Napi::Function::New(env, utimes_at, "utimesAt"));
}

}  // namespace drydock
