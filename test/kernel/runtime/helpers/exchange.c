// exchange ONE OTHER: lets two names change places as fast as it can, also while one of them is not there yet. Says when
// it has begun; ends when it is killed.
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RENAME_EXCHANGE 2

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  puts("exchanging");
  fflush(stdout);
  for (;;) syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE);
}
