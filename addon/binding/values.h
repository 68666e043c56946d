// JS values to plain C++ ones and back, and the one way in which a call of the kernel is reported
// as failed.
//
// Invariant: what leaves this binding as an exception is either a TypeError (the caller passed
// nonsense) or an Error with `code: 'SYSCALL'`, a positive `errno` and the name of the call;
// src/linux/calls.ts turns the latter into a sentence for people. Paths and names are bytes: a
// Buffer goes through untouched, a string as UTF-8.
#pragma once

#include <napi.h>

#include <cerrno>
#include <string>
#include <vector>

namespace drydock {

// The Error described above.
Napi::Error refusal(Napi::Env env, const char* call, int error);

// Throws it. Never returns.
[[noreturn]] void refuse(Napi::Env env, const char* call, int error);

// The bytes of a string, a Buffer or another byte array, which may hold NULs.
std::string bytes_of(const Napi::Value& value, const char* what);

// The same for what becomes a C string: a NUL inside it is a TypeError, not a path that ends early.
std::string c_string_of(const Napi::Value& value, const char* what);

// An integer in the range of a descriptor, a flag word or a pid.
int int_of(const Napi::Value& value, const char* what);
uint64_t flags_of(const Napi::Value& value, const char* what);

std::vector<std::string> strings_of(const Napi::Value& value, const char* what);

Napi::Buffer<uint8_t> buffer_of(Napi::Env env, const std::string& bytes);

// For calls that answer -1 and errno.
template <typename Result>
Result checked(Napi::Env env, const char* call, Result result) {
  if (result < 0) refuse(env, call, errno);
  return result;
}

// A descriptor that is closed when nobody took it.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  ~OwnedFd();
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.take()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  int get() const { return fd_; }
  int take() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

}  // namespace drydock
