// Between the person's terminal and the container's: bytes, window size, hang-up.
//
//     fd 0 ── keys ─────▶ master ═══ slave   the container's /dev/console, its controlling terminal
//     fd 1 ◀── screen ── master ═══
//
// The person's terminal is put in raw mode: Ctrl-C, Ctrl-Z and the erase key travel as bytes and
// are understood by the container's terminal alone, which has its own foreground group. Raw mode
// belongs to the terminal and outlives us, so every way out goes through restore().
//
// Invariant: no byte is lost and none is held in more than 2 × 16 KiB. A direction is read only
// when its buffer is empty, and written only when the other side has room: a slow side slows the
// fast one, as a pipe would.
//
// pty(7), termios(3), ioctl_tty(2).
#pragma once

#include <poll.h>
#include <stddef.h>
#include <termios.h>

// One direction. `from` is -1 once it has ended.
struct Direction {
  int from = -1, to = -1;
  bool cautious = false;  // `to` may block in spite of poll(2)
  size_t start = 0, end = 0;
  char bytes[16 * 1024];

  bool empty() const { return start == end; }
};

class TerminalRelay {
 public:
  static constexpr int kPolled = 5;

  // The master will come through this socket, beside one message.
  void expect_master(int console_socket);
  // Fills kPolled entries; what is not wanted now has descriptor -1.
  void wish(pollfd* polled) const;
  void serve(const pollfd* polled);
  // The window's size to the container's terminal, whose foreground group gets SIGWINCH.
  void copy_size();
  void make_raw();
  void restore();

  // There is, or will be, a terminal.
  bool is_used() const { return console_ >= 0 || master_ >= 0 || had_master_; }
  // The person's terminal has gone away: nobody sees what the container does.
  bool is_gone() const { return gone_; }
  // All that the container had written has been passed on, and its side of the terminal is closed.
  bool is_drained() const { return master_ < 0 && screen_.empty(); }
  // All read so far has been passed on; the container's side may still be held open by somebody.
  bool is_idle() const { return screen_.empty(); }
  // The container has ended: what it has written is all that comes. Its master may still lie in
  // the socket.
  void end();

 private:
  void take_master();
  void start(int master);
  // Closes the master: the kernel hangs up the container's session.
  void hang_up();
  void read_keys();
  void read_screen();
  void flush(Direction& direction);
  void queue_end_of_file();
  void repeat_end_of_file();
  void lose_terminal();

  int console_ = -1, master_ = -1;
  // The container's side, until it has ended: a program may close its terminal and open it again,
  // and while nobody held it, the master would read as at the end.
  int slave_ = -1;
  bool had_master_ = false, gone_ = false, raw_ = false;
  bool keys_are_tty_ = false, screen_is_tty_ = false;
  char last_key_ = '\n';
  bool keys_ended_ = false;
  tcflag_t lines_at_end_ = 0;  // ICANON as it was then
  termios before_ = {};
  Direction keys_, screen_;
};
