// Datagrams through a relay: each client has a session, a socket of its own to the container, by
// which an answer finds its way back. There is no end to hear of, so a session ends when nothing
// has passed it for a while, or when it is the oldest and its place is needed.
//
// A client takes an answer only from the address that it has asked, and [::] is all of them:
// the address comes with each datagram (ipv6(7), IPV6_RECVPKTINFO) and goes with the answer.
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

class RelayDatagrams {
 public:
  // A descriptor each.
  static constexpr uint32_t kMost = 256;

  void begin(int epoll, int idle_ms);
  // Makes a bound socket tell to which address a datagram came. False with errno.
  static bool listen(int socket);
  // A listener has something for the container.
  void take(int listener, const sockaddr_in& to);
  // The container has an answer.
  void serve(uint32_t session);
  // How long until somebody may have to go; -1: there is nobody.
  int patience() const { return count_ ? idle_ms_ / 4 + 1 : -1; }
  void end_idle();

 private:
  // All zeros: nobody. Descriptor 0 is /dev/null.
  struct Session {
    int socket, listener;
    uint32_t wanted;
    int64_t last;
    sockaddr_in6 client;
    in6_addr asked;
  };

  Session* find(int listener, const sockaddr_in6& client, const in6_addr& asked);
  Session* make(int listener, const sockaddr_in6& client, const in6_addr& asked,
                const sockaddr_in& to);
  Session& place();
  void answer(const Session& session, size_t length);
  void end(Session& session);

  int epoll_ = 0, idle_ms_ = 0;
  uint32_t count_ = 0;
  Session sessions_[kMost] = {};
};
