// The frames of a vessel's socket; drawn in vessel.h. src/runtime/vessel-client.ts has the same
// numbers.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum class Frame : uint8_t {
  input = 0,
  output = 1,
  errors = 2,
  attach = 3,
  attached = 4,
  close_input = 5,
  resize = 6,
  signal = 7,
  lost = 8,
  ended = 9,
};

constexpr size_t kFrameHeader = 8;

inline void write_header(char* to, Frame kind, uint32_t length) {
  to[0] = static_cast<char>(kind);
  to[1] = to[2] = to[3] = 0;
  for (int i = 0; i < 4; i++) to[4 + i] = static_cast<char>(length >> (24 - 8 * i));
}

inline uint32_t length_in(const char* header) {
  uint32_t length = 0;
  for (int i = 4; i < 8; i++) length = length << 8 | static_cast<uint8_t>(header[i]);
  return length;
}
