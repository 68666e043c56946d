#include "shim/mount_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace {

// Blank, tab, newline and backslash are written as \040, \011, \012 and \134.
void unescape(char* text) {
  char* to = text;
  for (const char* from = text; *from;) {
    bool escaped = from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] && from[3];
    if (escaped) {
      *to++ = static_cast<char>((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
      from += 4;
    } else {
      *to++ = *from++;
    }
  }
  *to = 0;
}

// "36 35 98:0 /root /point rw,noatime shared:1 - ext4 /dev/root rw,errors=continue"
bool parse(const char* line, MountedAt* mount) {
  const char* rest = strstr(line, " - ");
  static_assert(PATH_MAX == 4096, "the width of the fields below");
  if (!rest || sscanf(line, "%*d %*d %*s %4095s %4095s %255s", mount->root, mount->point,
                      mount->options) != 3)
    return false;
  mount->super[0] = 0;
  if (sscanf(rest, " - %63s %*s %1023s", mount->type, mount->super) < 1) return false;
  unescape(mount->root);
  unescape(mount->point);
  return true;
}

}  // namespace

bool each_mount(void (*visit)(const MountedAt&, void*), void* context) {
  FILE* table = fopen("/proc/self/mountinfo", "re");
  if (!table) return false;
  static MountedAt mount;
  char* line = nullptr;
  size_t size = 0;
  while (getline(&line, &size, table) > 0)
    if (parse(line, &mount)) visit(mount, context);
  free(line);
  fclose(table);
  return true;
}

bool has_option(const char* list, const char* option) {
  size_t length = strlen(option);
  for (const char* at = list; at; at = strchr(at, ',')) {
    if (*at == ',') at++;
    if (strncmp(at, option, length) == 0 && (at[length] == ',' || at[length] == 0)) return true;
  }
  return false;
}

bool is_below(const char* path, const char* directory) {
  size_t length = strlen(directory);
  if (length == 1) return true;  // "/"
  return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0);
}
