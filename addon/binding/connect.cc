// A connection to a unix socket by its path, as a plain descriptor that can be handed to a child:
// node:net keeps its own to itself. unix(7).
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

// connectUnix(path): a connected SOCK_STREAM, close-on-exec.
Napi::Value connect_unix(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path = c_string_of(info[0], "path");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // 107 bytes and the NUL: a longer one would be cut off, and so be another socket's.
  if (path.size() >= sizeof address.sun_path) refuse(env, "connect", ENAMETOOLONG);
  memcpy(address.sun_path, path.c_str(), path.size());
  OwnedFd socket(checked(env, "socket", ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  checked(env, "connect",
          connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  return Napi::Number::New(env, socket.take());
}

}  // namespace

void define_connect(Napi::Env env, Napi::Object exports) {
  exports.Set("connectUnix", Napi::Function::New(env, connect_unix, "connectUnix"));
}

}  // namespace drydock
