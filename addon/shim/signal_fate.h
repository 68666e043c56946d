// Would this signal reach that process at all?
//
// The kernel protects PID 1 of a PID namespace: a signal that it has no handler for is dropped
// without a word, because its default action would end the whole namespace (pid_namespaces(7), "The
// namespace init process"). A person who presses Ctrl-C wants exactly that end. So the supervisor
// looks first, and kills where the kernel would drop.
#pragma once

#include <sys/types.h>

// True when `number`, sent from outside, would be dropped: the process is PID 1 of a PID namespace
// of its own, and neither catches nor ignores nor blocks the signal, nor waits for it in
// sigwaitinfo(2).
bool would_be_dropped(pid_t pid, int number);
