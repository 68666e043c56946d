// /proc/PID/stat, as far as we need it (proc_pid_stat(5)).
#pragma once

#include <sys/types.h>

struct ProcStat {
  char state;  // R, S, D, T, Z …
  pid_t parent;
};

// False when there is no such process.
bool read_proc_stat(pid_t pid, ProcStat* stat);
