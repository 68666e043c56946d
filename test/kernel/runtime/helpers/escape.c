// escape FILE: the oldest way out of a chroot (chroot(2), NOTES): a second one below the working directory, and `..` has
// no end any more. Says whether FILE can be seen from the top.
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  mkdir("/tmp/below", 0755);
  if (chroot("/tmp/below") != 0) return 3;
  for (int i = 0; i < 64; i++)
    if (chdir("..") != 0) return 4;
  if (chroot(".") != 0) return 5;
  puts(access(argv[1], F_OK) == 0 ? "outside" : "inside");
  return 0;
}
