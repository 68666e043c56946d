// The one thing about networks that must be done from inside: netdevice(7).
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/steps.h"

int step_link_up(Child& child, const Step& step) {
  ifreq request = {};
  strncpy(request.ifr_name, step.args[0].text, IFNAMSIZ - 1);
  int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return refused(child, "socket");
  int result = 0;
  if (ioctl(any, SIOCGIFFLAGS, &request) != 0) {
    result = refused(child, "ioctl(SIOCGIFFLAGS)");
  } else {
    request.ifr_flags |= IFF_UP;
    if (ioctl(any, SIOCSIFFLAGS, &request) != 0) result = refused(child, "ioctl(SIOCSIFFLAGS)");
  }
  close(any);
  return result;
}
