#include "shim/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/refusal.h"
#include "shim/sandbox_inside.h"
#include "shim/stop.h"

namespace {

constexpr const char* kVerb = "sandbox";
constexpr const char* kUsage =
    "[--writable DIR]... [--readable DIR]... [--memory BYTES] [--pids N] [--seconds N] -- CMD "
    "[ARG...]";
constexpr int kTimeUp = 124;

uint64_t number_of(const char* text, const char* option, uint64_t largest) {
  char* end;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  if (text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0 && number > 0 &&
      number <= largest)
    return number;
  char why[128];
  snprintf(why, sizeof why, "%s needs a whole number above 0, not '%.40s'", option, text);
  misused(kVerb, why, kUsage);
}

// Made before anything is read-only, and resolved, so that a symbolic link cannot lead elsewhere
// later. What is missing is made level by level.
void add_folder(Folders& folders, const char* path, bool is_writable) {
  if (folders.count == kMaxFolders) misused(kVerb, "too many folders", kUsage);
  if (path[0] != '/') misused(kVerb, "a folder is named by its absolute path", kUsage);
  char part[PATH_MAX];
  for (const char* at = path; is_writable && *at;) {
    at += 1 + strcspn(at + 1, "/");
    snprintf(part, sizeof part, "%.*s", static_cast<int>(at - path), path);
    if (mkdir(part, 0755) != 0 && errno != EEXIST) refuse(kVerb, "mkdir", part);
  }
  const char* resolved = realpath(path, nullptr);
  if (!resolved) refuse(kVerb, "realpath", path);
  if (strcmp(resolved, "/") == 0) misused(kVerb, "/ itself cannot be a window", kUsage);
  folders.each[folders.count++] = {resolved, is_writable, -1};
}

// Parents before children: a folder bound later would cover one that lies in it.
void sort_folders(Folders& folders) {
  qsort(folders.each, static_cast<size_t>(folders.count), sizeof(Folder),
        [](const void* left, const void* right) {
          return strcmp(static_cast<const Folder*>(left)->path,
                        static_cast<const Folder*>(right)->path);
        });
}

void read_options(int argc, char** argv, Dock& dock) {
  static constexpr option kOptions[] = {
      {"writable", required_argument, nullptr, 'w'}, {"readable", required_argument, nullptr, 'r'},
      {"memory", required_argument, nullptr, 'm'},   {"pids", required_argument, nullptr, 'p'},
      {"seconds", required_argument, nullptr, 's'},  {nullptr, 0, nullptr, 0}};
  optind = 2;
  opterr = 0;
  int letter;
  while ((letter = getopt_long(argc, argv, "+", kOptions, nullptr)) != -1) {
    switch (letter) {
      case 'w':
        add_folder(dock.folders, optarg, true);
        break;
      case 'r':
        add_folder(dock.folders, optarg, false);
        break;
      case 'm':
        dock.limits.memory = number_of(optarg, "--memory", INT64_MAX);
        break;
      case 'p':
        dock.limits.pids = number_of(optarg, "--pids", 1 << 22);
        break;
      case 's':
        dock.limits.seconds = static_cast<unsigned>(number_of(optarg, "--seconds", INT_MAX));
        break;
      default:
        misused(kVerb, "an option that does not exist, or one without its value", kUsage);
    }
  }
  if (optind >= argc) misused(kVerb, "a command is needed", kUsage);
  sort_folders(dock.folders);
  dock.command = argv + optind;
}

// The terminal as we found it. A command that is killed in raw mode, or after an interactive shell
// has made its own group the foreground, leaves a terminal that nobody can use.
struct Terminal {
  bool is_ours = false;
  termios modes = {};
  pid_t foreground = 0;

  void save() {
    foreground = tcgetpgrp(STDIN_FILENO);
    is_ours = foreground == getpgrp() && tcgetattr(STDIN_FILENO, &modes) == 0;
  }
  void restore() const {
    if (!is_ours) return;
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, foreground);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
  }
};

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number :
       {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT})
    sigaddset(&set, number);
  return set;
}

timespec deadline_after(unsigned seconds) {
  timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += seconds;
  return end;
}

timespec time_left(const timespec& end) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  timespec left = {end.tv_sec - now.tv_sec, end.tv_nsec - now.tv_nsec};
  if (left.tv_nsec < 0) {
    left.tv_sec--;
    left.tv_nsec += 1000000000;
  }
  return left.tv_sec < 0 ? timespec{0, 0} : left;
}

void on_signal(pid_t inside, const siginfo_t& info) {
  // Keys reach the whole foreground group, and so the command, without us; a hang-up only the
  // leader of the session.
  bool from_a_key = info.si_code == SI_KERNEL && info.si_signo != SIGHUP;
  if (info.si_signo != SIGCHLD && !from_a_key) kill(inside, info.si_signo);
  // Stopping is catching: our caller's shell looks at us, not at the command.
  if (info.si_signo == SIGTSTP) stop_as_asked();
}

// Waits for the end of the dock, or ends it. Returns the exit code.
int watch(pid_t inside, const Limits& limits, const sigset_t& signals) {
  timespec end = deadline_after(limits.seconds);
  bool time_up = false;
  int status;
  while (waitpid(inside, &status, WNOHANG) == 0) {
    timespec left = time_left(end);
    siginfo_t info;
    int number = sigtimedwait(&signals, &info, limits.seconds && !time_up ? &left : nullptr);
    if (number > 0) on_signal(inside, info);
    if (number > 0 || errno != EAGAIN) continue;
    time_up = true;
    kill(inside, SIGKILL);
  }
  if (time_up) {
    dprintf(STDERR_FILENO, "drydock-shim: sandbox: the time limit of %u s ended it\n",
            limits.seconds);
    return kTimeUp;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t start_inside(Dock& dock) {
  constexpr unsigned long kFlags =
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD;
  int alive[2];
  if (pipe2(alive, O_CLOEXEC) != 0) return -1;
  pid_t pid = static_cast<pid_t>(syscall(SYS_clone, kFlags, 0, 0, 0, 0));
  if (pid == 0) {
    close(alive[1]);
    be_inside(dock, alive[0]);
  }
  // The write end stays open for as long as we live.
  close(alive[0]);
  return pid;
}

}  // namespace

int sandbox(int argc, char** argv) {
  static Dock dock;
  prctl(PR_SET_NAME, "drydock:sandbox");
  if (geteuid() != 0) misused(kVerb, "only root can build a dock", kUsage);
  read_options(argc, argv, dock);
  signal(SIGCHLD, SIG_DFL);  // inherited as ignored, it would take the exit code from us
  sigset_t signals = watched_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  Terminal terminal;
  terminal.save();
  make_dock_cgroups(dock.cgroups, dock.limits);

  pid_t inside = start_inside(dock);
  if (inside < 0) {
    complain(kVerb, "clone", "a mount, pid, net, ipc and uts namespace");
    remove_dock_cgroups(dock.cgroups);
    return kOwnFailure;
  }
  int code = watch(inside, dock.limits, signals);
  terminal.restore();
  if (memory_limit_struck(dock.cgroups))
    dprintf(STDERR_FILENO,
            "drydock-shim: sandbox: the memory limit of %llu bytes ended a process in it\n",
            static_cast<unsigned long long>(dock.limits.memory));
  remove_dock_cgroups(dock.cgroups);
  return code;
}
