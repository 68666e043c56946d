// Connections through a relay: for each client one to the container.
//
//     client ──── read ──▶ piece ── write ──▶ container        and the same the other way round
//                            │ what it does not take now
//                            ▼
//                          rest: at most 16 KiB, and until it is gone nothing more is read
//
// An end of input is passed on when all before it has been (shutdown(2), SHUT_WR), and a connection
// is over when both ends were told so. If one end is cut off, so is the other, with a reset: a
// client must not take half a page for a whole one.
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

class RelayStreams {
 public:
  // Two descriptors each. Whoever comes when there is no room waits in the kernel's queue.
  static constexpr uint32_t kMost = 1024;

  void begin(int epoll) { epoll_ = epoll; }
  bool has_room() const { return count_ < kMost; }
  // Takes the next who waits at a listener, and calls the container for him. False when there are
  // no descriptors or no memory for it now.
  bool take(int listener, const sockaddr_in& to);
  // Something has happened at an end.
  void serve(uint32_t end);
  // The relay ends: who has not been told all is cut off.
  void leave();

 private:
  static constexpr size_t kMostRest = 16 * 1024;
  enum : uint32_t { kClient, kContainer };

  // All zeros: nobody. Descriptor 0 is /dev/null.
  struct End {
    int socket;
    uint32_t wanted;
    char* rest;  // what it is to be told, and has not taken yet
    size_t done, length;
    bool has_said_all, is_told_all;
  };
  struct Stream {
    End ends[2];
    bool is_answered;  // the container has taken the call
  };

  Stream* make(int client, int container);
  bool answered(Stream& stream);
  bool carry(End& from, End& to);
  bool tell(End& to, const char* bytes, size_t length);
  bool tell_rest(End& to);
  void tell_end(const End& from, End& to);
  void want(Stream& stream);
  void end(Stream& stream);
  void cut(Stream& stream);

  int epoll_ = 0;
  uint32_t count_ = 0;
  Stream streams_[kMost] = {};
};
