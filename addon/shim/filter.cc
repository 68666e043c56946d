#include "shim/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "shim/refusal.h"

namespace {

constexpr const char* kVerb = "filter";
constexpr const char* kUsage = "FILE -- CMD [ARG…]";

// BPF_MAXINSNS is what the kernel takes; one more shows that the file is too long.
sock_filter instructions[BPF_MAXINSNS + 1];

uint16_t read_instructions(const char* path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) refuse(kVerb, "open", path);
  size_t have = 0;
  ssize_t got;
  while ((got = read(file, reinterpret_cast<char*>(instructions) + have,
                     sizeof instructions - have)) > 0)
    have += static_cast<size_t>(got);
  if (got < 0) refuse(kVerb, "read", path);
  close(file);
  if (have == 0 || have % sizeof(sock_filter) != 0 || have == sizeof instructions)
    misused(kVerb, "FILE must hold 1 to 4096 instructions of 8 bytes", kUsage);
  return static_cast<uint16_t>(have / sizeof(sock_filter));
}

}  // namespace

int filter(int argc, char** argv) {
  if (argc < 5 || strcmp(argv[3], "--") != 0)
    misused(kVerb, "FILE, --, and a command are needed", kUsage);
  sock_fprog program = {read_instructions(argv[2]), instructions};
  bool loaded = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  if (!loaded && errno == EACCES) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse(kVerb, "prctl", "PR_SET_NO_NEW_PRIVS");
    loaded = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }
  if (!loaded) refuse(kVerb, "prctl", "PR_SET_SECCOMP");
  execute(kVerb, argv + 4);
}
