// The log of a vessel: one JSON object a line, as Docker's json-file driver writes it.
//
//     {"log":"hello\n","stream":"stdout","time":"2026-01-02T03:04:05.000000006Z"}
//
// A line of output that is longer than 16 KiB comes in parts, of which only the last ends with \n.
// Bytes that are no UTF-8 are written as U+FFFD. `json.log` is the present file, `json.log.1` the
// one before.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

class VesselLog {
 public:
  // `directory` stays the caller's. 0 bytes: the file is never put aside.
  void open(int directory, int64_t most_bytes, int most_files);
  // stream: 1 or 2.
  void add(int stream, const char* bytes, size_t length);
  // Writes what has no end of line yet.
  void finish();
  int file() const { return file_; }

 private:
  static constexpr size_t kLongest = 16 * 1024;
  struct Line {
    size_t length = 0;
    char bytes[kLongest];
  };

  void flush(int stream);
  void write_line(int stream, const char* bytes, size_t length);
  bool put(const char* text, size_t length);
  void rotate();
  void tell_lost();

  int directory_ = -1, file_ = -1;
  int64_t most_bytes_ = 0, size_ = 0;
  int most_files_ = 1;
  uint64_t lost_ = 0;  // lines that could not be written
  Line lines_[2];
};
