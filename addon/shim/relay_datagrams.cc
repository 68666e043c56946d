#include "shim/relay_datagrams.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/clock.h"
#include "shim/relay_watch.h"

namespace {

// As many at once; then others have their turn.
constexpr int kAtOnce = 32;

union Control {
  char bytes[CMSG_SPACE(sizeof(in6_pktinfo))];
  cmsghdr header;
};

in6_addr asked_address(msghdr& header) {
  in6_pktinfo info = {};
  cmsghdr* found = CMSG_FIRSTHDR(&header);
  if (found && found->cmsg_level == IPPROTO_IPV6 && found->cmsg_type == IPV6_PKTINFO)
    memcpy(&info, CMSG_DATA(found), sizeof info);
  return info.ipi6_addr;
}

}  // namespace

void RelayDatagrams::begin(int epoll, int idle_ms) {
  epoll_ = epoll;
  idle_ms_ = idle_ms;
}

bool RelayDatagrams::listen(int socket) {
  int on = 1;
  return setsockopt(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
}

void RelayDatagrams::take(int listener, const sockaddr_in& to) {
  for (int i = 0; i < kAtOnce; i++) {
    sockaddr_in6 client = {};
    iovec body = {piece, kPiece};
    Control control;
    msghdr header = {&client, sizeof client, &body, 1, &control, sizeof control, 0};
    ssize_t got = recvmsg(listener, &header, 0);
    if (got < 0) return;
    in6_addr asked = asked_address(header);
    Session* session = find(listener, client, asked);
    if (!session) session = make(listener, client, asked, to);
    if (!session) continue;  // lost, as on any network
    session->last = now_ms();
    auto length = static_cast<size_t>(got);
    // The first call only tells that the container has refused the one before (udp(7)).
    if (send(session->socket, piece, length, 0) < 0 && errno == ECONNREFUSED)
      send(session->socket, piece, length, 0);
  }
}

void RelayDatagrams::serve(uint32_t number) {
  Session& session = sessions_[number];
  for (int i = 0; session.socket && i < kAtOnce; i++) {
    ssize_t got = recv(session.socket, piece, kPiece, 0);
    if (got < 0) return;
    session.last = now_ms();
    answer(session, static_cast<size_t>(got));
  }
}

void RelayDatagrams::answer(const Session& session, size_t length) {
  Control control = {};
  iovec body = {piece, length};
  msghdr header = {const_cast<sockaddr_in6*>(&session.client),
                   sizeof session.client,
                   &body,
                   1,
                   &control,
                   sizeof control,
                   0};
  control.header.cmsg_level = IPPROTO_IPV6;
  control.header.cmsg_type = IPV6_PKTINFO;
  control.header.cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
  in6_pktinfo from = {session.asked, 0};
  memcpy(CMSG_DATA(&control.header), &from, sizeof from);
  sendmsg(session.listener, &header, 0);
}

RelayDatagrams::Session* RelayDatagrams::find(int listener, const sockaddr_in6& client,
                                              const in6_addr& asked) {
  for (Session& session : sessions_)
    if (session.socket && session.listener == listener &&
        memcmp(&session.client, &client, sizeof client) == 0 &&
        memcmp(&session.asked, &asked, sizeof asked) == 0)
      return &session;
  return nullptr;
}

RelayDatagrams::Session* RelayDatagrams::make(int listener, const sockaddr_in6& client,
                                              const in6_addr& asked, const sockaddr_in& to) {
  Session& session = place();
  int container = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (container < 0) return nullptr;
  if (connect(container, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    close(container);
    return nullptr;
  }
  session = {container, listener, 0, now_ms(), client, asked};
  count_++;
  auto number = static_cast<uint32_t>(&session - sessions_);
  watch(epoll_, container, &session.wanted, EPOLLIN, tag(Whose::session, number));
  return &session;
}

// A free one, made of the oldest where there is none.
RelayDatagrams::Session& RelayDatagrams::place() {
  Session* oldest = sessions_;
  for (Session& session : sessions_) {
    if (!session.socket) return session;
    if (session.last < oldest->last) oldest = &session;
  }
  end(*oldest);
  return *oldest;
}

void RelayDatagrams::end_idle() {
  if (!count_) return;
  int64_t now = now_ms();
  for (Session& session : sessions_)
    if (session.socket && now - session.last >= idle_ms_) end(session);
}

void RelayDatagrams::end(Session& session) {
  close(session.socket);
  session = {};
  count_--;
}
