#include "shim/proc_stat.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool read_proc_stat(pid_t pid, ProcStat* stat) {
  char path[32], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  text[got > 0 ? got : 0] = 0;
  // "PID (name) S PPID …": the name may contain anything, also parentheses.
  const char* after_name = strrchr(text, ')');
  return after_name && sscanf(after_name + 1, " %c %d", &stat->state, &stat->parent) == 2;
}
