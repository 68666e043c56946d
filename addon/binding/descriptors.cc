// Descriptors as things of their own: files without a name, and sockets that carry descriptors.
//
// The sealed copy exists because a container that runs our helper can reopen /proc/PID/exe for
// writing and so rewrite the file on the host (CVE-2019-5736). A memfd with all its seals set
// cannot be written by anybody, root included; before Linux 3.17 an unlinked file without a
// writable descriptor stands in. memfd_create(2), fcntl(2), unix(7).

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "binding/register.h"
#include "binding/values.h"

#ifndef MFD_EXEC
#define MFD_EXEC \
  0x0010U  // Linux 6.3; where vm.memfd_noexec is set, a file without it cannot be executed
#endif

namespace drydock {
namespace {

constexpr size_t kMostDescriptors = 253;  // SCM_MAX_FD of the kernel
constexpr size_t kLongestMessage =
    64 * 1024;  // messages are sentences; what is long travels as a file
constexpr int kAllSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// A file without a name, and how it will be made unchangeable.
struct Nameless {
  OwnedFd fd;
  bool memory;
};

OwnedFd memory_file(const char* name) {
  // The raw call: a glibc that knows it says nothing about the kernel.
  unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  long fd = syscall(SYS_memfd_create, name, flags | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = syscall(SYS_memfd_create, name, flags);
  return OwnedFd(static_cast<int>(fd));
}

OwnedFd unlinked_file(const std::string& preferred) {
  for (const char* folder : {preferred.c_str(), "/run", "/tmp"}) {
    if (!*folder) continue;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0700);
    if (fd >= 0) return OwnedFd(fd);
  }
  return OwnedFd();
}

Nameless nameless_file(Napi::Env env, const char* name, const std::string& folder) {
  OwnedFd memory = memory_file(name);
  if (memory.get() >= 0) return {std::move(memory), true};
  if (errno != ENOSYS) refuse(env, "memfd_create", errno);
  OwnedFd unlinked = unlinked_file(folder);
  if (unlinked.get() < 0) refuse(env, "open", errno);
  return {std::move(unlinked), false};
}

// From here on nobody can change the contents.
int frozen(Napi::Env env, Nameless file) {
  if (file.memory) {
    checked(env, "fcntl", fcntl(file.fd.get(), F_ADD_SEALS, kAllSeals));
    int seals = checked(env, "fcntl", fcntl(file.fd.get(), F_GET_SEALS));
    if ((seals & kAllSeals) != kAllSeals) refuse(env, "fcntl", EPERM);
    return file.fd.take();
  }
  // execve answers ETXTBSY as long as somebody holds the file open for writing: reopen, then close
  // the first one.
  std::string again = "/proc/self/fd/" + std::to_string(file.fd.get());
  return checked(env, "open", open(again.c_str(), O_RDONLY | O_CLOEXEC));
}

void copy_all(Napi::Env env, int from, int to) {
  struct stat before;
  checked(env, "fstat", fstat(from, &before));
  off_t copied = 0;
  while (copied < before.st_size) {
    ssize_t part = sendfile(to, from, nullptr, static_cast<size_t>(before.st_size - copied));
    if (part < 0 && errno == EINTR) continue;
    checked(env, "sendfile", part);
    if (part == 0) refuse(env, "sendfile", EIO);  // shorter than it was a moment ago
    copied += part;
  }
}

// sealedCopy(path, folder?): a read-only descriptor of a copy that nobody can write. `folder`
// serves old kernels.
Napi::Value sealed_copy(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path = c_string_of(info[0], "path");
  std::string folder = info[1].IsUndefined() ? "" : c_string_of(info[1], "folder");
  OwnedFd source(checked(env, "open", open(path.c_str(), O_RDONLY | O_CLOEXEC)));
  std::string name = path.substr(path.rfind('/') + 1, 64);
  Nameless file = nameless_file(env, name.c_str(), folder);
  copy_all(env, source.get(), file.fd.get());
  checked(env, "fchmod", fchmod(file.fd.get(), 0555));
  return Napi::Number::New(env, frozen(env, std::move(file)));
}

// anonymousFile(data): a sealed file without a name that holds `data`, positioned at its start.
Napi::Value anonymous_file(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string data = bytes_of(info[0], "data");
  Nameless file = nameless_file(env, "drydock", "");
  size_t written = 0;
  while (written < data.size()) {
    ssize_t part = write(file.fd.get(), data.data() + written, data.size() - written);
    if (part < 0 && errno == EINTR) continue;
    written += static_cast<size_t>(checked(env, "write", part));
  }
  checked(env, "lseek", lseek(file.fd.get(), 0, SEEK_SET));
  return Napi::Number::New(env, frozen(env, std::move(file)));
}

// seqpacketPair(): [ours, theirs]. Ours does not block: a helper that hangs must not hang Node.
Napi::Value seqpacket_pair(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int pair[2];
  checked(env, "socketpair", socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
  OwnedFd ours(pair[0]), theirs(pair[1]);
  checked(env, "fcntl", fcntl(ours.get(), F_SETFL, O_NONBLOCK));
  auto result = Napi::Array::New(env, 2);
  result.Set(0u, ours.take());
  result.Set(1u, theirs.take());
  return result;
}

union ControlSpace {
  cmsghdr header;
  char bytes[CMSG_SPACE(kMostDescriptors * sizeof(int))];
};

// send(fd, data, fds?): one message, whole or not at all.
void send_message(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = int_of(info[0], "fd");
  std::string data = bytes_of(info[1], "data");
  // The receiver could not tell an empty message from the end of the conversation.
  if (data.empty()) throw Napi::TypeError::New(env, "send needs at least one byte");
  std::vector<int> fds;
  if (info[2].IsArray()) {
    auto array = info[2].As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); i++) fds.push_back(int_of(array.Get(i), "fds[]"));
  }
  if (fds.size() > kMostDescriptors) refuse(env, "sendmsg", EINVAL);
  iovec part{data.data(), data.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ControlSpace control{};
  if (!fds.empty()) {
    size_t size = fds.size() * sizeof(int);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), fds.data(), size);
  }
  ssize_t sent;
  do {
    sent = sendmsg(fd, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  checked(env, "sendmsg", sent);
}

std::vector<OwnedFd> received_descriptors(msghdr& message) {
  std::vector<OwnedFd> fds;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      fds.emplace_back(fd);
    }
  }
  return fds;
}

// receive(fd): {data, fds}; null when there is nothing yet, undefined at the end of the
// conversation.
Napi::Value receive_message(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = int_of(info[0], "fd");
  char bytes[kLongestMessage];
  ControlSpace control{};
  iovec part{bytes, sizeof bytes};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  ssize_t length;
  // ECONNRESET is told once, ahead of what is still queued, when the peer died with unread messages
  // of ours: what it said before is worth more than the news that it did not listen.
  do {
    length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  } while (length < 0 && (errno == EINTR || errno == ECONNRESET));
  if (length < 0 && errno == EAGAIN) return env.Null();
  checked(env, "recvmsg", length);
  std::vector<OwnedFd> fds = received_descriptors(message);
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) refuse(env, "recvmsg", EMSGSIZE);
  if (length == 0 && fds.empty()) return env.Undefined();
  auto result = Napi::Object::New(env);
  auto numbers = Napi::Array::New(env, fds.size());
  result.Set("data", Napi::Buffer<char>::Copy(env, bytes, static_cast<size_t>(length)));
  for (size_t i = 0; i < fds.size(); i++) numbers.Set(i, fds[i].get());
  result.Set("fds", numbers);
  for (auto& owned : fds) owned.take();
  return result;
}

// flock(fd, operation): LOCK_SH, LOCK_EX, LOCK_UN, with LOCK_NB unless Node may stand still
// meanwhile.
void lock_file(const Napi::CallbackInfo& info) {
  int result;
  do {
    result = flock(int_of(info[0], "fd"), int_of(info[1], "operation"));
  } while (result < 0 && errno == EINTR);
  checked(info.Env(), "flock", result);
}

// ioctl(fd, request, number | struct): what it answered. The struct is read, and written back into.
Napi::Value control(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = int_of(info[0], "fd");
  unsigned long request = flags_of(info[1], "request");
  int result;
  if (info[2].IsNumber()) {
    result = ioctl(fd, request, int_of(info[2], "argument"));
  } else if (info[2].IsBuffer()) {
    result = ioctl(fd, request, info[2].As<Napi::Buffer<uint8_t>>().Data());
  } else {
    throw Napi::TypeError::New(env, "an argument of ioctl must be a number or a Buffer");
  }
  return Napi::Number::New(env, checked(env, "ioctl", result));
}

}  // namespace

void define_descriptors(Napi::Env env, Napi::Object exports) {
  exports.Set("sealedCopy", Napi::Function::New(env, sealed_copy, "sealedCopy"));
  exports.Set("anonymousFile", Napi::Function::New(env, anonymous_file, "anonymousFile"));
  exports.Set("seqpacketPair", Napi::Function::New(env, seqpacket_pair, "seqpacketPair"));
  exports.Set("send", Napi::Function::New(env, send_message, "send"));
  exports.Set("receive", Napi::Function::New(env, receive_message, "receive"));
  exports.Set("ioctl", Napi::Function::New(env, control, "ioctl"));
  exports.Set("flock", Napi::Function::New(env, lock_file, "flock"));
}

}  // namespace drydock
