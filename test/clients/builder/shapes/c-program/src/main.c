#include <stdio.h>
#include <string.h>

#include "count.h"

static int next(void *from) { return getc(from); }

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--version") == 0) return printf("count %s\n", VERSION) < 0;
  struct counts all = count(next, stdin);
  return printf("%lu lines, %lu words\n", all.lines, all.words) < 0;
}
