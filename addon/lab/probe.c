// drydock-probe: makes system calls by their numbers, and says how the kernel answers.
//
//     drydock-probe WAY:NUMBER[,ARG…] …
//
// Problem: what a filter does shows only in a program that calls the kernel in every way that the
// machine has, also in those that no C library uses any more. So each word of the command line is
// one call, and each line of the output its answer:
//
//     call:250          as this program's own architecture does; from 2^30 on: x32
//     int80:288         as a 32-bit program on x86 does; there the numbers are others
//     call:227,0,time   `time` is the address of a time that nobody can set: its nanoseconds are -1
//
//     call:250 EPERM    or: call:39 ok
//
// Arguments that are not given are zero. Invariant: it makes no call but those, and its output.
//
// syscall(2), seccomp(2).
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS = 6, USAGE = 2 };

static const struct { long long seconds, nanoseconds; } impossible = {0, -1};

// What the kernel returns: a negative errno, or anything else.
static long make(const char* way, long number, const long* a) {
#if defined __x86_64__
  if (strcmp(way, "int80") == 0) {
    long answer;
    __asm__ volatile("int $0x80"
                     : "=a"(answer)
                     : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)answer;
  }
#endif
  if (strcmp(way, "call") != 0) return -ENOSYS;
  long answer = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  return answer == -1 ? -errno : answer;
}

static void ask(char* word) {
  char* save = NULL;
  char* way = strtok_r(word, ":", &save);
  char* number = strtok_r(NULL, ",", &save);
  if (number == NULL) {
    fprintf(stderr, "drydock-probe: '%s' is not WAY:NUMBER[,ARG...]\n", word);
    exit(USAGE);
  }
  long arguments[ARGUMENTS] = {0};
  for (int i = 0; i < ARGUMENTS; i++) {
    const char* text = strtok_r(NULL, ",", &save);
    if (text == NULL) break;
    arguments[i] = strcmp(text, "time") == 0 ? (long)&impossible : strtol(text, NULL, 0);
  }
  long answer = make(way, strtol(number, NULL, 0), arguments);
  int is_errno = answer < 0 && answer > -4096;
  printf("%s:%s %s\n", way, number, is_errno ? strerrorname_np((int)-answer) : "ok");
  fflush(stdout);
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) ask(argv[i]);
  return 0;
}
