// What the relay wants to hear of its descriptors (epoll(7)), and whose they are.
#pragma once

#include <stdint.h>

enum class Whose : uint32_t { signals, listener, stream, session };

// What comes back with an event.
constexpr uint64_t tag(Whose whose, uint32_t number) {
  return static_cast<uint64_t>(whose) << 32 | number;
}

// Changes what is wanted of a descriptor, and remembers it in `wanted`. One of which nothing is
// wanted is taken out, or a connection that has hung up would be told of without end.
void watch(int epoll, int descriptor, uint32_t* wanted, uint32_t events, uint64_t tag);

// Whether the last call would have had to wait. Everything here is non-blocking.
bool would_block();

// The largest datagram there can be; one buffer serves all, because nothing stays in it.
constexpr unsigned kPiece = 64 * 1024;
extern char piece[kPiece];
