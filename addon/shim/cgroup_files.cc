#include "shim/cgroup_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace {

int open_in(const char* directory, const char* name, int flags) {
  char path[PATH_MAX + 64];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return open(path, flags | O_CLOEXEC);
}

}  // namespace

bool write_cgroup(const char* directory, const char* name, const char* value) {
  int file = open_in(directory, name, O_WRONLY);
  if (file < 0) return false;
  bool written = write(file, value, strlen(value)) >= 0;
  int error = errno;
  close(file);
  errno = error;
  return written;
}

bool write_cgroup_number(const char* directory, const char* name, uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(value));
  return write_cgroup(directory, name, text);
}

bool read_cgroup(const char* directory, const char* name, char* text, size_t size) {
  int file = open_in(directory, name, O_RDONLY);
  if (file < 0) return false;
  ssize_t got = read(file, text, size - 1);
  close(file);
  text[got > 0 ? got : 0] = 0;
  return got >= 0;
}

uint64_t cgroup_count(const char* directory, const char* name, const char* key) {
  char text[4096];
  if (!read_cgroup(directory, name, text, sizeof text)) return 0;
  size_t length = strlen(key);
  for (const char* line = text; line; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, key, length) == 0 && line[length] == ' ')
      return strtoull(line + length, nullptr, 10);
  }
  return 0;
}

// By recursion, which is as deep as a container has nested its cgroups; a path that no longer fits
// is left.
bool remove_cgroup_tree(const char* directory) {
  DIR* listing = opendir(directory);
  if (!listing) return errno == ENOENT;
  while (dirent* entry = readdir(listing)) {
    char path[PATH_MAX];
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    if (snprintf(path, sizeof path, "%s/%s", directory, entry->d_name) < PATH_MAX)
      remove_cgroup_tree(path);
  }
  closedir(listing);
  return rmdir(directory) == 0 || errno == ENOENT;
}
