// Starts the helper out of Node with exactly the descriptors that were asked for.
//
// fork(2) would copy the page tables of Node (18 ms at 360 MB). posix_spawn(3) of glibc is
// clone(CLONE_VM | CLONE_VFORK): its cost does not depend on how large Node has grown, and a failed
// exec comes back as errno.
//
// Invariant: the child has the descriptors that `fds` names, /dev/null for each of 0, 1 and 2 that
// it does not name, and nothing else (CVE-2024-21626 was a descriptor too many).
#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <unordered_set>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

struct Request {
  std::string exec;
  std::vector<std::string> argv;
  std::vector<std::string> env;
  std::vector<std::pair<int, int>> fds;
  std::string cwd;
  bool session = false;
  int network = -1;
};

Request request_of(const Napi::Value& value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "spawn takes one object");
  auto object = value.As<Napi::Object>();
  Request request;
  request.exec = c_string_of(object.Get("exec"), "exec");
  request.argv = strings_of(object.Get("argv"), "argv");
  request.env = strings_of(object.Get("env"), "env");
  Napi::Value fds = object.Get("fds");
  if (!fds.IsArray()) throw Napi::TypeError::New(value.Env(), "fds must be an array of [from, to]");
  auto pairs = fds.As<Napi::Array>();
  std::unordered_set<int> targets;
  for (uint32_t i = 0; i < pairs.Length(); i++) {
    Napi::Value entry = pairs.Get(i);
    if (!entry.IsArray())
      throw Napi::TypeError::New(value.Env(), "fds must be an array of [from, to]");
    auto pair = entry.As<Napi::Array>();
    int to = int_of(pair.Get(1u), "fds[][1]");
    if (!targets.insert(to).second)
      throw Napi::TypeError::New(value.Env(), "fds names a target twice");
    request.fds.emplace_back(int_of(pair.Get(0u), "fds[][0]"), to);
  }
  if (!object.Get("cwd").IsUndefined()) request.cwd = c_string_of(object.Get("cwd"), "cwd");
  request.session = object.Get("session").ToBoolean();
  if (!object.Get("network").IsUndefined())
    request.network = int_of(object.Get("network"), "network");
  return request;
}

// Node marks what it opens itself; what it inherited, or what another addon opened, may be
// unmarked.
void mark_all_close_on_exec() {
  if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Before Linux 5.11: one by one.
  DIR* open_ones = opendir("/proc/self/fd");
  if (!open_ones) return;
  while (dirent* entry = readdir(open_ones)) {
    int fd = atoi(entry->d_name);
    if (fd >= 3) fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  closedir(open_ones);
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (auto& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Owns the two opaque objects of posix_spawn.
struct Instructions {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  Instructions() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~Instructions() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

// Node ignores SIGPIPE and may block signals; an ignored signal would stay ignored in the container
// for ever.
int reset_signals(posix_spawnattr_t* attributes, bool session) {
  sigset_t all, none;
  // Not sigfillset, which leaves out the two signals that glibc uses itself (32, 33): posix_spawn
  // then ignores them, and the container would inherit that.
  memset(&all, 0xff, sizeof all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(attributes, &all);
  posix_spawnattr_setsigmask(attributes, &none);
  int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  if (session) flags |= POSIX_SPAWN_SETSID;
  return posix_spawnattr_setflags(attributes, static_cast<short>(flags));
}

int above_targets(const Request& request) {
  int floor = 64;
  for (auto& pair : request.fds) floor = std::max(floor, pair.second + 1);
  return floor;
}

// A source whose number an earlier target takes is moved above all targets first: then
// [[3, 4], [4, 3]] is no puzzle. Others stay where they are, for there may be thousands. The
// numbers below 3 are /dev/null before all targets.
std::vector<OwnedFd> move_out_of_the_way(Napi::Env env, Request& request) {
  std::vector<OwnedFd> moved;
  std::unordered_set<int> taken = {0, 1, 2};
  int floor = above_targets(request);
  for (auto& pair : request.fds) {
    // dup2 onto itself leaves it close-on-exec, before glibc 2.29.
    bool is_in_the_way = taken.count(pair.first) > 0 || pair.first == pair.second;
    taken.insert(pair.second);
    if (!is_in_the_way) continue;
    moved.emplace_back(checked(env, "fcntl", fcntl(pair.first, F_DUPFD_CLOEXEC, floor)));
    pair.first = moved.back().get();
  }
  return moved;
}

// The same for a program that is a descriptor of ours: its path is resolved in the child, where a
// target may have taken its number.
OwnedFd move_program(Napi::Env env, Request& request) {
  int fd, end = 0;
  if (sscanf(request.exec.c_str(), "/proc/self/fd/%d%n", &fd, &end) != 1 || request.exec[end])
    return OwnedFd();
  OwnedFd program(checked(env, "fcntl", fcntl(fd, F_DUPFD_CLOEXEC, above_targets(request))));
  request.exec = "/proc/self/fd/" + std::to_string(program.get());
  return program;
}

int add_descriptors(posix_spawn_file_actions_t* actions, const Request& request) {
  int error = 0;
  for (int fd = 0; fd <= 2 && !error; fd++) {
    bool named = std::any_of(request.fds.begin(), request.fds.end(),
                             [fd](auto& pair) { return pair.second == fd; });
    if (!named) error = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
  }
  for (auto& pair : request.fds) {
    if (!error) error = posix_spawn_file_actions_adddup2(actions, pair.first, pair.second);
  }
  return error;
}

struct Born {
  pid_t pid = -1;
  const char* call = "posix_spawn";
  int error = 0;
};

Born give_birth(Request& request, const Instructions& instructions) {
  Born born;
  born.error =
      posix_spawn(&born.pid, request.exec.c_str(), &instructions.actions, &instructions.attributes,
                  pointers_to(request.argv).data(), pointers_to(request.env).data());
  return born;
}

// A child is born where the thread is that asks for it. As in sockets.cc, that is a thread of its
// own, which has no way back to find.
Born give_birth_elsewhere(Request& request, const Instructions& instructions) {
  Born born;
  std::thread visitor([&] {
    if (setns(request.network, CLONE_NEWNET) == 0)
      born = give_birth(request, instructions);
    else
      born = {-1, "setns", errno};
  });
  visitor.join();
  return born;
}

// spawn({exec, argv, env, fds, cwd?, session?, network?}): pid. The child is the caller's to reap,
// with waitpid.
Napi::Value spawn(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Request request = request_of(info[0]);
  std::vector<OwnedFd> moved = move_out_of_the_way(env, request);
  OwnedFd program = move_program(env, request);
  Instructions instructions;
  int error = add_descriptors(&instructions.actions, request);
  if (!error && !request.cwd.empty()) {
    error = posix_spawn_file_actions_addchdir_np(&instructions.actions, request.cwd.c_str());
  }
  if (!error) error = reset_signals(&instructions.attributes, request.session);
  if (error) refuse(env, "posix_spawn", error);
  mark_all_close_on_exec();
  Born born = request.network < 0 ? give_birth(request, instructions)
                                  : give_birth_elsewhere(request, instructions);
  if (born.error) refuse(env, born.call, born.error);
  return Napi::Number::New(env, born.pid);
}

}  // namespace

void define_spawn(Napi::Env env, Napi::Object exports) {
  exports.Set("spawn", Napi::Function::New(env, spawn, "spawn"));
}

}  // namespace drydock
