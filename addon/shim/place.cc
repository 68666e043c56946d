#include "shim/place.h"

#include <sys/mount.h>

const char* aside(bool is_file) { return is_file ? "/dev/null" : "/dev"; }

int settle(Child& child, int result, const char* from, int target) {
  if (result == 0 && mount(from, DescriptorPath(target).text, nullptr, MS_MOVE, nullptr) != 0)
    result = refused(child, "mount MS_MOVE");
  if (result != 0) umount2(from, MNT_DETACH);
  return result;
}
