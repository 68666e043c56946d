#include "shim/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "common/rooted.h"

const char* last_component(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

int rooted_mkdirs_of_parent(int root, const char* path) {
  size_t length = static_cast<size_t>(last_component(path) - path);
  if (length >= PATH_MAX || path[length] == '\0') {
    errno = length >= PATH_MAX ? ENAMETOOLONG : EINVAL;
    return -1;
  }
  char parent[PATH_MAX];
  memcpy(parent, path, length);
  parent[length] = '\0';
  return length == 0 ? fcntl(root, F_DUPFD_CLOEXEC, 3) : drydock::rooted_mkdirs(root, parent, 0755);
}
