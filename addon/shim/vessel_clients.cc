#include "shim/vessel_clients.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

// The path goes through a descriptor: the directory's own may be longer than the 107 bytes of a
// socket's address.
bool VesselClients::listen_at(int directory, const char* name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, name);
  int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_fd < 0) return false;
  mode_t before = umask(0177);
  int bound = bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  umask(before);
  if (bound != 0 || listen(socket_fd, kMost) != 0) {
    close(socket_fd);
    return false;
  }
  listener_ = socket_fd;
  return true;
}

void VesselClients::wish(pollfd* polled, const Orders& orders) const {
  int free_places = 0;
  for (int i = 0; i < kMost; i++) {
    const Client& client = clients_[i];
    if (client.socket < 0) free_places++;
    bool is_input = client.header_length == kFrameHeader && client.header[0] == 0;
    bool may_read = client.ending || !is_input || orders.can_take_input();
    short events = static_cast<short>((may_read ? POLLIN : 0) | (client.used ? POLLOUT : 0));
    polled[1 + i] = {client.socket, events, 0};
  }
  polled[0] = {free_places ? listener_ : -1, POLLIN, 0};
}

void VesselClients::serve(const pollfd* polled, Orders& orders) {
  if (polled[0].revents) accept_one();
  for (int i = 0; i < kMost; i++) {
    Client& client = clients_[i];
    if (client.socket < 0 || polled[1 + i].fd != client.socket) continue;
    short events = polled[1 + i].revents;
    if (events & POLLOUT) flush(client);
    if (client.socket >= 0 && (events & POLLIN))
      client.ending ? discard_from(client) : read_from(client, orders);
    if (client.socket >= 0 && (events & (POLLHUP | POLLERR)) && !(events & POLLIN)) drop(client);
  }
}

void VesselClients::accept_one() {
  int socket_fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket_fd < 0) return;
  for (Client& client : clients_) {
    if (client.socket >= 0) continue;
    client.output = client.errors = client.patient = client.ending = false;
    client.lost = 0;
    client.head = client.used = client.header_length = client.body_length = 0;
    client.left = 0;
    client.socket = socket_fd;
    return;
  }
  close(socket_fd);
}

bool VesselClients::read_header(Client& client) {
  ssize_t got = recv(client.socket, client.header + client.header_length,
                     kFrameHeader - client.header_length, 0);
  if (got < 0 && would_block()) return false;
  if (got <= 0) {
    drop(client);
    return false;
  }
  client.header_length += static_cast<size_t>(got);
  if (client.header_length < kFrameHeader) return false;
  client.left = length_in(client.header);
  client.body_length = 0;
  bool is_input = client.header[0] == static_cast<char>(Frame::input);
  if (!is_input && client.left > sizeof client.body) {
    drop(client);  // nothing that we know is so long
    return false;
  }
  return true;
}

// One piece at a time, so that nobody keeps us from the others.
void VesselClients::read_from(Client& client, Orders& orders) {
  if (client.header_length < kFrameHeader && !read_header(client)) return;
  bool is_input = client.header[0] == static_cast<char>(Frame::input);
  if (client.left > 0) {
    if (is_input && !orders.can_take_input()) return;
    char piece[kMostInput];
    size_t wanted = client.left < sizeof piece ? client.left : sizeof piece;
    ssize_t got = recv(client.socket, piece, wanted, 0);
    if (got < 0 && would_block()) return;
    if (got <= 0) return drop(client);
    client.left -= static_cast<uint32_t>(got);
    if (is_input) {
      orders.input(piece, static_cast<size_t>(got));
    } else {
      memcpy(client.body + client.body_length, piece, static_cast<size_t>(got));
      client.body_length += static_cast<size_t>(got);
    }
  }
  if (client.left > 0) return;
  if (!is_input) obey(client, orders);
  client.header_length = 0;
}

void VesselClients::obey(Client& client, Orders& orders) {
  auto* body = reinterpret_cast<const uint8_t*>(client.body);
  switch (static_cast<Frame>(client.header[0])) {
    case Frame::attach:
      had_somebody_ = true;
      client.output = client.body_length > 0 && (body[0] & 2);
      client.errors = client.body_length > 0 && (body[0] & 4);
      client.patient = client.body_length > 0 && (body[0] & 8);
      return push(client, Frame::attached, nullptr, 0);
    case Frame::close_input:
      return orders.close_input();
    case Frame::resize:
      if (client.body_length == 4)
        orders.resize(static_cast<unsigned>(body[0] << 8 | body[1]),
                      static_cast<unsigned>(body[2] << 8 | body[3]));
      return;
    case Frame::signal:
      if (client.body_length == 1) orders.signal(body[0]);
      return;
    default:
      return drop(client);
  }
}

bool VesselClients::can_take_output(size_t length) const {
  for (const Client& client : clients_)
    if (client.socket >= 0 && client.patient && !has_room(client, length)) return false;
  return true;
}

void VesselClients::end_patience() {
  for (Client& client : clients_) client.patient = false;
}

void VesselClients::send(Frame stream, const char* bytes, size_t length) {
  for (Client& client : clients_) {
    bool wants = stream == Frame::output ? client.output : client.errors;
    if (client.socket < 0 || !wants) continue;
    size_t with_lost = length + (client.lost ? kFrameHeader + kLostNumber : 0);
    if (has_room(client, with_lost)) {
      tell_lost(client);
      push(client, stream, bytes, length);
    } else {
      client.lost += length;
    }
  }
}

void VesselClients::say_ended(const char* text, size_t length) {
  for (Client& client : clients_) {
    if (client.socket < 0) continue;
    // Room is kept for both: see has_room.
    tell_lost(client);
    client.ending = true;  // told so as soon as it has all: it need not wait for the others
    push(client, Frame::ended, text, length);
  }
  if (listener_ >= 0) close(listener_);
  listener_ = -1;
}

bool VesselClients::have_left() const {
  for (const Client& client : clients_)
    if (client.socket >= 0) return false;
  return true;
}

// As much as the last two frames need stays free: what was lost, and the end.
bool VesselClients::has_room(const Client& client, size_t length) const {
  constexpr size_t kForTheEnd = 512;
  return client.used + kFrameHeader + length + kForTheEnd <= kRing;
}

void VesselClients::tell_lost(Client& client) {
  if (client.lost == 0) return;
  char number[kLostNumber];
  for (size_t i = 0; i < kLostNumber; i++)
    number[i] = static_cast<char>(client.lost >> (56 - 8 * i));
  client.lost = 0;
  push(client, Frame::lost, number, kLostNumber);
}

void VesselClients::push(Client& client, Frame kind, const char* bytes, size_t length) {
  char header[kFrameHeader];
  write_header(header, kind, static_cast<uint32_t>(length));
  append(client, header, sizeof header);
  append(client, bytes, length);
  flush(client);
}

void VesselClients::append(Client& client, const char* bytes, size_t length) {
  for (size_t done = 0; done < length;) {
    size_t at = (client.head + client.used) % kRing;
    size_t run = kRing - at < length - done ? kRing - at : length - done;
    memcpy(client.ring + at, bytes + done, run);
    client.used += run;
    done += run;
  }
}

void VesselClients::flush(Client& client) {
  while (client.used) {
    size_t run = client.head + client.used > kRing ? kRing - client.head : client.used;
    ssize_t sent = ::send(client.socket, client.ring + client.head, run, MSG_NOSIGNAL);
    if (sent < 0 && would_block()) return;
    if (sent < 0) return drop(client);
    client.head = (client.head + static_cast<size_t>(sent)) % kRing;
    client.used -= static_cast<size_t>(sent);
  }
  if (client.ending) shutdown(client.socket, SHUT_WR);
}

// Input that comes too late is nobody's. It is taken all the same: a client that writes to a socket
// that is closed has an error, and may lose with it what it has not read yet.
void VesselClients::discard_from(Client& client) {
  char piece[kMostInput];
  ssize_t got = recv(client.socket, piece, sizeof piece, 0);
  if (got == 0 || (got < 0 && !would_block())) drop(client);
}

void VesselClients::drop(Client& client) {
  close(client.socket);
  client.socket = -1;
  client.used = 0;
}
