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

const char* oom_text(int kills) {
  if (kills < 0) return "";
  return kills > 0 ? ",\"oomKilled\":true" : ",\"oomKilled\":false";
}

}  // namespace

EndingText::EndingText(const Ending& ending) {
  char when[40];
  now_text(when, sizeof when);
  length = static_cast<size_t>(
      snprintf(bytes, sizeof bytes, "{\"status\":%d,\"signal\":%d%s,\"finished\":\"%s\"}\n",
               ending.status, ending.signal_number, oom_text(ending.oom_kills), when));
}

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

void write_ending(const char* verb, int directory, const char* name, const EndingText& text) {
  if (directory < 0) return;
  char beside[96];
  snprintf(beside, sizeof beside, "%s.tmp", name);
  int file = openat(directory, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0 && errno == ENOENT) return;
  if (file < 0) return complain(verb, "openat", beside);
  bool whole = write(file, text.bytes, text.length) == static_cast<ssize_t>(text.length);
  if (!whole) complain(verb, "write", beside);
  if (fsync(file) != 0) complain(verb, "fsync", beside);
  close(file);
  if (whole && renameat(directory, beside, directory, name) != 0 && errno != ENOENT)
    complain(verb, "renameat", name);
}
