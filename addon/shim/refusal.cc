#include "shim/refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void complain(const char* verb, const char* call, const char* what) {
  const char* why = strerror(errno);
  // dprintf: one write, so that two processes on one terminal do not mix their sentences.
  dprintf(STDERR_FILENO, "drydock-shim: %s: %s%s%s: %s\n", verb, call, what ? " " : "",
          what ? what : "", why);
}

void refuse(const char* verb, const char* call, const char* what) {
  complain(verb, call, what);
  _exit(kOwnFailure);
}

void misused(const char* verb, const char* why, const char* usage) {
  dprintf(STDERR_FILENO, "drydock-shim: %s: %s\nusage: drydock-shim %s %s\n", verb, why, verb,
          usage);
  _exit(kOwnFailure);
}

void execute(const char* verb, char** command) {
  execvp(command[0], command);
  int code = errno == ENOENT || errno == ENOTDIR ? kNotFound : kNotExecutable;
  complain(verb, "execve", command[0]);
  _exit(code);
}
