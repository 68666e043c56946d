#include "shim/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/clock.h"
#include "shim/refusal.h"
#include "shim/relay_datagrams.h"
#include "shim/relay_rights.h"
#include "shim/relay_streams.h"
#include "shim/relay_watch.h"

namespace {

constexpr const char* kVerb = "relay";
constexpr const char* kUsage = "[idle MS] ADDRESS [HOST]:PORT:PORT/tcp|udp…";
constexpr int kNothing = 0, kComplaints = 2, kConversation = 3, kFirstSocket = 5;
constexpr int kIdleMs = 90 * 1000;

// How long it may take to pass on what has come already, and to wait for descriptors.
constexpr int kFarewellMs = 200, kPauseMs = 100;

struct Listener {
  int socket;
  int type;  // SOCK_STREAM or SOCK_DGRAM
  uint32_t wanted;
  sockaddr_in to;
};

class Relay {
 public:
  void prepare(int argc, char** argv);
  void await_go();
  void tend();

 private:
  void take_signals();
  void raise_limit();
  void read_port(const char* text, in_addr address, Listener& listener);
  void make_ready(Listener& listener);
  void want();
  int patience() const;
  void serve(uint64_t tag);
  void serve_listener(Listener& listener);
  void let_go_of_ports();

  // All zeros at first, so that the tables take no room in the program's file.
  int epoll_ = 0, signals_ = 0;
  uint32_t signals_wanted_ = 0, count_ = 0;
  Listener* listeners_ = nullptr;
  bool lacks_descriptors_ = false;
  int64_t end_at_ = 0;  // 0: nobody has asked for it
  RelayStreams streams_;
  RelayDatagrams datagrams_;
};

void Relay::prepare(int argc, char** argv) {
  prctl(PR_SET_NAME, "drydock:relay");
  int at = 2, idle_ms = kIdleMs;
  if (at + 1 < argc && strcmp(argv[at], "idle") == 0) {
    idle_ms = atoi(argv[at + 1]);
    at += 2;
  }
  in_addr address = {};
  if (at + 1 >= argc || inet_pton(AF_INET, argv[at], &address) != 1)
    misused(kVerb, "an address of IPv4 is needed, and a port or more", kUsage);
  count_ = static_cast<uint32_t>(argc - at - 1);
  listeners_ = static_cast<Listener*>(calloc(count_, sizeof(Listener)));
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (!listeners_ || epoll_ < 0) refuse(kVerb, "epoll_create1", nullptr);
  for (uint32_t i = 0; i < count_; i++) {
    listeners_[i].socket = kFirstSocket + static_cast<int>(i);
    read_port(argv[at + 1 + static_cast<int>(i)], address, listeners_[i]);
    make_ready(listeners_[i]);
  }
  streams_.begin(epoll_);
  datagrams_.begin(epoll_, idle_ms);
  take_signals();
  raise_limit();
  renounce(kVerb);
}

// Only its end is of interest: `:80/tcp`. The rest was somebody else's to obey, and is for people.
void Relay::read_port(const char* text, in_addr address, Listener& listener) {
  const char* colon = strrchr(text, ':');
  char* slash = nullptr;
  unsigned long port = colon ? strtoul(colon + 1, &slash, 10) : 0;
  if (port == 0 || port > 65535 || (strcmp(slash, "/tcp") != 0 && strcmp(slash, "/udp") != 0))
    misused(kVerb, text, kUsage);
  listener.type = strcmp(slash, "/tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;
  listener.to.sin_family = AF_INET;
  listener.to.sin_addr = address;
  listener.to.sin_port = htons(static_cast<uint16_t>(port));
}

void Relay::make_ready(Listener& listener) {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(listener.socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != listener.type)
    misused(kVerb, "from descriptor 5 on there must be a socket for each port", kUsage);
  // The engine has let one wait at most.
  bool hears = type == SOCK_STREAM ? listen(listener.socket, SOMAXCONN) == 0
                                   : RelayDatagrams::listen(listener.socket);
  if (!hears) refuse(kVerb, "listen", nullptr);
}

void Relay::take_signals() {
  for (int number : {SIGPIPE, SIGHUP, SIGINT}) signal(number, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) refuse(kVerb, "signalfd", nullptr);
  watch(epoll_, signals_, &signals_wanted_, EPOLLIN, tag(Whose::signals, 0));
}

// The soft limit is 1024, for programs with select(2); book/decisions/0014.
void Relay::raise_limit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) refuse(kVerb, "getrlimit", nullptr);
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) refuse(kVerb, "setrlimit", nullptr);
}

void Relay::await_go() {
  send(kConversation, "ready", strlen("ready"), MSG_NOSIGNAL);
  char go;
  if (recv(kConversation, &go, sizeof go, 0) != sizeof go) _exit(0);
  dup3(kNothing, kComplaints, 0);
  close(kConversation);
}

// Whoever knocks while there is no room waits outside.
void Relay::want() {
  bool has_room = streams_.has_room() && !lacks_descriptors_;
  for (uint32_t i = 0; i < count_; i++) {
    Listener& listener = listeners_[i];
    bool is_heard = listener.type == SOCK_DGRAM || has_room;
    watch(epoll_, listener.socket, &listener.wanted, is_heard ? EPOLLIN : 0U,
          tag(Whose::listener, i));
  }
}

int Relay::patience() const {
  if (end_at_) return 0;
  return lacks_descriptors_ ? kPauseMs : datagrams_.patience();
}

void Relay::tend() {
  epoll_event events[64];
  while (!end_at_ || now_ms() < end_at_) {
    if (!end_at_) want();
    int ready = epoll_wait(epoll_, events, sizeof events / sizeof *events, patience());
    if (ready < 0 && errno != EINTR) refuse(kVerb, "epoll_wait", nullptr);
    if (ready == 0 && end_at_) break;
    lacks_descriptors_ = false;
    for (int i = 0; i < ready; i++) serve(events[i].data.u64);
    datagrams_.end_idle();
  }
  streams_.leave();
}

void Relay::serve(uint64_t tag) {
  auto number = static_cast<uint32_t>(tag);
  switch (static_cast<Whose>(tag >> 32)) {
    case Whose::signals:
      return let_go_of_ports();
    case Whose::listener:
      return serve_listener(listeners_[number]);
    case Whose::stream:
      return streams_.serve(number);
    case Whose::session:
      return datagrams_.serve(number);
  }
}

void Relay::serve_listener(Listener& listener) {
  if (end_at_) return;
  if (listener.type == SOCK_DGRAM) return datagrams_.take(listener.socket, listener.to);
  if (streams_.has_room() && !streams_.take(listener.socket, listener.to))
    lacks_descriptors_ = true;
}

void Relay::let_go_of_ports() {
  signalfd_siginfo info;
  if (read(signals_, &info, sizeof info) != sizeof info) return;
  for (uint32_t i = 0; i < count_; i++) close(listeners_[i].socket);
  end_at_ = now_ms() + kFarewellMs;
}

}  // namespace

int relay(int argc, char** argv) {
  static Relay self;
  self.prepare(argc, argv);
  self.await_go();
  self.tend();
  return 0;
}
