// Those who are connected to a vessel: what they are sent, and what they say.
//
// Each has a ring of its own. Output that does not fit is missed by that client alone, and counted;
// when there is room again it is told how much. Input is taken only when the process can take it: a
// fast typist waits, as at a pipe.
#pragma once

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/vessel_frames.h"

// What a client may ask for; implemented by the vessel.
struct Orders {
  virtual bool can_take_input() const = 0;
  virtual void input(const char* bytes, size_t length) = 0;
  virtual void close_input() = 0;
  virtual void resize(unsigned rows, unsigned columns) = 0;
  virtual void signal(int number) = 0;

 protected:
  ~Orders() = default;
};

class VesselClients {
 public:
  static constexpr int kMost = 8;
  static constexpr int kPolled = 1 + kMost;

  // Makes the socket in a directory. False with errno.
  bool listen_at(int directory, const char* name);
  int listener() const { return listener_; }
  void wish(pollfd* polled, const Orders& orders) const;
  void serve(const pollfd* polled, Orders& orders);
  // Whether those who are to miss nothing have room for so much.
  bool can_take_output(size_t length) const;
  // Whether anybody has ever attached.
  bool had_somebody() const { return had_somebody_; }
  // From now on nobody is waited for.
  void end_patience();
  // To all who have asked for this stream.
  void send(Frame stream, const char* bytes, size_t length);
  // To all, as their last frame.
  void say_ended(const char* text, size_t length);
  // All have read to the end, and closed.
  bool have_left() const;

 private:
  static constexpr size_t kRing = 32 * 1024;
  static constexpr size_t kLostNumber = 8;
  static constexpr size_t kMostInput = 4096;  // of one frame that is no input

  struct Client {
    int socket = -1;
    bool output = false, errors = false, patient = false, ending = false;
    uint64_t lost = 0;
    size_t head = 0, used = 0;  // of the ring
    char header[kFrameHeader];
    size_t header_length = 0;
    uint32_t left = 0;  // of the frame that is being read
    size_t body_length = 0;
    char body[16];  // frames but input are short
    char ring[kRing];
  };

  void accept_one();
  void read_from(Client& client, Orders& orders);
  bool read_header(Client& client);
  void obey(Client& client, Orders& orders);
  void push(Client& client, Frame kind, const char* bytes, size_t length);
  bool has_room(const Client& client, size_t length) const;
  void append(Client& client, const char* bytes, size_t length);
  void flush(Client& client);
  void discard_from(Client& client);
  void tell_lost(Client& client);
  void drop(Client& client);

  int listener_ = -1;
  bool had_somebody_ = false;
  Client clients_[kMost];
};
