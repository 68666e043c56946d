// The terminal or the pipes of a vessel's process: the ends that we hold.
//
// What the process says is read only as long as somebody has room for it, and what it is told waits
// here until it reads: nothing blocks us, and nothing grows. On a terminal one descriptor is all
// three ends; its master comes through a socket, when the process has made it.
#pragma once

#include <poll.h>
#include <stddef.h>

#include "shim/descriptors.h"
#include "shim/vessel_frames.h"

// Who takes what the process says; implemented by the vessel.
struct Audience {
  virtual bool has_room() const = 0;
  virtual void hear(Frame stream, const char* bytes, size_t length) = 0;

 protected:
  ~Audience() = default;
};

class VesselStreams {
 public:
  static constexpr int kPolled = 4;
  // The most that is heard at once.
  static constexpr size_t kPiece = 8 * 1024;

  void expect_master(int socket) { console_ = socket; }
  // Unless a terminal is expected: three pipes, or /dev/null in place of the input. False with
  // errno.
  bool make_pipes(bool keeps_input);
  // In the outer half, whose 0, 1 and 2 become those of the process.
  void put_inside() const;
  void keep(Keep& keep) const;

  void wish(pollfd* polled, bool has_room) const;
  void serve(const pollfd* polled, Audience& audience);
  // The process has closed everything that it could speak through.
  bool is_drained() const { return out_ < 0 && err_ < 0 && console_ < 0; }

  bool can_take_input() const { return input_length_ == input_done_; }
  void input(const char* bytes, size_t length);
  void close_input();
  void resize(unsigned rows, unsigned columns);

 private:
  void take_master();
  void read_from(int& from, Frame stream, Audience& audience);
  void write_input();
  void end_input();

  int console_ = -1, master_ = -1;
  int in_ = -1, out_ = -1, err_ = -1;  // our ends
  int inside_[3] = {-1, -1, -1};       // those of the process
  size_t input_length_ = 0, input_done_ = 0;
  bool input_ends_ = false;
  char input_[4096];
};
