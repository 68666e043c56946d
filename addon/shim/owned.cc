#include "shim/owned.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/clock.h"
#include "shim/refusal.h"
#include "shim/spawn.h"

namespace {

constexpr int kConversation = 3, kPlan = 4;

int describe(const Ending& ending, char* text, size_t size) {
  char when[40];
  now_text(when, sizeof when);
  int length =
      snprintf(text, size, "{\"status\":%d,\"signal\":%d", ending.status, ending.signal_number);
  if (ending.oom_kills >= 0)
    length += snprintf(text + length, size - static_cast<size_t>(length), ",\"oomKilled\":%s",
                       ending.oom_kills > 0 ? "true" : "false");
  return length + snprintf(text + length, size - static_cast<size_t>(length),
                           ",\"finished\":\"%s\"}\n", when);
}

}  // namespace

pid_t start_owned(const char* verb, Keep& keep, void (*in_child)(void*), void* context) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) refuse(verb, "pipe2", nullptr);
  pid_t pid = fork();
  if (pid < 0) refuse(verb, "fork", nullptr);
  if (pid == 0) {
    close(report[0]);
    if (in_child) in_child(context);
    outer(kConversation, kPlan, report[1]);
  }
  keep.add(report[0]);
  close_all_but(keep);
  int32_t number = 0;
  ssize_t got;
  do {
    got = read(report[0], &number, sizeof number);
  } while (got < 0 && errno == EINTR);
  close(report[0]);
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return got == sizeof number ? number : -1;
}

void write_ending(const char* verb, int directory, const char* name, const Ending& ending) {
  if (directory < 0) return;
  char text[160], beside[96];
  int length = describe(ending, text, sizeof text);
  snprintf(beside, sizeof beside, "%s.tmp", name);
  int file = openat(directory, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0 && errno == ENOENT) return;
  if (file < 0) return complain(verb, "openat", beside);
  bool whole = write(file, text, static_cast<size_t>(length)) == length;
  if (!whole) complain(verb, "write", beside);
  if (fsync(file) != 0) complain(verb, "fsync", beside);
  close(file);
  if (whole && renameat(directory, beside, directory, name) != 0 && errno != ENOENT)
    complain(verb, "renameat", name);
}
