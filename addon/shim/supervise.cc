#include "shim/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/clock.h"
#include "shim/conversation.h"
#include "shim/descriptors.h"
#include "shim/leftovers.h"
#include "shim/owned.h"
#include "shim/refusal.h"
#include "shim/signal_fate.h"
#include "shim/stop.h"
#include "shim/terminal_relay.h"

namespace {

constexpr const char* kVerb = "supervise";
constexpr int kConversation = 3, kConsole = 5, kState = 6;

// How long a container may take to say goodbye after its terminal has gone away.
constexpr int kGraceMs = 1000;
// After the end: how long we go on reading when somebody else still holds the container's side of
// the terminal.
constexpr int kQuietMs = 100;

struct Supervisor {
  pid_t parent = 0, container = 0;
  int signals = -1, state = -1;
  int killed_for = 0;      // the signal that a person sent and the kernel would have dropped
  bool ended = false;      // the container is reaped
  bool abandoned = false;  // nobody waits for the rest of the output
  int64_t kill_at = 0;     // in CLOCK_MONOTONIC milliseconds; 0: never
  int exit_code = kOwnFailure;
  TerminalRelay terminal;
};

sigset_t our_signals(bool with_terminal) {
  sigset_t set;
  sigemptyset(&set);
  for (int number :
       {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGPIPE})
    sigaddset(&set, number);
  // Without a terminal stopping us is all there is to do, and the default does it.
  if (with_terminal) sigaddset(&set, SIGTSTP);
  return set;
}

// Before anything is started, so that nothing can be missed.
void prepare(Supervisor& self) {
  prctl(PR_SET_NAME, "drydock:shim");
  self.parent = getppid();
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) refuse(kVerb, "prctl", "PR_SET_CHILD_SUBREAPER");
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) refuse(kVerb, "prctl", "PR_SET_PDEATHSIG");
  if (hung_up(kConversation)) _exit(kOwnFailure);
  if (is_kind(kConsole, S_IFSOCK)) self.terminal.expect_master(kConsole);
  if (is_kind(kState, S_IFDIR)) self.state = kState;
  signal(SIGCHLD, SIG_DFL);  // inherited as ignored, it would take the exit code from us
  sigset_t set = our_signals(self.terminal.is_used());
  sigprocmask(SIG_BLOCK, &set, nullptr);
  self.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (self.signals < 0) refuse(kVerb, "signalfd", nullptr);
}

// Until the outer half has told the number there is nothing to supervise: if Node dies meanwhile,
// the conversation hangs up, the outer half ends, and the pipe with it.
void start_container(Supervisor& self) {
  Keep keep;
  for (int descriptor : {self.signals, self.state, self.terminal.is_used() ? kConsole : -1})
    keep.add(descriptor);
  self.container = start_owned(kVerb, keep, nullptr, nullptr);
  if (self.container < 0) _exit(kOwnFailure);
}

void on_end(Supervisor& self, const siginfo_t& end) {
  int signal_number = end.si_code == CLD_EXITED ? 0
                      : self.killed_for         ? self.killed_for
                                                : end.si_status;
  self.exit_code = signal_number ? 128 + signal_number : end.si_status;
  write_ending(kVerb, self.state, "exit", EndingText({self.exit_code, signal_number, -1}));
  waitpid(self.container, nullptr, 0);
  self.ended = true;
  end_leftovers();
  self.terminal.end();
}

// WNOWAIT shows who has ended and leaves the zombie: the exit file comes before the reaping.
void reap(Supervisor& self) {
  for (;;) {
    siginfo_t end = {};
    if (waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) != 0 || end.si_pid == 0) return;
    if (end.si_pid == self.container)
      on_end(self, end);
    else
      waitpid(end.si_pid, nullptr, 0);
  }
}

void kill_container(Supervisor& self) {
  if (!self.ended) kill(self.container, SIGKILL);
}

void forward(Supervisor& self, const signalfd_siginfo& info) {
  int number = static_cast<int>(info.ssi_signo);
  bool is_request = number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
  if (self.ended) {
    // What remains is output that nobody takes: asked to end, we end.
    if (is_request) self.abandoned = true;
    return;
  }
  if (is_request && would_be_dropped(self.container, number)) {
    self.killed_for = number;
    return kill_container(self);
  }
  // A key on a terminal that the container shares with us has reached it already.
  if (info.ssi_code == SI_KERNEL && getpgid(self.container) == getpgrp()) return;
  kill(self.container, number);
}

// Somebody stopped us from outside; Ctrl-Z is a byte while the terminal is raw.
void stop(Supervisor& self) {
  self.terminal.restore();
  stop_as_asked();
  self.terminal.make_raw();
  self.terminal.copy_size();
}

void on_signal(Supervisor& self, const signalfd_siginfo& info) {
  switch (info.ssi_signo) {
    case SIGCHLD:
      return reap(self);
    case SIGPIPE:
      return;
    case SIGTSTP:
      return stop(self);
    case SIGWINCH:
      if (self.terminal.is_used()) return self.terminal.copy_size();
      return forward(self, info);
    default:
      return forward(self, info);
  }
}

bool is_over(const Supervisor& self) {
  if (!self.ended) return false;
  return self.abandoned || self.terminal.is_gone() || !self.terminal.is_used() ||
         self.terminal.is_drained();
}

int patience(const Supervisor& self) {
  if (self.ended) return self.terminal.is_idle() ? kQuietMs : -1;
  if (!self.kill_at) return -1;
  int64_t left = self.kill_at - now_ms();
  return left > 0 ? static_cast<int>(left) : 0;
}

void check_company(Supervisor& self) {
  if (getppid() != self.parent) {
    self.abandoned = true;
    kill_container(self);
  }
  if (self.terminal.is_gone() && !self.kill_at && !self.ended) {
    kill(self.container, SIGHUP);
    self.kill_at = now_ms() + kGraceMs;
  }
  if (self.kill_at && now_ms() >= self.kill_at) kill_container(self);
}

void tend(Supervisor& self) {
  pollfd polled[1 + TerminalRelay::kPolled];
  while (!is_over(self)) {
    polled[0] = {self.signals, POLLIN, 0};
    self.terminal.wish(polled + 1);
    int ready = poll(polled, 1 + TerminalRelay::kPolled, patience(self));
    if (ready < 0 && errno != EINTR) return complain(kVerb, "poll", nullptr);
    if (ready == 0 && self.ended) return;
    if (ready > 0) self.terminal.serve(polled + 1);
    signalfd_siginfo info;
    while (read(self.signals, &info, sizeof info) == sizeof info) on_signal(self, info);
    check_company(self);
  }
}

}  // namespace

int supervise(int, char**) {
  static Supervisor self;
  prepare(self);
  start_container(self);
  tend(self);
  self.terminal.restore();
  return self.exit_code;
}
