#include "shim/vessel_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/conversation.h"

namespace {

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// A pipe of which one end, ours, does not block.
bool make_pipe(int ours, int* end, int* inside) {
  int pair[2];
  if (pipe2(pair, O_CLOEXEC) != 0) return false;
  *end = pair[ours];
  *inside = pair[1 - ours];
  return fcntl(*end, F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace

bool VesselStreams::make_pipes(bool keeps_input) {
  if (console_ >= 0) return true;
  return (!keeps_input || make_pipe(1, &in_, &inside_[0])) && make_pipe(0, &out_, &inside_[1]) &&
         make_pipe(0, &err_, &inside_[2]);
}

void VesselStreams::put_inside() const {
  for (int i = 0; i < 3; i++)
    if (inside_[i] >= 0) dup2(inside_[i], i);
}

void VesselStreams::keep(Keep& keep) const {
  for (int descriptor : {console_, in_, out_, err_}) keep.add(descriptor);
}

void VesselStreams::wish(pollfd* polled, bool has_room) const {
  polled[0] = {console_, POLLIN, 0};
  polled[1] = {has_room ? out_ : -1, POLLIN, 0};
  polled[2] = {has_room ? err_ : -1, POLLIN, 0};
  polled[3] = {can_take_input() ? -1 : in_, POLLOUT, 0};
}

void VesselStreams::serve(const pollfd* polled, Audience& audience) {
  if (polled[0].revents) take_master();
  if (polled[1].revents && out_ >= 0) read_from(out_, Frame::output, audience);
  // What was read a moment ago may have taken the room.
  if (polled[2].revents && err_ >= 0 && audience.has_room())
    read_from(err_, Frame::errors, audience);
  if (polled[3].revents) write_input();
}

void VesselStreams::take_master() {
  bool ended;
  int master = receive_descriptor(console_, &ended);
  if (master < 0 && !ended) return;
  close(console_);
  console_ = -1;
  if (master < 0) return;
  fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK);
  master_ = out_ = in_ = master;
}

void VesselStreams::read_from(int& from, Frame stream, Audience& audience) {
  static char bytes[kPiece];
  ssize_t got = read(from, bytes, sizeof bytes);
  if (got < 0 && would_block()) return;
  if (got <= 0) {  // on a terminal EIO: nobody holds the other side any more
    if (from != master_) close(from);
    from = -1;
    return;
  }
  audience.hear(stream, bytes, static_cast<size_t>(got));
}

void VesselStreams::input(const char* bytes, size_t length) {
  if (in_ < 0) return;
  memcpy(input_, bytes, length);
  input_length_ = length;
  input_done_ = 0;
  write_input();
}

void VesselStreams::write_input() {
  while (in_ >= 0 && input_done_ < input_length_) {
    ssize_t put = write(in_, input_ + input_done_, input_length_ - input_done_);
    if (put < 0 && would_block()) return;
    if (put < 0) return end_input();
    input_done_ += static_cast<size_t>(put);
  }
  if (input_ends_) end_input();
}

void VesselStreams::close_input() {
  input_ends_ = true;
  if (can_take_input()) end_input();
}

// A terminal has no end of input, only a key for it.
void VesselStreams::end_input() {
  termios modes;
  if (in_ >= 0 && in_ == master_) {
    if (input_ends_ && tcgetattr(master_, &modes) == 0) {
      ssize_t ignored = write(master_, &modes.c_cc[VEOF], 1);
      static_cast<void>(ignored);
    }
    input_ends_ = false;
  } else {
    if (in_ >= 0) close(in_);
    in_ = -1;
  }
  input_length_ = input_done_ = 0;
}

void VesselStreams::resize(unsigned rows, unsigned columns) {
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  if (master_ >= 0) ioctl(master_, TIOCSWINSZ, &size);
}
