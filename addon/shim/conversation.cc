#include "shim/conversation.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

Message message(Say kind, int32_t step, int32_t value, const char* name) {
  Message made = {kind, step, value, 0, {}};
  if (name) strncpy(made.name, name, sizeof made.name - 1);
  return made;
}

bool send_with(int socket, const void* bytes, size_t length, int descriptor) {
  iovec body = {const_cast<void*>(bytes), length};
  msghdr header = {};
  header.msg_iov = &body;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &descriptor, sizeof(int));
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(length);
}

bool say(int conversation, const Message& what, int descriptor) {
  return send_with(conversation, &what, sizeof what, descriptor);
}

void await_go_on(int conversation) {
  char answer;
  ssize_t got;
  do {
    got = recv(conversation, &answer, 1, 0);
  } while (got < 0 && errno == EINTR);
  if (got != 1) _exit(125);
}

bool hung_up(int conversation) {
  pollfd end = {conversation, POLLIN, 0};
  return poll(&end, 1, 0) > 0 && (end.revents & (POLLHUP | POLLERR));
}

int receive_descriptor(int socket, bool* ended) {
  char name[64];
  iovec body = {name, sizeof name};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr header = {};
  header.msg_iov = &body;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  bool may_come = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  *ended = got <= 0 && !may_come;
  if (got <= 0) return -1;
  int descriptor = -1;
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS)
    memcpy(&descriptor, CMSG_DATA(rights), sizeof descriptor);
  return descriptor;
}
