#include "shim/leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shim/proc_stat.h"

namespace {

constexpr int kRounds = 200, kRoundMs = 10;

void kill_children() {
  DIR* processes = opendir("/proc");
  if (!processes) return;
  while (dirent* entry = readdir(processes)) {
    pid_t pid = atoi(entry->d_name);
    ProcStat stat;
    if (pid > 0 && read_proc_stat(pid, &stat) && stat.parent == getpid()) kill(pid, SIGKILL);
  }
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
