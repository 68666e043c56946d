// Stopping (SIGTSTP) for a process that has taken the signal from its queue to tidy up first.
#pragma once

#include <signal.h>

// Stops, and returns when continued. With the signal itself and its default action, because the
// kernel then keeps its rule that nobody is stopped whom nobody could continue (an orphaned process
// group, setpgid(2)).
inline void stop_as_asked() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  raise(SIGTSTP);
  sigprocmask(SIG_UNBLOCK, &stop, nullptr);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
}
