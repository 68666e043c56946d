#include "shim/terminal_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/conversation.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

namespace {

enum { kConsole, kKeys, kToMaster, kFromMaster, kScreen };

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// O_NONBLOCK belongs to the open file, which the person's shell shares: set there, it would outlive
// us and break the shell. Opened anew, a terminal or pipe has flags of its own. A regular file must
// not be opened anew (its position would be lost) and never blocks anyway; for a socket there is
// MSG_DONTWAIT.
int private_copy(int descriptor, int direction, bool* may_block) {
  struct stat about;
  *may_block = false;
  if (fstat(descriptor, &about) != 0) return -1;
  if (!S_ISCHR(about.st_mode) && !S_ISFIFO(about.st_mode)) return descriptor;
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  int copy = open(path, direction | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  *may_block = copy < 0;  // somebody else's terminal, as after su(1)
  return copy >= 0 ? copy : descriptor;
}

ssize_t put_some(const Direction& direction) {
  // poll(2) promises a terminal's writer no more room than this.
  constexpr size_t kLittle = 256;
  const char* bytes = direction.bytes + direction.start;
  size_t length = direction.end - direction.start;
  if (direction.cautious && length > kLittle) length = kLittle;
  ssize_t put = send(direction.to, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  return put < 0 && errno == ENOTSOCK ? write(direction.to, bytes, length) : put;
}

}  // namespace

void TerminalRelay::expect_master(int console_socket) { console_ = console_socket; }

void TerminalRelay::take_master() {
  if (console_ < 0) return;
  bool ended;
  int master = receive_descriptor(console_, &ended);
  if (master < 0 && !ended) return;
  close(console_);
  console_ = -1;
  if (master >= 0) start(master);
}

void TerminalRelay::end() {
  take_master();
  if (slave_ >= 0) close(slave_);
  slave_ = -1;
}

void TerminalRelay::start(int master) {
  master_ = master;
  had_master_ = true;
  // Linux 4.13. Before it, a program that closes its terminal has hung up.
  slave_ = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK);
  keys_are_tty_ = isatty(STDIN_FILENO);
  screen_is_tty_ = isatty(STDOUT_FILENO);
  bool ignored;
  keys_.from = private_copy(STDIN_FILENO, O_RDONLY, &ignored);
  keys_.to = master;
  screen_.from = master;
  screen_.to = private_copy(STDOUT_FILENO, O_WRONLY, &screen_.cautious);
  make_raw();
  copy_size();
}

// POLLHUP cannot be masked: a descriptor that is only watched for it must be a terminal, where it
// means the end. For a pipe it would be told again and again while its buffer waits for room.
void TerminalRelay::wish(pollfd* polled) const {
  auto ask = [&](int which, int descriptor, bool wanted, short events, bool watch) {
    polled[which] = {wanted || watch ? descriptor : -1, wanted ? events : short{0}, 0};
  };
  ask(kConsole, console_, console_ >= 0, POLLIN, false);
  ask(kKeys, keys_.from, keys_.empty(), POLLIN, keys_are_tty_);
  ask(kToMaster, master_, !keys_.empty(), POLLOUT, false);
  ask(kFromMaster, master_, screen_.empty(), POLLIN, false);
  ask(kScreen, screen_.to, !screen_.empty(), POLLOUT, screen_is_tty_);
}

void TerminalRelay::serve(const pollfd* polled) {
  constexpr short kEnd = POLLHUP | POLLERR | POLLNVAL;
  if (polled[kConsole].revents) take_master();
  if (keys_are_tty_ && (polled[kKeys].revents & kEnd)) lose_terminal();
  if (screen_is_tty_ && (polled[kScreen].revents & kEnd)) lose_terminal();
  if (polled[kKeys].revents && keys_.empty() && keys_.from >= 0) read_keys();
  if (polled[kToMaster].revents && master_ >= 0) flush(keys_);
  if (polled[kFromMaster].revents && screen_.empty() && master_ >= 0) read_screen();
  if (polled[kScreen].revents) flush(screen_);
}

void TerminalRelay::read_keys() {
  ssize_t got = read(keys_.from, keys_.bytes, sizeof keys_.bytes);
  if (got < 0 && would_block()) return;
  keys_.start = 0;
  keys_.end = got > 0 ? static_cast<size_t>(got) : 0;
  if (got > 0) {
    last_key_ = keys_.bytes[got - 1];
    flush(keys_);
    return;
  }
  keys_.from = -1;
  if (keys_are_tty_) return lose_terminal();
  queue_end_of_file();
}

// From here on the container's output is read, so that it can end, and thrown away.
void TerminalRelay::lose_terminal() {
  gone_ = true;
  keys_.from = screen_.to = -1;
  screen_.start = screen_.end;
}

// A terminal has no end of file, only a key for it (Ctrl-D); in the middle of a line the first one
// only hands on the line so far. Without it `echo ls | drydock try -t sh` would wait for ever.
void TerminalRelay::queue_end_of_file() {
  termios modes;
  if (master_ < 0 || tcgetattr(master_, &modes) != 0) return;
  keys_ended_ = true;
  lines_at_end_ = modes.c_lflag & ICANON;
  memset(keys_.bytes, modes.c_cc[VEOF], 2);
  keys_.start = 0;
  keys_.end = last_key_ == '\n' ? 1 : 2;
  flush(keys_);
}

// A shell that edits its line reads key by key, and never sees the end that was meant for whoever
// reads lines; the other way round, too. So it is said again when that has changed; and to whoever
// reads lines also when somebody has taken it, because it may have changed there and back before we
// looked. Who reads key by key would be given keys for ever.
void TerminalRelay::repeat_end_of_file() {
  termios modes;
  if (!keys_ended_ || !keys_.empty() || master_ < 0 || tcgetattr(master_, &modes) != 0) return;
  const tcflag_t lines = modes.c_lflag & ICANON;
  pollfd unread = {slave_, POLLIN, 0};
  const bool taken = slave_ >= 0 && poll(&unread, 1, 0) == 0;
  if (lines != lines_at_end_ || (lines && taken)) queue_end_of_file();
}

void TerminalRelay::read_screen() {
  ssize_t got = read(master_, screen_.bytes, sizeof screen_.bytes);
  if (got < 0 && would_block()) return;
  if (got <= 0) {  // EIO: nobody holds the container's side any more
    hang_up();
    return;
  }
  screen_.start = 0;
  screen_.end = static_cast<size_t>(got);
  flush(screen_);
  repeat_end_of_file();
}

void TerminalRelay::flush(Direction& direction) {
  if (gone_ && &direction == &screen_) direction.start = direction.end;
  while (!direction.empty()) {
    ssize_t put = put_some(direction);
    if (put < 0 && would_block()) return;
    if (put < 0) {
      direction.start = direction.end;
      if (&direction == &screen_) lose_terminal();
      return;
    }
    direction.start += static_cast<size_t>(put);
    if (direction.cautious) return;
  }
}

void TerminalRelay::copy_size() {
  winsize size;
  int source = keys_are_tty_ ? STDIN_FILENO : STDOUT_FILENO;
  if (master_ >= 0 && ioctl(source, TIOCGWINSZ, &size) == 0) ioctl(master_, TIOCSWINSZ, &size);
}

void TerminalRelay::make_raw() {
  if (!keys_are_tty_ || master_ < 0 || tcgetattr(STDIN_FILENO, &before_) != 0) return;
  termios modes = before_;
  cfmakeraw(&modes);
  raw_ = tcsetattr(STDIN_FILENO, TCSADRAIN, &modes) == 0;
}

void TerminalRelay::restore() {
  if (!raw_) return;
  raw_ = false;
  // A background process that changes the terminal is stopped by SIGTTOU: not on the way out.
  signal(SIGTTOU, SIG_IGN);
  tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  signal(SIGTTOU, SIG_DFL);
}

void TerminalRelay::hang_up() {
  if (master_ >= 0) close(master_);
  master_ = screen_.from = keys_.to = -1;
  keys_.from = -1;
  keys_.start = keys_.end;
}
