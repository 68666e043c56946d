// Mounts on the host's side: mount(2), umount2(2), the detached trees of Linux 5.2,
// mount_setattr(2), statfs(2).
//
// The container's own mounts are steps of the plan and are made by the helper; these serve what the
// parent prepares and cleans up.
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <thread>

#include "binding/register.h"
#include "binding/values.h"

// <sys/mount.h> and <linux/mount.h> cannot be included together with every glibc.
extern "C" int mount(const char*, const char*, const char*, unsigned long, const void*) noexcept;
extern "C" int umount2(const char*, int) noexcept;

namespace drydock {
namespace {

// A C string that may be absent: null and undefined become NULL.
struct OptionalPath {
  OptionalPath(const Napi::Value& value, const char* what)
      : present(!value.IsNull() && !value.IsUndefined()),
        bytes(present ? c_string_of(value, what) : std::string()) {}
  const char* get() const { return present ? bytes.c_str() : nullptr; }
  bool present;
  std::string bytes;
};

// Runs `call` where relative paths begin at `cwd`. The working directory is the whole process's, so
// a thread gets one of its own (CLONE_FS). Answers 0 or an errno; the failed call's name is in
// `what`.
template <typename Call>
int from_directory(const char* cwd, const char** what, Call call) {
  int error = 0;
  std::thread([&] {
    if (unshare(CLONE_FS) != 0)
      *what = "unshare", error = errno;
    else if (chdir(cwd) != 0)
      *what = "chdir", error = errno;
    else if (call() != 0)
      error = errno;
  }).join();
  return error;
}

// mount(source | null, target, type | null, flags, data | null, cwd?)
void mount_file_system(const Napi::CallbackInfo& info) {
  OptionalPath source(info[0], "source"), type(info[2], "type"), data(info[4], "data");
  OptionalPath cwd(info[5], "cwd");
  std::string target = c_string_of(info[1], "target");
  unsigned long flags = flags_of(info[3], "flags");
  auto call = [&] { return mount(source.get(), target.c_str(), type.get(), flags, data.get()); };
  if (!cwd.present) {
    checked(info.Env(), "mount", call());
    return;
  }
  const char* what = "mount";
  int error = from_directory(cwd.get(), &what, call);
  if (error != 0) refuse(info.Env(), what, error);
}

// umount2(target, flags)
void unmount(const Napi::CallbackInfo& info) {
  std::string target = c_string_of(info[0], "target");
  checked(info.Env(), "umount2", umount2(target.c_str(), int_of(info[1], "flags")));
}

// openTree(dirfd, path, flags): fd
Napi::Value open_tree_at(const Napi::CallbackInfo& info) {
  std::string path = c_string_of(info[1], "path");
  long fd = syscall(SYS_open_tree, int_of(info[0], "dirfd"), path.c_str(),
                    static_cast<unsigned>(flags_of(info[2], "flags")) | OPEN_TREE_CLOEXEC);
  return Napi::Number::New(info.Env(), checked(info.Env(), "open_tree", fd));
}

// moveMount(fromFd, fromPath, toFd, toPath, flags)
void move_mount_at(const Napi::CallbackInfo& info) {
  std::string from = c_string_of(info[1], "fromPath");
  std::string to = c_string_of(info[3], "toPath");
  checked(info.Env(), "move_mount",
          syscall(SYS_move_mount, int_of(info[0], "fromFd"), from.c_str(), int_of(info[2], "toFd"),
                  to.c_str(), static_cast<unsigned>(flags_of(info[4], "flags"))));
}

uint64_t flags_at(const Napi::Object& object, const char* name) {
  Napi::Value value = object.Get(name);
  return value.IsUndefined() ? 0 : flags_of(value, name);
}

// mountSetattr({fd?, path?, flags?, set?, clear?, propagation?, userns?})
void set_mount_attributes(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "mountSetattr takes one object");
  auto object = info[0].As<Napi::Object>();
  mount_attr attributes{};
  attributes.attr_set = flags_at(object, "set");
  attributes.attr_clr = flags_at(object, "clear");
  attributes.propagation = flags_at(object, "propagation");
  if (!object.Get("userns").IsUndefined()) {
    attributes.attr_set |= MOUNT_ATTR_IDMAP;
    attributes.userns_fd = static_cast<uint64_t>(int_of(object.Get("userns"), "userns"));
  }
  OptionalPath path(object.Get("path"), "path");
  auto flags = static_cast<unsigned>(flags_at(object, "flags"));
  if (!path.present) flags |= AT_EMPTY_PATH;
  Napi::Value fd = object.Get("fd");
  checked(info.Env(), "mount_setattr",
          syscall(SYS_mount_setattr, fd.IsUndefined() ? AT_FDCWD : int_of(fd, "fd"),
                  path.bytes.c_str(), flags, &attributes, sizeof attributes));
}

// statfs(path): what kind of file system, and how full
Napi::Value file_system_facts(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path = c_string_of(info[0], "path");
  struct statfs facts {};
  checked(env, "statfs", statfs(path.c_str(), &facts));
  auto result = Napi::Object::New(env);
  auto set = [&](const char* name, double value) {
    result.Set(name, Napi::Number::New(env, value));
  };
  set("type", static_cast<double>(facts.f_type));
  set("blockSize", static_cast<double>(facts.f_bsize));
  set("blocks", static_cast<double>(facts.f_blocks));
  set("blocksFree", static_cast<double>(facts.f_bfree));
  set("blocksAvailable", static_cast<double>(facts.f_bavail));
  set("files", static_cast<double>(facts.f_files));
  set("filesFree", static_cast<double>(facts.f_ffree));
  set("nameLength", static_cast<double>(facts.f_namelen));
  set("flags", static_cast<double>(facts.f_flags));
  return result;
}

// mkfifo(path, mode)
void make_fifo(const Napi::CallbackInfo& info) {
  std::string path = c_string_of(info[0], "path");
  checked(info.Env(), "mkfifo", mkfifo(path.c_str(), static_cast<mode_t>(int_of(info[1], "mode"))));
}

}  // namespace

void define_mounts(Napi::Env env, Napi::Object exports) {
  exports.Set("mount", Napi::Function::New(env, mount_file_system, "mount"));
  exports.Set("umount2", Napi::Function::New(env, unmount, "umount2"));
  exports.Set("openTree", Napi::Function::New(env, open_tree_at, "openTree"));
  exports.Set("moveMount", Napi::Function::New(env, move_mount_at, "moveMount"));
  exports.Set("mountSetattr", Napi::Function::New(env, set_mount_attributes, "mountSetattr"));
  exports.Set("statfs", Napi::Function::New(env, file_system_facts, "statfs"));
  exports.Set("mkfifo", Napi::Function::New(env, make_fifo, "mkfifo"));
}

}  // namespace drydock
