// One process that is ours: how it is started by a plan, and how its end is written down. Both
// owners of containers, supervise (in the foreground) and vessel (in the background), begin and end
// alike.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "shim/descriptors.h"

// Starts the outer half and closes everything but `keep`. The pid of the container, once it is
// cloned; -1 when it was never born: the outer half has said in the conversation what was wrong.
// `in_child` is called in the outer half first.
pid_t start_owned(const char* verb, Keep& keep, void (*in_child)(void*), void* context);

struct Ending {
  int status;         // as a shell has it: the exit code, or 128 + signal
  int signal_number;  // 0: it has exited by itself
  int oom_kills;      // of its cgroup, as far as is known; -1: not known
};

// The end in words, JSON with the time of now: the same for whoever reads the file and for whoever
// is told.
struct EndingText {
  char bytes[160];
  size_t length;
  explicit EndingText(const Ending& ending);
};

// Writes `name` in the directory: beside, synced and renamed, so that a reader finds the whole
// truth or no file. A directory that has gone meanwhile is no failure: nobody will ask.
void write_ending(const char* verb, int directory, const char* name, const EndingText& text);
