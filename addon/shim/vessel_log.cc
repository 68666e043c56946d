#include "shim/vessel_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/clock.h"
#include "shim/refusal.h"

namespace {

constexpr const char* kFile = "json.log";

// Each byte may become six: \u0001.
char encoded[16 * 1024 * 6 + 128];

struct Out {
  char* at;
  void put(const char* text) {
    while (*text) *at++ = *text++;
  }
  void put(char one) { *at++ = one; }
};

// Bytes of the UTF-8 sequence that begins here, at most `left`; 0 if it is none (RFC 3629, section
// 4).
size_t sequence_length(const unsigned char* at, size_t left) {
  if (at[0] < 0x80) return 1;
  size_t length = at[0] >= 0xc2 && at[0] < 0xe0   ? 2
                  : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                  : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                  : 0;
  if (length == 0 || length > left) return 0;
  for (size_t i = 1; i < length; i++)
    if ((at[i] & 0xc0) != 0x80) return 0;
  bool is_long = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
  bool is_surrogate = at[0] == 0xed && at[1] >= 0xa0;
  bool is_beyond = at[0] == 0xf4 && at[1] >= 0x90;
  return is_long || is_surrogate || is_beyond ? 0 : length;
}

void put_escaped(Out& out, const char* bytes, size_t length) {
  auto* at = reinterpret_cast<const unsigned char*>(bytes);
  for (size_t i = 0; i < length;) {
    size_t run = sequence_length(at + i, length - i);
    if (run == 0) {
      out.put("\\ufffd");
      i++;
    } else if (run > 1) {
      for (size_t j = 0; j < run; j++) out.put(bytes[i + j]);
      i += run;
    } else {
      unsigned char one = at[i++];
      if (one == '"' || one == '\\') {
        out.put('\\');
        out.put(static_cast<char>(one));
      } else if (one == '\n') {
        out.put("\\n");
      } else if (one == '\r') {
        out.put("\\r");
      } else if (one == '\t') {
        out.put("\\t");
      } else if (one < 0x20 || one == 0x7f) {
        char code[8];
        snprintf(code, sizeof code, "\\u%04x", one);
        out.put(code);
      } else {
        out.put(static_cast<char>(one));
      }
    }
  }
}

}  // namespace

void VesselLog::open(int directory, int64_t most_bytes, int most_files) {
  directory_ = directory;
  most_bytes_ = most_bytes;
  most_files_ = most_files < 1 ? 1 : most_files;
  file_ = openat(directory, kFile, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
  if (file_ < 0) return complain("vessel", "openat", kFile);
  struct stat about;
  if (fstat(file_, &about) == 0) size_ = about.st_size;
}

void VesselLog::add(int stream, const char* bytes, size_t length) {
  if (directory_ < 0) return;
  Line& line = lines_[stream - 1];
  for (size_t i = 0; i < length; i++) {
    line.bytes[line.length++] = bytes[i];
    if (bytes[i] == '\n' || line.length == kLongest) flush(stream);
  }
}

void VesselLog::finish() {
  for (int stream : {1, 2}) flush(stream);
  tell_lost();
}

void VesselLog::flush(int stream) {
  Line& line = lines_[stream - 1];
  if (line.length == 0) return;
  write_line(stream, line.bytes, line.length);
  line.length = 0;
}

void VesselLog::write_line(int stream, const char* bytes, size_t length) {
  Out out = {encoded};
  out.put("{\"log\":\"");
  put_escaped(out, bytes, length);
  out.put(stream == 1 ? "\",\"stream\":\"stdout\",\"time\":\""
                      : "\",\"stream\":\"stderr\",\"time\":\"");
  char when[48];
  now_text(when, sizeof when);
  out.put(when);
  out.put("\"}\n");
  auto size = static_cast<size_t>(out.at - encoded);
  if (most_bytes_ > 0 && size_ > 0 && size_ + static_cast<int64_t>(size) > most_bytes_) rotate();
  // What was lost before stands in front of what comes after it; `encoded` is used for both.
  if (lost_) {
    char kept[64];
    int said = snprintf(kept, sizeof kept, "drydock: %llu lines could not be written here\n",
                        static_cast<unsigned long long>(lost_));
    uint64_t missing = lost_;
    lost_ = 0;
    write_line(2, kept, static_cast<size_t>(said));
    if (lost_) {
      lost_ = missing + 1;
      return;
    }
    return write_line(stream, bytes, length);
  }
  if (!put(encoded, size)) lost_++;
}

void VesselLog::tell_lost() {
  if (lost_ == 0) return;
  fprintf(stderr, "drydock-shim: vessel: %llu lines are missing from %s\n",
          static_cast<unsigned long long>(lost_), kFile);
}

// All of it or nothing: half a line would make the next one unreadable, too.
bool VesselLog::put(const char* text, size_t length) {
  if (file_ < 0) return false;
  ssize_t written = write(file_, text, length);
  if (written == static_cast<ssize_t>(length)) {
    size_ += written;
    return true;
  }
  if (written > 0 && ftruncate(file_, size_) != 0) complain("vessel", "ftruncate", kFile);
  return false;
}

void VesselLog::rotate() {
  char from[32], to[32];
  for (int number = most_files_ - 1; number > 0; number--) {
    if (number == 1)
      snprintf(from, sizeof from, "%s", kFile);
    else
      snprintf(from, sizeof from, "%s.%d", kFile, number - 1);
    snprintf(to, sizeof to, "%s.%d", kFile, number);
    renameat(directory_, from, directory_, to);
  }
  int fresh = openat(directory_, kFile,
                     O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
  if (fresh < 0) return complain("vessel", "openat", kFile);
  close(file_);
  file_ = fresh;
  size_ = 0;
}
