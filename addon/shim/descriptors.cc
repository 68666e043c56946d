#include "shim/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/directory_entry.h"

namespace {

bool close_range_or_not(unsigned first, unsigned last) {
  return first > last || syscall(SYS_close_range, first, last, 0) == 0;
}

bool in_range(int descriptor, unsigned first, unsigned last) {
  return descriptor >= 0 && static_cast<unsigned>(descriptor) >= first &&
         static_cast<unsigned>(descriptor) <= last;
}

// Closing while reading the directory makes the kernel skip entries, so it is read again until
// nothing is left.
void close_by_listing(unsigned first, unsigned last) {
  int listing = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (listing < 0) {
    rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    for (unsigned i = first; i <= last && i < limit.rlim_max; i++) close(static_cast<int>(i));
    return;
  }
  alignas(DirectoryEntry) char entries[4096];
  for (bool closed = true; closed;) {
    closed = false;
    lseek(listing, 0, SEEK_SET);
    long got;
    while ((got = syscall(SYS_getdents64, listing, entries, sizeof entries)) > 0) {
      for (long at = 0; at < got;) {
        auto* entry = reinterpret_cast<DirectoryEntry*>(entries + at);
        at += entry->length;
        if (entry->name[0] < '0' || entry->name[0] > '9') continue;
        int descriptor = atoi(entry->name);
        if (descriptor == listing || !in_range(descriptor, first, last)) continue;
        close(descriptor);
        closed = true;
      }
    }
  }
  close(listing);
}

void close_from_to(unsigned first, unsigned last) {
  if (!close_range_or_not(first, last)) close_by_listing(first, last);
}

}  // namespace

bool is_kind(int descriptor, mode_t kind) {
  struct stat about;
  return fstat(descriptor, &about) == 0 && (about.st_mode & S_IFMT) == kind;
}

void Keep::add(int descriptor) {
  if (descriptor < 3) return;
  if (count == kMost) abort();  // decode has counted; to close one that is needed would be worse
  int at = count;
  for (; at > 0 && numbers[at - 1] >= descriptor; at--)
    if (numbers[at - 1] == descriptor) return;
  for (int i = count; i > at; i--) numbers[i] = numbers[i - 1];
  numbers[at] = descriptor;
  count++;
}

void close_all_but(Keep& keep) {
  unsigned from = 3;
  for (int i = 0; i < keep.count; i++) {
    unsigned kept = static_cast<unsigned>(keep.numbers[i]);
    if (kept > from) close_from_to(from, kept - 1);
    fcntl(keep.numbers[i], F_SETFD, FD_CLOEXEC);
    from = kept + 1;
  }
  close_from_to(from, ~0U);
}
