// An archive becomes a tree, object by object (unpack_records.h says what an object is).
//
// The archive is not trusted. Its paths are cleaned of dots first, as Docker does; then the
// directory is resolved inside the root, where links are followed and cannot lead out; what is made
// there is made by one name that follows no link. What is in the way is removed, unless both are
// directories.
//
// The order of what an object gets matters: owner, then attributes, because chown(2) drops file
// capabilities; then the mode, because chown drops setuid; then the times. CVE-2014-9357,
// CVE-2025-47290, OCI image spec, layer.md.
//
// No exceptions, no JavaScript: it tells failures as call and errno.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "binding/unpack_folders.h"
#include "binding/unpack_records.h"
#include "binding/values.h"

namespace drydock {

// What becomes of `.wh.NAME`; see Whiteouts in src/layers/types.ts.
enum class Whiteouts { kOverlay, kAufs, kRemove, kNone };

struct UnpackOptions {
  Whiteouts whiteouts;
  bool userxattr;
  RootedWay way;
};

class Unpacker {
 public:
  Unpacker(OwnedFd root, UnpackOptions options)
      : root_(std::move(root)), options_(options), folders_(root_.get(), options.way) {}

  // Does what one record says; `piece` is what kData points into. False: see call() and errno.
  bool apply(std::string_view record, std::string_view piece);
  // The archive is over. Only after it all times are right.
  bool finish();
  const char* call() const { return call_; }

  // What the file system did not take, and what was left out for safety.
  struct Warning {
    std::string path, attribute;
    int error;
  };
  const std::vector<Warning>& warnings() const { return warnings_; }

 private:
  // Where an object goes: a directory, and one name in it.
  struct Place {
    Folder* folder;
    std::string name;
    int dirfd() const { return folder->fd; }
    const char* c_name() const { return name.c_str(); }
  };
  // What stands at a place now: nothing any more, the directory that is wanted, or it cannot be
  // told.
  enum class Found { kNothing, kSame, kFailed };

  bool failed(const char* call) {
    call_ = call;
    return false;
  }
  bool failed(const char* call, int error) {
    errno = error;
    return failed(call);
  }
  bool make(const Object& object);
  bool make_root(const Object& object);
  bool make_directory(const Object& object, const Place& place);
  bool make_link(const Object& object, const Place& place);
  bool make_other(const Object& object, const Place& place);
  bool begin_file(const Object& object, const Place& place);
  bool write_data(Bytes& record, std::string_view piece);
  bool end_file(Bytes& record);

  // unpack_own.cc
  bool own(int fd, const Object& object);
  bool set_attributes(int fd, const char* path, const Object& object);
  void warn(const Object& object, std::string_view attribute, int error);

  // unpack_remove.cc
  Found clear(const Object& object, const Place& place);
  bool remove(const Folder& folder, const char* name, bool spare_ours);
  bool remove_children(const Folder& folder, bool spare_ours, int depth);
  bool remove_at(const Folder& folder, const char* name, bool spare_ours, int depth);
  void was_made(const Place& place);
  bool is_ours(const Folder& folder, const char* name) const;

  // unpack_whiteouts.cc
  bool whiteout(std::string_view folder, std::string_view name);
  bool hide(const Place& place);
  bool make_opaque(Folder& folder);
  bool mark_opaque(int fd);
  bool unhide(const Place& place, bool* was_hidden);

  OwnedFd root_;
  UnpackOptions options_;
  Folders folders_;
  const char* call_ = "";
  std::vector<Warning> warnings_;
  // Where whiteouts remove: the names that this archive has made, which they must spare, each as a
  // hash of its directory and itself.
  std::unordered_set<size_t> made_;

  // Some name has been hidden, so a name that comes may be one of those.
  bool hides_ = false;

  // The file that kData goes into; no descriptor while data is skipped.
  struct Current {
    OwnedFd fd;
    Object object{};
    std::string path, attributes;
    uint64_t end = 0;
  };
  Current file_;
};

}  // namespace drydock
