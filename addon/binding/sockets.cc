// Sockets in a network namespace of choice: to the kernel's own tables (netlink(7)), and bound to
// an address for a program of JavaScript (udp(7), tcp(7)). src/linux/netlink.ts writes and reads
// the messages; here is only what JavaScript cannot do.
//
// Whoever changes a device takes a lock of the whole kernel's, and while a network namespace dies
// somebody has it for 20 to 60 ms (cleanup_net, Linux 6.18). So there is also a send that waits for
// it in a thread of libuv's.
//
// A socket belongs to the network namespace of the thread that makes it, for good. So a thread of
// its own enters the namespace, makes the socket and ends: the threads of Node stay where they are,
// and there is no way back that could fail.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
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

using Open = std::function<Opened()>;

Opened open_netlink(int protocol) {
  Opened result;
  // The kernel answers a request before sendmsg(2) returns: what is not there then never comes.
  result.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (result.fd < 0) return {-1, "socket", errno};
  // The kernel's own words for a refusal; older ones have the number only, and ours will do.
  int on = 1;
  setsockopt(result.fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  // A transaction for a thousand ports is one message, which must fit in here.
  int room = 4 << 20;
  setsockopt(result.fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  return result;
}

Opened open_bound(int type, const sockaddr* address, socklen_t size) {
  Opened result;
  result.fd = socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (result.fd < 0) return {-1, "socket", errno};
  int on = 1;
  // Else [::]:80 would take 0.0.0.0:80 too.
  if (address->sa_family == AF_INET6)
    setsockopt(result.fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  // A port is not taken by connections of its last owner that have not died yet.
  if (type == SOCK_STREAM) setsockopt(result.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const char* call = "bind";
  int failed = bind(result.fd, address, size);
  // With SO_REUSEADDR on both sides only a socket that listens keeps another one away.
  if (failed == 0 && type == SOCK_STREAM) failed = listen(result.fd, (call = "listen", 0));
  if (failed == 0) return result;
  Opened refused = {-1, call, errno};
  close(result.fd);
  return refused;
}

Opened open_in(int space, const Open& open) {
  Opened result;
  std::thread visitor([&] {
    if (setns(space, CLONE_NEWNET) == 0)
      result = open();
    else
      result = {-1, "setns", errno};
  });
  visitor.join();
  return result;
}

Napi::Value opened(Napi::Env env, const Napi::Value& space, const Open& open) {
  Opened result = space.IsUndefined() ? open() : open_in(int_of(space, "namespace"), open);
  if (result.fd < 0) refuse(env, result.call, result.error);
  return Napi::Number::New(env, result.fd);
}

// netlinkSocket(protocol, namespace?): `namespace` is a descriptor of /proc/PID/ns/net.
Napi::Value netlink_socket(const Napi::CallbackInfo& info) {
  int protocol = int_of(info[0], "protocol");
  return opened(info.Env(), info[1], [=] { return open_netlink(protocol); });
}

// boundSocket(type, address, port, namespace?): an address of IPv4 or IPv6, as text.
Napi::Value bound_socket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int type = int_of(info[0], "type");
  std::string text = c_string_of(info[1], "address");
  auto port = htons(static_cast<uint16_t>(int_of(info[2], "port")));
  sockaddr_in four{};
  sockaddr_in6 six{};
  four.sin_family = AF_INET;
  four.sin_port = port;
  six.sin6_family = AF_INET6;
  six.sin6_port = port;
  const sockaddr* address = nullptr;
  socklen_t size = 0;
  if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    address = reinterpret_cast<const sockaddr*>(&four);
    size = sizeof four;
  } else if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    address = reinterpret_cast<const sockaddr*>(&six);
    size = sizeof six;
  } else {
    throw Napi::TypeError::New(env, "address: neither IPv4 nor IPv6");
  }
  return opened(env, info[3], [=] { return open_bound(type, address, size); });
}

class SendWorker : public Napi::AsyncWorker {
 public:
  SendWorker(Napi::Env env, OwnedFd socket, std::string request)
      : Napi::AsyncWorker(env),
        promise_(Napi::Promise::Deferred::New(env)),
        socket_(std::move(socket)),
        request_(std::move(request)) {}
  Napi::Promise promise() { return promise_.Promise(); }

 protected:
  void Execute() override {
    ssize_t sent;
    do {
      sent = send(socket_.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) error_ = errno;
  }
  void OnOK() override {
    if (error_ == 0)
      promise_.Resolve(Env().Undefined());
    else
      promise_.Reject(refusal(Env(), "send", error_).Value());
  }

 private:
  Napi::Promise::Deferred promise_;
  OwnedFd socket_;
  std::string request_;
  int error_ = 0;
};

// sendLater(socket, request): Promise; the descriptor may be closed at once.
Napi::Value send_later(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string request = bytes_of(info[1], "request");
  int fd = checked(env, "dup", fcntl(int_of(info[0], "socket"), F_DUPFD_CLOEXEC, 3));
  auto* worker = new SendWorker(env, OwnedFd(fd), std::move(request));
  Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace

void define_sockets(Napi::Env env, Napi::Object exports) {
  exports.Set("netlinkSocket", Napi::Function::New(env, netlink_socket, "netlinkSocket"));
  exports.Set("sendLater", Napi::Function::New(env, send_later, "sendLater"));
  exports.Set("boundSocket", Napi::Function::New(env, bound_socket, "boundSocket"));
}

}  // namespace drydock
