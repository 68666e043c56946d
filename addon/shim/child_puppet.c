// drydock-child-puppet: drydock-shim with another child.c, a child that does nothing by itself.
//
// Problem: a learner writes the child's life in TypeScript, but between clone and execve there is
// no room for Node (book/00-process.md). So this child goes through it, for the kernel, and a
// program outside pulls its strings through standard input, a SOCK_SEQPACKET: one order a message,
// one number back.
//
//     outside                    child
//       born          ────────▶   be_born                 0
//       await         ────────▶   await_parent            0
//       count         ────────▶   step_count
//       run STEP      ────────▶   run_step                nothing comes back from an execve
//       tolerates STEP ERRNO ─▶   tolerates               0 or 1
//       keep STEP RESULT ─────▶   keep_result             0
//       fail STEP ERRNO ──────▶   tell_failure            0
//       return CODE   ────────▶   the end
//
// Invariant: when the other end closes, the child is gone, with 125.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/child_calls.h"

enum { FAILED = 125 };

// The program gets /dev/null for the strings, which are closed by its execve.
static int away_from_stdin(int strings) {
  int moved = fcntl(strings, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (moved < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0) _exit(FAILED);
  return moved;
}

static int obey(struct Child* child, const char* word, int step, int value) {
  if (strcmp(word, "born") == 0) return be_born(child), 0;
  if (strcmp(word, "await") == 0) return await_parent(child), 0;
  if (strcmp(word, "count") == 0) return step_count(child);
  if (step < 0 || step >= step_count(child)) _exit(FAILED);
  if (strcmp(word, "run") == 0) return run_step(child, step);
  if (strcmp(word, "tolerates") == 0) return tolerates(child, step, value);
  if (strcmp(word, "keep") == 0) return keep_result(child, step, value), 0;
  if (strcmp(word, "fail") == 0) return tell_failure(child, step, value), 0;
  _exit(FAILED);
}

int become_program(struct Child* child) {
  int strings = STDIN_FILENO;
  for (;;) {
    char order[64] = {0}, word[16], answer[16];
    int step = 0, value = 0;
    if (recv(strings, order, sizeof order - 1, 0) <= 0) _exit(FAILED);
    sscanf(order, "%15s %d %d", word, &step, &value);
    if (strcmp(word, "return") == 0) return step;
    bool is_last = strcmp(word, "run") == 0 && step == step_count(child) - 1;
    // Not before: the step ahead of the execve closes everything but 0, 1 and 2.
    if (is_last && strings == STDIN_FILENO) strings = away_from_stdin(strings);
    int length = snprintf(answer, sizeof answer, "%d\n", obey(child, word, step, value));
    if (send(strings, answer, (size_t)length, MSG_NOSIGNAL) != length) _exit(FAILED);
  }
}
