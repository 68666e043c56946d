#include "shim/relay_streams.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/relay_watch.h"

namespace {

// A machine that is gone without a word is noticed after two minutes or so (tcp(7)).
constexpr int kQuietSeconds = 60, kBetweenSeconds = 15, kProbes = 4;

void set(int socket, int level, int name, int value) {
  setsockopt(socket, level, name, &value, sizeof value);
}

void tune(int socket) {
  // Both sides have chosen their pieces; we wait for no more.
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, kQuietSeconds);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, kBetweenSeconds);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
}

// Its close is a reset from now on (socket(7), SO_LINGER).
void will_reset(int socket) {
  linger at_once = {1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool has_died(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error;
}

}  // namespace

bool RelayStreams::take(int listener, const sockaddr_in& to) {
  int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
  int container = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (container < 0) {
    will_reset(client);
    close(client);
    return false;
  }
  tune(client);
  tune(container);
  Stream* stream = make(client, container);
  int called = connect(container, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  if (called != 0 && errno != EINPROGRESS)
    cut(*stream);
  else
    want(*stream);
  return true;
}

RelayStreams::Stream* RelayStreams::make(int client, int container) {
  Stream* stream = streams_;
  while (stream->ends[kClient].socket) stream++;  // has_room
  stream->ends[kClient].socket = client;
  stream->ends[kContainer].socket = container;
  count_++;
  return stream;
}

void RelayStreams::serve(uint32_t number) {
  Stream& stream = streams_[number / 2];
  End& end = stream.ends[number % 2];
  End& other = stream.ends[1 - number % 2];
  // It may have ended in the same round of events, and another may have its place: to look at one
  // at which nothing has happened does no harm.
  if (!end.socket) return;
  if (!stream.is_answered && (number % 2 == kClient || !answered(stream))) return;
  if (end.wanted == EPOLLERR && has_died(end.socket)) return cut(stream);
  // What it is to be told first: that makes room for what the other one says.
  if (!tell_rest(end) || !carry(end, other)) return cut(stream);
  tell_end(end, other);
  tell_end(other, end);
  if (end.is_told_all && other.is_told_all) return this->end(stream);
  want(stream);
}

void RelayStreams::leave() {
  for (const Stream& stream : streams_)
    for (const End& end : stream.ends)
      if (end.socket && !end.is_told_all) will_reset(end.socket);
}

bool RelayStreams::answered(Stream& stream) {
  bool is_answered = !has_died(stream.ends[kContainer].socket);
  if (!is_answered) cut(stream);
  stream.is_answered = is_answered;
  return is_answered;
}

// One piece: nobody keeps us from the others.
bool RelayStreams::carry(End& from, End& to) {
  if (from.has_said_all || to.rest) return true;
  ssize_t got = recv(from.socket, piece, kMostRest, 0);
  if (got < 0) return would_block();
  from.has_said_all = got == 0;
  return got == 0 || tell(to, piece, static_cast<size_t>(got));
}

bool RelayStreams::tell(End& to, const char* bytes, size_t length) {
  ssize_t sent = send(to.socket, bytes, length, MSG_NOSIGNAL);
  if (sent < 0 && !would_block()) return false;
  size_t done = sent < 0 ? 0 : static_cast<size_t>(sent);
  if (done == length) return true;
  to.rest = static_cast<char*>(malloc(length - done));
  if (!to.rest) return false;
  memcpy(to.rest, bytes + done, length - done);
  to.done = 0;
  to.length = length - done;
  return true;
}

bool RelayStreams::tell_rest(End& to) {
  if (!to.rest) return true;
  ssize_t sent = send(to.socket, to.rest + to.done, to.length - to.done, MSG_NOSIGNAL);
  if (sent < 0) return would_block();
  to.done += static_cast<size_t>(sent);
  if (to.done < to.length) return true;
  free(to.rest);
  to.rest = nullptr;
  return true;
}

void RelayStreams::tell_end(const End& from, End& to) {
  if (!from.has_said_all || to.rest || to.is_told_all) return;
  shutdown(to.socket, SHUT_WR);
  to.is_told_all = true;
}

void RelayStreams::want(Stream& stream) {
  auto number = static_cast<uint32_t>(&stream - streams_) * 2;
  for (uint32_t side : {kClient, kContainer}) {
    End& end = stream.ends[side];
    const End& other = stream.ends[1 - side];
    bool is_heard = stream.is_answered && !end.has_said_all && !other.rest;
    bool is_told = stream.is_answered ? end.rest != nullptr : side == kContainer;
    uint32_t events = (is_heard ? EPOLLIN : 0U) | (is_told ? EPOLLOUT : 0U);
    // One that we neither hear nor tell may die all the same; epoll_ctl(2) reports that unasked.
    if (!events && stream.is_answered && !end.is_told_all) events = EPOLLERR;
    watch(epoll_, end.socket, &end.wanted, events, tag(Whose::stream, number + side));
  }
}

void RelayStreams::end(Stream& stream) {
  for (End& end : stream.ends) {
    close(end.socket);
    free(end.rest);
  }
  stream = {};
  count_--;
}

void RelayStreams::cut(Stream& stream) {
  for (const End& end : stream.ends) will_reset(end.socket);
  end(stream);
}
