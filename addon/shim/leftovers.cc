#include "shim/leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr int kRounds = 200, kRoundMs = 10;

bool is_child(const char* number, pid_t parent) {
  char path[300], stat[512];
  snprintf(path, sizeof path, "/proc/%s/stat", number);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t got = read(file, stat, sizeof stat - 1);
  close(file);
  stat[got > 0 ? got : 0] = 0;
  // "PID (name) S PPID": the name may contain anything, also parentheses.
  const char* after_name = strrchr(stat, ')');
  return after_name && strlen(after_name) > 4 && atoi(after_name + 4) == parent;
}

void kill_children() {
  DIR* processes = opendir("/proc");
  if (!processes) return;
  pid_t self = getpid();
  while (dirent* entry = readdir(processes))
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && is_child(entry->d_name, self))
      kill(atoi(entry->d_name), SIGKILL);
  closedir(processes);
}

}  // namespace

void end_leftovers() {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  // In rounds: the children of a process that we kill become ours only then.
  for (int round = 0; round < kRounds; round++) {
    pid_t reaped;
    do {
      reaped = waitpid(-1, nullptr, WNOHANG);
    } while (reaped > 0);
    if (reaped < 0 && errno == ECHILD) return;
    kill_children();
    timespec pause = {0, kRoundMs * 1000000L};
    sigtimedwait(&child, nullptr, &pause);
  }
}
