// Extended attributes of open files: file capabilities, overlay's whiteouts, labels.
//
// fgetxattr(2) and its siblings refuse O_PATH descriptors, which are what a tree that is not
// trusted is walked with, and the only ones that a symbolic link can have. The path /proc/self/fd/N
// leads to the very same object. xattr(7).
#include <sys/xattr.h>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

std::string through_proc(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// Asks for the size first and again when it has grown in between.
template <typename Call>
std::string sized(Napi::Env env, const char* name, Call call) {
  for (;;) {
    ssize_t size = checked(env, name, call(nullptr, 0));
    std::string bytes(static_cast<size_t>(size), '\0');
    ssize_t read = size == 0 ? 0 : call(bytes.data(), bytes.size());
    if (read < 0 && errno == ERANGE) continue;
    bytes.resize(static_cast<size_t>(checked(env, name, read)));
    return bytes;
  }
}

// setxattr(fd, name, value, flags?)
void set_attribute(const Napi::CallbackInfo& info) {
  std::string path = through_proc(int_of(info[0], "fd"));
  std::string name = c_string_of(info[1], "name");
  std::string value = bytes_of(info[2], "value");
  int flags = info[3].IsUndefined() ? 0 : int_of(info[3], "flags");
  checked(info.Env(), "setxattr",
          setxattr(path.c_str(), name.c_str(), value.data(), value.size(), flags));
}

// getxattr(fd, name): Buffer
Napi::Value get_attribute(const Napi::CallbackInfo& info) {
  std::string path = through_proc(int_of(info[0], "fd"));
  std::string name = c_string_of(info[1], "name");
  return buffer_of(info.Env(), sized(info.Env(), "getxattr", [&](char* to, size_t size) {
                     return getxattr(path.c_str(), name.c_str(), to, size);
                   }));
}

// listxattr(fd): Buffer[]
Napi::Value list_attributes(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path = through_proc(int_of(info[0], "fd"));
  std::string names = sized(
      env, "listxattr", [&](char* to, size_t size) { return listxattr(path.c_str(), to, size); });
  auto result = Napi::Array::New(env);
  uint32_t count = 0;
  for (size_t start = 0; start < names.size();) {
    size_t end = names.find('\0', start);
    if (end == std::string::npos) end = names.size();
    result.Set(count++, buffer_of(env, names.substr(start, end - start)));
    start = end + 1;
  }
  return result;
}

// removexattr(fd, name)
void remove_attribute(const Napi::CallbackInfo& info) {
  std::string path = through_proc(int_of(info[0], "fd"));
  std::string name = c_string_of(info[1], "name");
  checked(info.Env(), "removexattr", removexattr(path.c_str(), name.c_str()));
}

}  // namespace

void define_xattrs(Napi::Env env, Napi::Object exports) {
  exports.Set("setxattr", Napi::Function::New(env, set_attribute, "setxattr"));
  exports.Set("getxattr", Napi::Function::New(env, get_attribute, "getxattr"));
  exports.Set("listxattr", Napi::Function::New(env, list_attributes, "listxattr"));
  exports.Set("removexattr", Napi::Function::New(env, remove_attribute, "removexattr"));
}

}  // namespace drydock
