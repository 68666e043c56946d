#include "shim/clock.h"

#include <stdio.h>
#include <time.h>

int64_t now_ms() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void now_text(char* text, size_t size) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts;
  gmtime_r(&now.tv_sec, &parts);
  size_t length = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(text + length, size - length, ".%09ldZ", now.tv_nsec);
}
