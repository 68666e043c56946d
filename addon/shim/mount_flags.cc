#include "shim/mount_flags.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

namespace {

// Since Linux 5.10; older headers lack them.
constexpr unsigned long kSeenNoSymFollow = 0x2000, kNoSymFollow = 0x100;

constexpr unsigned kRecursive = 0x8000;  // AT_RECURSIVE

// One field of mount_setattr(2) for all three, which can only be changed as a whole.
constexpr unsigned long kAccessTime = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;
constexpr uint64_t kAccessTimeField = 0x70;

// struct mount_attr of <linux/mount.h>, which older headers lack.
struct Attributes {
  uint64_t set, clear, propagation, userns;
};

uint64_t attributes_of(unsigned long flags) {
  static constexpr struct {
    unsigned long flag;
    uint64_t attribute;
  } kPairs[] = {{MS_RDONLY, 1},        {MS_NOSUID, 2},          {MS_NODEV, 4},
                {MS_NOEXEC, 8},        {MS_NOATIME, 0x10},      {MS_STRICTATIME, 0x20},
                {MS_NODIRATIME, 0x80}, {kNoSymFollow, 0x200000}};
  uint64_t attributes = 0;
  for (auto& pair : kPairs)
    if (flags & pair.flag) attributes |= pair.attribute;
  return attributes;
}

}  // namespace

unsigned long mount_flags(const struct statvfs& about) {
  static constexpr struct {
    unsigned long seen, wanted;
  } kPairs[] = {{ST_RDONLY, MS_RDONLY},     {ST_NOSUID, MS_NOSUID},
                {ST_NODEV, MS_NODEV},       {ST_NOEXEC, MS_NOEXEC},
                {ST_NOATIME, MS_NOATIME},   {ST_NODIRATIME, MS_NODIRATIME},
                {ST_RELATIME, MS_RELATIME}, {kSeenNoSymFollow, kNoSymFollow}};
  unsigned long flags = 0;
  for (auto& pair : kPairs)
    if (about.f_flag & pair.seen) flags |= pair.wanted;
  return flags & kAccessTime ? flags : flags | MS_STRICTATIME;
}

bool change_mount(const char* path, FlagChange change) {
  struct statvfs about;
  if (statvfs(path, &about) != 0) return false;
  unsigned long flags = (mount_flags(about) & ~change.clear) | change.set;
  // Where none is named, the kernel keeps the one there was.
  if (!(flags & kAccessTime)) flags |= MS_RELATIME;
  return mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND | flags, nullptr) == 0;
}

bool change_tree(int descriptor, const char* path, bool recursive, FlagChange change,
                 unsigned long propagation) {
  Attributes attributes = {attributes_of(change.set), attributes_of(change.clear), propagation, 0};
  if ((change.set | change.clear) & kAccessTime) attributes.clear |= kAccessTimeField;
  unsigned at = (*path ? 0u : AT_EMPTY_PATH) | (recursive ? kRecursive : 0);
  return syscall(SYS_mount_setattr, descriptor, path, at, &attributes, sizeof attributes) == 0;
}
