// See values.h.
#include "binding/values.h"

#include <unistd.h>

#include <cmath>
#include <cstring>

namespace drydock {

Napi::Error refusal(Napi::Env env, const char* call, int error) {
  Napi::Error failure = Napi::Error::New(env, std::string(call) + ": " + strerror(error));
  failure.Set("code", Napi::String::New(env, "SYSCALL"));
  failure.Set("syscall", Napi::String::New(env, call));
  failure.Set("errno", Napi::Number::New(env, error));
  return failure;
}

void refuse(Napi::Env env, const char* call, int error) { throw refusal(env, call, error); }

std::string bytes_of(const Napi::Value& value, const char* what) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  if (value.IsTypedArray()) {
    auto array = value.As<Napi::TypedArray>();
    auto* start = static_cast<const char*>(array.ArrayBuffer().Data()) + array.ByteOffset();
    return array.ByteLength() == 0 ? std::string() : std::string(start, array.ByteLength());
  }
  throw Napi::TypeError::New(value.Env(), std::string(what) + " must be a string or a Buffer");
}

std::string c_string_of(const Napi::Value& value, const char* what) {
  std::string bytes = bytes_of(value, what);
  if (bytes.find('\0') != std::string::npos) {
    throw Napi::TypeError::New(value.Env(), std::string(what) + " must not contain a NUL byte");
  }
  return bytes;
}

int int_of(const Napi::Value& value, const char* what) {
  if (value.IsNumber()) {
    double number = value.As<Napi::Number>().DoubleValue();
    if (number == std::floor(number) && number >= INT32_MIN && number <= INT32_MAX) {
      return static_cast<int>(number);
    }
  }
  throw Napi::TypeError::New(value.Env(), std::string(what) + " must be a 32-bit integer");
}

uint64_t flags_of(const Napi::Value& value, const char* what) {
  constexpr double kLargestExact = 9007199254740991.0;
  if (value.IsNumber()) {
    double number = value.As<Napi::Number>().DoubleValue();
    // JavaScript's `|` is signed: 1 << 31 arrives as a negative number and means the bit.
    if (number < 0 && number >= INT32_MIN)
      return static_cast<uint32_t>(static_cast<int32_t>(number));
    if (number == std::floor(number) && number >= 0 && number <= kLargestExact) {
      return static_cast<uint64_t>(number);
    }
  }
  throw Napi::TypeError::New(value.Env(), std::string(what) + " must be a non-negative integer");
}

std::vector<std::string> strings_of(const Napi::Value& value, const char* what) {
  if (!value.IsArray())
    throw Napi::TypeError::New(value.Env(), std::string(what) + " must be an array");
  auto array = value.As<Napi::Array>();
  std::vector<std::string> strings;
  strings.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); i++) {
    Napi::HandleScope scope(value.Env());
    strings.push_back(c_string_of(array.Get(i), what));
  }
  return strings;
}

Napi::Buffer<uint8_t> buffer_of(Napi::Env env, const std::string& bytes) {
  return Napi::Buffer<uint8_t>::Copy(env, reinterpret_cast<const uint8_t*>(bytes.data()),
                                     bytes.size());
}

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) close(fd_);
}

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.take();
  }
  return *this;
}

}  // namespace drydock
