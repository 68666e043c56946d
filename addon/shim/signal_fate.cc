#include "shim/signal_fate.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace {

bool read_file(pid_t pid, const char* name, char* text, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t got = read(file, text, size - 1);
  close(file);
  text[got > 0 ? got : 0] = 0;
  return got > 0;
}

bool has_signal(const char* status, const char* line, int number) {
  const char* found = strstr(status, line);
  return found && (strtoull(found + strlen(line), nullptr, 16) >> (number - 1) & 1);
}

bool same_pid_namespace(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
  struct stat ours, theirs;
  return stat("/proc/self/ns/pid", &ours) != 0 || stat(path, &theirs) != 0 ||
         (ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev);
}

// NSpid (Linux 4.1) has one number for each namespace, the innermost last. Before it, whatever is
// in another namespace is taken for its PID 1: for a program that is not, the kill is what the
// signal would have done anyway.
bool is_namespace_init(pid_t pid, const char* status) {
  if (same_pid_namespace(pid)) return false;
  const char* line = strstr(status, "\nNSpid:");
  if (!line) return true;
  const char* end = strchr(line + 1, '\n');
  return end && end[-1] == '1' && end[-2] == '\t';
}

// While a process waits in sigwaitinfo(2), the kernel takes the awaited signals out of the mask
// that SigBlk shows: it looks as if they were neither blocked nor caught. tini(1) waits like this.
bool waits_for_signals(pid_t pid) {
  char where[128];
  return read_file(pid, "wchan", where, sizeof where) && strstr(where, "sigtimedwait");
}

bool is_attended(pid_t pid, const char* status, int number) {
  return has_signal(status, "\nSigCgt:", number) || has_signal(status, "\nSigIgn:", number) ||
         has_signal(status, "\nSigBlk:", number) || waits_for_signals(pid);
}

}  // namespace

bool would_be_dropped(pid_t pid, int number) {
  // An init that is just entering or leaving sigwaitinfo is running and looks careless: while it
  // runs, what we see is no proof. One that runs for ever is careless after twenty looks.
  for (int look = 0; look < 20; look++) {
    char status[4096];
    if (!read_file(pid, "status", status, sizeof status)) return false;
    if (!is_namespace_init(pid, status) || is_attended(pid, status, number)) return false;
    if (!strstr(status, "\nState:\tR") && look > 0) return true;
    timespec pause = {0, 1000000};
    nanosleep(&pause, nullptr);
  }
  return true;
}
