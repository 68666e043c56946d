// drydock-puppet: a PID 1 that does nothing by itself.
//
//     drydock-puppet [--] PROG [ARG…]
//
// Problem: a learner writes the duties of PID 1 in TypeScript, but Node is too large to be PID 1 of
// a small container. So the puppet is PID 1, for the kernel, and a program outside pulls its
// strings through descriptor 3, a stream of lines. Numbers of processes are those of the container.
//
//     outside                       puppet
//                       ◀────────   child PID            PROG is started, in its own group
//                       ◀────────   signal N             came in (also SIGCHLD); nothing is done
//       wait            ────────▶   waitpid(-1, …, WNOHANG)
//                       ◀────────   reaped PID STATUS    STATUS as in wait(2)
//                       ◀────────   none                 nobody has ended
//       kill PID SIGNAL ────────▶   kill(PID, SIGNAL)
//                       ◀────────   ok
//                       ◀────────   errno N
//       exit CODE       ────────▶   the end, of the container too
//
// Invariant: answers come in the order of the questions; `signal` may come between any two. When
// the other end closes, the puppet ends with 125, and the container with it: nobody would do the
// duties any more.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRINGS = 3, FAILED = 125 };

static void say(const char* format, ...) {
  char line[64];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(line, sizeof line, format, values);
  va_end(values);
  if (write(STRINGS, line, (size_t)length) != length) _exit(FAILED);
}

static void obey(const char* order) {
  int number, with;
  if (strcmp(order, "wait") == 0) {
    pid_t pid = waitpid(-1, &with, WNOHANG);
    pid > 0 ? say("reaped %d %d\n", pid, with) : say("none\n");
  } else if (sscanf(order, "kill %d %d", &number, &with) == 2) {
    kill(number, with) == 0 ? say("ok\n") : say("errno %d\n", errno);
  } else if (sscanf(order, "exit %d", &number) == 1) {
    _exit(number);
  } else {
    say("errno %d\n", EINVAL);
  }
}

// A read may end in the middle of a line: the rest is kept for the next one.
static void take_orders(void) {
  static char text[256];
  static size_t have;
  ssize_t got = read(STRINGS, text + have, sizeof text - 1 - have);
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) _exit(FAILED);
  have += (size_t)got;
  text[have] = 0;
  char* end;
  while ((end = strchr(text, '\n'))) {
    *end = 0;
    obey(text);
    have -= (size_t)(end + 1 - text);
    memmove(text, end + 1, have + 1);
  }
  if (have == sizeof text - 1) _exit(FAILED);  // no order is that long
}

static void start(char** program) {
  sigset_t none;
  sigemptyset(&none);
  setpgid(0, 0);
  if (isatty(STDIN_FILENO)) tcsetpgrp(STDIN_FILENO, getpgrp());
  sigprocmask(SIG_SETMASK, &none, NULL);
  execvp(program[0], program);
  int code = errno == ENOENT || errno == ENOTDIR ? 127 : 126;
  fprintf(stderr, "drydock-puppet: %s: %s\n", program[0], strerror(errno));
  _exit(code);
}

int main(int argc, char** argv) {
  char** program = argv + 1;
  if (argc > 1 && strcmp(*program, "--") == 0) program++;
  if (!*program || fcntl(STRINGS, F_SETFD, FD_CLOEXEC) != 0) {
    fprintf(stderr, "usage: drydock-puppet [--] PROG [ARG...], with descriptor 3 open\n");
    return FAILED;
  }
  sigset_t all;
  sigfillset(&all);
  signal(SIGCHLD, SIG_DFL);
  sigprocmask(SIG_SETMASK, &all,
              NULL);  // blocked: kept for the signalfd, not dropped as PID 1's are
  int signals = signalfd(-1, &all, SFD_CLOEXEC);
  pid_t child = fork();
  if (child < 0 || signals < 0) return FAILED;
  if (child == 0) start(program);
  say("child %d\n", child);
  for (;;) {
    struct pollfd ready[] = {{signals, POLLIN, 0}, {STRINGS, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0) continue;
    struct signalfd_siginfo info;
    if (ready[0].revents && read(signals, &info, sizeof info) == sizeof info)
      say("signal %u\n", info.ssi_signo);
    if (ready[1].revents) take_orders();
  }
}
