// A socket to the kernel's routing and link tables, in a network namespace of choice: netlink(7).
// src/linux/netlink.ts writes and reads the messages; here is only what JavaScript cannot do.
//
// A socket belongs to the network namespace of the thread that makes it, for good. So a thread of
// its own enters the namespace, makes the socket and ends: the threads of Node stay where they are,
// and there is no way back that could fail.
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "binding/register.h"
#include "binding/values.h"

#ifndef NETLINK_EXT_ACK
#define NETLINK_EXT_ACK 11  // Linux 4.12
#endif

namespace drydock {
namespace {

struct Opened {
  int fd = -1;
  const char* call = nullptr;
  int error = 0;
};

Opened open_here() {
  Opened result;
  // The kernel answers a request before sendmsg(2) returns: what is not there then never comes.
  result.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (result.fd < 0) return {-1, "socket", errno};
  // The kernel's own words for a refusal; older ones have the number only, and ours will do.
  int on = 1;
  setsockopt(result.fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  return result;
}

Opened open_in(int space) {
  Opened result;
  std::thread visitor([&] {
    if (setns(space, CLONE_NEWNET) == 0)
      result = open_here();
    else
      result = {-1, "setns", errno};
  });
  visitor.join();
  return result;
}

// netlinkSocket(namespace?): a NETLINK_ROUTE socket; `namespace` is a descriptor of
// /proc/PID/ns/net.
Napi::Value netlink_socket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Opened opened = info[0].IsUndefined() ? open_here() : open_in(int_of(info[0], "namespace"));
  if (opened.fd < 0) refuse(env, opened.call, opened.error);
  return Napi::Number::New(env, opened.fd);
}

}  // namespace

void define_netlink(Napi::Env env, Napi::Object exports) {
  exports.Set("netlinkSocket", Napi::Function::New(env, netlink_socket, "netlinkSocket"));
}

}  // namespace drydock
