// drydock-init: PID 1 of a container that is started with --init.
//
//     drydock-init [--] PROG [ARG…]
//
// Problem: most programs are not made to be PID 1. The kernel gives every orphan of the container
// to PID 1, which has to wait for it, or it stays a zombie for ever; and it drops signals for which
// PID 1 has no handler, so that Ctrl-C and `stop` do nothing. This program does both duties, and
// PROG is an ordinary process, PID 2.
//
// Invariant: every child that ends is waited for; every signal reaches PROG; our exit code is
// PROG's, 128+n when signal n ended it, 126 when it cannot be executed, 127 when it is not there.
// With us, everything else in the container ends.
//
// pid_namespaces(7), wait(2), sigwaitinfo(2), credentials(7) for sessions and groups.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// The life of PID 1: waits for signals, all of which are blocked, and returns the exit code once
// `child` has ended.
static int reap_and_forward(pid_t child, const sigset_t* all) {
  for (;;) {
    // Blocked signals are kept until we ask: none can slip in between the question and the waiting.
    int number = sigwaitinfo(all, NULL);

    if (number > 0 && number != SIGCHLD) {
      // To the whole group, as a terminal would: a shell does not pass on to what it runs.
      if (kill(-child, number) != 0) kill(child, number);
      continue;
    }

    // One SIGCHLD may stand for many children: the kernel keeps only one of each signal. So all
    // that have ended are taken, the orphans that we never started too; WNOHANG ends the round when
    // the others are still alive.
    int status, code = -1;
    pid_t ended;
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended == child) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    // Only after the round, so that nothing of it is left unreaped.
    if (code >= 0) return code;
  }
}

// In the child. A group of its own, and the terminal's foreground, so that Ctrl-C reaches PROG and
// not us. Taking the foreground would stop us with SIGTTOU, were it not still blocked.
static void start(char** program) {
  setpgid(0, 0);
  if (isatty(STDIN_FILENO)) tcsetpgrp(STDIN_FILENO, getpgrp());
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execvp(program[0], program);
  int code = errno == ENOENT || errno == ENOTDIR ? 127 : 126;
  fprintf(stderr, "drydock-init: %s: %s\n", program[0], strerror(errno));
  _exit(code);
}

int main(int argc, char** argv) {
  char** program = argv + 1;
  if (argc > 1 && strcmp(*program, "--") == 0) program++;
  if (!*program) {
    fprintf(stderr, "usage: drydock-init [--] PROG [ARG...]\n");
    return 125;
  }

  // They are blocked already when the runtime starts us, so that none is lost until here; PROG has
  // none blocked. All but those that are our own mistakes: a blocked SIGSEGV would only make it
  // worse.
  sigset_t all;
  sigfillset(&all);
  const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP, SIGABRT};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&all, faults[i]);
  signal(SIGCHLD, SIG_DFL);  // while it is ignored, children vanish with their exit code
  sigprocmask(SIG_SETMASK, &all, NULL);

  pid_t child = fork();
  if (child < 0) {
    fprintf(stderr, "drydock-init: fork: %s\n", strerror(errno));
    return 125;
  }
  if (child == 0) start(program);
  setpgid(child, child);  // here as well: a signal may come before the child has run at all
  return reap_and_forward(child, &all);
}
