// What unpacking asks for: one buffer of records, written by src/linux/unpacking.ts, all numbers
// little-endian. One crossing from JavaScript does what a piece of an archive holds, a few hundred
// small files or a part of a large one; the bytes of files are pointed at where they lie in that
// piece, so they are never copied on the way.
//
//     0 u32 length, all of it    4 u8 kind    5 u8 has atime   6 u16 length of path
//     then, of kinds kFile to kFifo:
//       8 u32 mode   12 u32 uid   16 u32 gid   20 u32 major   24 u32 minor
//      28 u16 length of target    30 u16 -     32 u32 length of attributes
//      36 u32 mtime ns   40 f64 mtime s   48 u32 atime ns   52 u32 -   56 f64 atime s
//      64 path, target, attributes: each u16 length of name, u32 length of value, name, value
//     kData: 8 f64 position in the file   16 u32 offset in the piece   20 u32 length
//     kEnd:  8 f64 size of the file
//
// kFile is followed by any number of kData, in later buffers too, and one kEnd.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace drydock {

enum Kind : uint8_t {
  kFile = 1,
  kDirectory,
  kSymlink,
  kLink,
  kCharacter,
  kBlock,
  kFifo,
  kData,
  kEnd
};

// A look at bytes that somebody else holds. Nothing is read beyond their end: what is missing is 0
// or empty, and `whole` is false.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  template <typename Number>
  Number number(size_t at) {
    Number value{};
    if (at + sizeof value <= bytes_.size())
      memcpy(&value, bytes_.data() + at, sizeof value);
    else
      whole = false;
    return value;
  }
  std::string_view part(size_t at, size_t length) {
    if (at <= bytes_.size() && length <= bytes_.size() - at) return bytes_.substr(at, length);
    whole = false;
    return {};
  }
  size_t size() const { return bytes_.size(); }
  bool whole = true;

 private:
  std::string_view bytes_;
};

struct Stamp {
  int64_t seconds;
  uint32_t nanoseconds;
};

// A record of an object; its names point into the buffer.
struct Object {
  uint8_t kind;
  bool has_atime;
  uint32_t mode, uid, gid, major, minor;
  Stamp mtime, atime;
  std::string_view path, target, attributes;
};

inline Object object_of(Bytes& record) {
  Object object{};
  object.kind = record.number<uint8_t>(4);
  object.has_atime = record.number<uint8_t>(5) != 0;
  object.mode = record.number<uint32_t>(8);
  object.uid = record.number<uint32_t>(12);
  object.gid = record.number<uint32_t>(16);
  object.major = record.number<uint32_t>(20);
  object.minor = record.number<uint32_t>(24);
  object.mtime = {static_cast<int64_t>(record.number<double>(40)), record.number<uint32_t>(36)};
  object.atime = {static_cast<int64_t>(record.number<double>(56)), record.number<uint32_t>(48)};
  size_t path = record.number<uint16_t>(6), target = record.number<uint16_t>(28);
  object.path = record.part(64, path);
  object.target = record.part(64 + path, target);
  object.attributes = record.part(64 + path + target, record.number<uint32_t>(32));
  return object;
}

}  // namespace drydock
