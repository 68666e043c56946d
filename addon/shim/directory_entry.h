// getdents64(2) by hand: readdir(3) allocates, which the child must not.
#pragma once

#include <stdint.h>

struct DirectoryEntry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};
