// What a parent asks about its children and about itself: waitpid(2), prlimit(2), prctl(2); and
// pidfd_open(2) and pidfd_send_signal(2), for a process that must be the one that was meant; and
// mallopt(3).
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <string>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

// waitpid(pid, options): {pid, status} with the raw status, or undefined when WNOHANG found nothing
// to report.
Napi::Value wait_for(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int pid = int_of(info[0], "pid");
  int options = int_of(info[1], "options");
  int status = 0;
  pid_t found;
  do {
    found = waitpid(pid, &status, options);
  } while (found < 0 && errno == EINTR);
  checked(env, "waitpid", found);
  if (found == 0) return env.Undefined();
  auto result = Napi::Object::New(env);
  result.Set("pid", found);
  result.Set("status", status);
  return result;
}

Napi::Value limit_value(Napi::Env env, rlim_t limit) {
  return Napi::Number::New(env, limit == RLIM_INFINITY ? INFINITY : static_cast<double>(limit));
}

rlim_t limit_of(const Napi::Value& value, const char* what) {
  if (value.IsNumber() && std::isinf(value.As<Napi::Number>().DoubleValue())) return RLIM_INFINITY;
  return flags_of(value, what);
}

// prlimit(pid, resource, limits?): the limits before the call as {soft, hard}; Infinity stands for
// "no limit".
Napi::Value limit_process(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int pid = int_of(info[0], "pid");
  auto resource = static_cast<__rlimit_resource>(int_of(info[1], "resource"));
  rlimit before{}, wanted{};
  bool change = info[2].IsObject();
  if (change) {
    auto limits = info[2].As<Napi::Object>();
    wanted.rlim_cur = limit_of(limits.Get("soft"), "soft");
    wanted.rlim_max = limit_of(limits.Get("hard"), "hard");
  }
  checked(env, "prlimit", prlimit(pid, resource, change ? &wanted : nullptr, &before));
  auto result = Napi::Object::New(env);
  result.Set("soft", limit_value(env, before.rlim_cur));
  result.Set("hard", limit_value(env, before.rlim_max));
  return result;
}

// pidfdOpen(pid): a descriptor that is readable when the process has ended, and close-on-exec.
Napi::Value open_process(const Napi::CallbackInfo& info) {
  int pid = int_of(info[0], "pid");
  int fd = checked(info.Env(), "pidfd_open", static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  return Napi::Number::New(info.Env(), fd);
}

// pidfdSendSignal(fd, signal): to the process that a pidfd, or a directory /proc/PID, stands for.
void signal_process(const Napi::CallbackInfo& info) {
  int fd = int_of(info[0], "fd");
  int number = int_of(info[1], "signal");
  checked(info.Env(), "pidfd_send_signal",
          static_cast<int>(syscall(SYS_pidfd_send_signal, fd, number, nullptr, 0)));
}

// Orphaned grandchildren then become children of this process instead of PID 1's.
void set_subreaper(const Napi::CallbackInfo& info) {
  unsigned long on = info[0].ToBoolean() ? 1 : 0;
  checked(info.Env(), "prctl", prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0));
}

// A process that is not dumpable cannot be looked into through /proc by one that is less
// privileged.
void set_dumpable(const Napi::CallbackInfo& info) {
  unsigned long on = info[0].ToBoolean() ? 1 : 0;
  checked(info.Env(), "prctl", prctl(PR_SET_DUMPABLE, on, 0, 0, 0));
}

// limitMalloc(arenas, mappedFrom, trimmedFrom): for threads that begin from now on, and all that is
// asked for later. Another C library than glibc has no such thing.
void limit_malloc(const Napi::CallbackInfo& info) {
#ifdef __GLIBC__
  const int options[] = {M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD};
  const char* names[] = {"arenas", "mappedFrom", "trimmedFrom"};
  for (int i = 0; i < 3; i++)
    if (mallopt(options[i], int_of(info[i], names[i])) == 0)
      throw Napi::RangeError::New(info.Env(), std::string("mallopt refuses ") + names[i]);
#endif
}

}  // namespace

void define_process(Napi::Env env, Napi::Object exports) {
  exports.Set("waitpid", Napi::Function::New(env, wait_for, "waitpid"));
  exports.Set("prlimit", Napi::Function::New(env, limit_process, "prlimit"));
  exports.Set("pidfdOpen", Napi::Function::New(env, open_process, "pidfdOpen"));
  exports.Set("pidfdSendSignal", Napi::Function::New(env, signal_process, "pidfdSendSignal"));
  exports.Set("setSubreaper", Napi::Function::New(env, set_subreaper, "setSubreaper"));
  exports.Set("limitMalloc", Napi::Function::New(env, limit_malloc, "limitMalloc"));
  exports.Set("prctlDumpable", Napi::Function::New(env, set_dumpable, "prctlDumpable"));
}

}  // namespace drydock
