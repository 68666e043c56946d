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

bool is_attended(const char* status, int number) {
  return has_signal(status, "\nSigCgt:", number) || has_signal(status, "\nSigIgn:", number) ||
         has_signal(status, "\nSigBlk:", number);
}

// Where a process sleeps in the kernel. It has no answer, "0", for one that runs or is about to.
bool sleeps(pid_t pid, char* where, size_t size) {
  return read_file(pid, "wchan", where, size) && strcmp(where, "0") != 0;
}

}  // namespace

// While a process waits in sigwaitinfo(2), as tini(1) does, the kernel takes the awaited signals
// out of the mask that SigBlk shows: it looks careless, and only the place where it sleeps tells.
// On its way into that sleep there is no telling, so we look again; one that runs all the time is
// careless.
bool would_be_dropped(pid_t pid, int number) {
  constexpr int kLooks = 50;
  constexpr timespec kPause = {0, 1000000};
  for (int look = 0; look < kLooks; look++) {
    char status[4096], where[128];
    if (!read_file(pid, "status", status, sizeof status)) return false;
    if (!is_namespace_init(pid, status) || is_attended(status, number)) return false;
    if (sleeps(pid, where, sizeof where)) return !strstr(where, "sigtimedwait");
    nanosleep(&kPause, nullptr);
  }
  return true;
}
