// The steps that talk: drawn in conversation.h.
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/conversation.h"
#include "shim/steps.h"

int step_sync(Child& child, const Step& step) {
  if (!say(child.conversation, message(Say::sync, 0, 0, step.args[0].text))) _exit(125);
  await_go_on(child.conversation);
  return 0;
}

// send_fd(socket or null for the conversation, descriptor, name). On a console socket runtimes
// expect the name as bytes and the descriptor beside it (runc, docs/terminals.md).
int step_send_fd(Child& child, const Step& step) {
  int descriptor = child.fd(step.args[1]);
  const char* name = step.args[2].text;
  if (step.args[0].kind == 'f')
    return send_with(child.fd(step.args[0]), name, strlen(name), descriptor) ? 0 : -errno;
  return say(child.conversation, message(Say::fd, 0, 0, name), descriptor) ? 0 : -errno;
}

// await_go(fifo, start-error file): from here on the container belongs to whoever reaps it, once
// the parent has saved that there is one: before that nobody but the parent knows of us. The fifo
// is open for reading and writing, so that a starter that opens it and dies without writing does
// not look like an end of file.
int step_await_go(Child& child, const Step& step) {
  prctl(PR_SET_PDEATHSIG, 0);
  child.dies_with_parent = false;
  prctl(PR_SET_NAME, "drydock:created");
  if (!say(child.conversation, message(Say::created, 0, 0, nullptr))) _exit(125);
  await_go_on(child.conversation);
  close(child.conversation);
  child.conversation = -1;
  child.start_error = take(child, step.args[1]);
  int fifo = child.go = take(child, step.args[0]);
  char go;
  for (;;) {
    pollfd ready = {fifo, POLLIN, 0};
    if (poll(&ready, 1, -1) < 0 && errno != EINTR) return refused(child, "poll");
    ssize_t got = read(fifo, &go, 1);
    if (got == 1) return 0;
    if (got < 0 && errno != EAGAIN && errno != EINTR) return refused(child, "read");
  }
}
