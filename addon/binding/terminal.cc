// The size of a terminal, as the kernel keeps it for both ends of a pty. Setting it on the master
// sends SIGWINCH to the foreground process group of the slave. ioctl_tty(2).
#include <sys/ioctl.h>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

// getWinsize(fd): {rows, cols}
Napi::Value get_window_size(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  winsize size{};
  checked(env, "ioctl", ioctl(int_of(info[0], "fd"), TIOCGWINSZ, &size));
  auto result = Napi::Object::New(env);
  result.Set("rows", Napi::Number::New(env, size.ws_row));
  result.Set("cols", Napi::Number::New(env, size.ws_col));
  return result;
}

uint16_t cells_at(const Napi::Value& size, const char* name) {
  int cells = size.IsObject() ? int_of(size.As<Napi::Object>().Get(name), name) : -1;
  if (cells >= 0 && cells <= UINT16_MAX) return static_cast<uint16_t>(cells);
  throw Napi::TypeError::New(size.Env(), std::string(name) + " must be between 0 and 65535");
}

// setWinsize(fd, {rows, cols})
void set_window_size(const Napi::CallbackInfo& info) {
  winsize size{};
  size.ws_row = cells_at(info[1], "rows");
  size.ws_col = cells_at(info[1], "cols");
  checked(info.Env(), "ioctl", ioctl(int_of(info[0], "fd"), TIOCSWINSZ, &size));
}

}  // namespace

void define_terminal(Napi::Env env, Napi::Object exports) {
  exports.Set("getWinsize", Napi::Function::New(env, get_window_size, "getWinsize"));
  exports.Set("setWinsize", Napi::Function::New(env, set_window_size, "setWinsize"));
}

}  // namespace drydock
