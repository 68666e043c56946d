// A startContainer hook: a program of the container's own, run to its end by the process that is
// about to become the container's program (OCI config.md, "POSIX-platform Hooks").
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/clock.h"
#include "shim/descriptors.h"
#include "shim/steps.h"

namespace {

constexpr int kPollMs = 10;  // where the kernel has no pidfd to wait at

bool put(int to, const char* bytes, size_t length) {
  return write(to, bytes, length) == static_cast<ssize_t>(length);
}

// The state, with the number by which the container knows the process. A pipe takes 64 KiB without
// a reader.
int state_pipe(Child& child, const Step& step) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return refused(child, "pipe2");
  char number[16];
  snprintf(number, sizeof number, "%d", getpid());
  const Arg &before = step.args[4], &after = step.args[5];
  bool whole = put(ends[1], before.text, before.length) && put(ends[1], number, strlen(number)) &&
               put(ends[1], after.text, after.length);
  int result = whole ? ends[0] : refused(child, "write");
  close(ends[1]);
  if (!whole) close(ends[0]);
  return result;
}

[[noreturn]] void be_hook(const Step& step, int state) {
  dup2(state, STDIN_FILENO);
  fcntl(STDIN_FILENO, F_SETFL, 0);
  Keep none;
  close_all_but(none);
  execve(step.args[0].text, step.args[1].list, step.args[2].list);
  _exit(errno == ENOENT ? 127 : 126);
}

// Waits for the end, at most `seconds` long; 0: for ever.
int finish(Child& child, pid_t hook, int64_t seconds) {
  int64_t deadline = now_ms() + seconds * 1000;
  int status;
  pid_t ended;
  while ((ended = waitpid(hook, &status, seconds ? WNOHANG : 0)) == 0 ||
         (ended < 0 && errno == EINTR)) {
    if (ended == 0 && now_ms() >= deadline) {
      kill(hook, SIGKILL);
      waitpid(hook, nullptr, 0);
      errno = ETIMEDOUT;
      return refused(child, "hook");
    }
    if (ended == 0) poll(nullptr, 0, kPollMs);
  }
  if (ended < 0) return refused(child, "waitpid");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
  static char how[40];
  snprintf(how, sizeof how, WIFEXITED(status) ? "hook ended with %d" : "hook ended by signal %d",
           WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  errno = ECANCELED;
  return refused(child, how);
}

}  // namespace

// run_hook(path, argv, env, timeout in seconds or 0, the state before the pid, and after it)
int step_run_hook(Child& child, const Step& step) {
  int state = state_pipe(child, step);
  if (state < 0) return state;
  pid_t hook = fork();
  if (hook == 0) be_hook(step, state);
  close(state);
  return hook < 0 ? refused(child, "fork") : finish(child, hook, step.args[3].number);
}
