#include "shim/relay_watch.h"

#include <errno.h>
#include <sys/epoll.h>

char piece[kPiece];

void watch(int epoll, int descriptor, uint32_t* wanted, uint32_t events, uint64_t tag) {
  if (*wanted == events) return;
  int change = !events ? EPOLL_CTL_DEL : *wanted ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  epoll_event event = {};
  event.events = events;
  event.data.u64 = tag;
  if (epoll_ctl(epoll, change, descriptor, &event) == 0) *wanted = events;
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }
