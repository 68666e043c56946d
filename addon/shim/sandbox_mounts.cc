#include "shim/sandbox_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/mount_table.h"
#include "shim/read_only.h"
#include "shim/refusal.h"

namespace {

constexpr const char* kVerb = "sandbox";

// Where a second, untouched procfs is kept: a user namespace may mount a new procfs only while it
// can see one of which nothing is covered (user_namespaces(7)), and /proc/sys of ours is. Without
// it no container in a user namespace could have a /proc.
constexpr const char* kWholeProc = "/dev/.proc";

void must_mount(const char* source, const char* target, const char* type, unsigned long flags,
                const char* data) {
  if (mount(source, target, type, flags, data) != 0) refuse(kVerb, "mount", target);
}

void must_mkdir(const char* path, mode_t mode) {
  if (mkdir(path, mode) != 0 && errno != EEXIST) refuse(kVerb, "mkdir", path);
}

bool is_directory(const char* path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

// Through a descriptor: the folder may be covered by now. MS_REC, so that what is mounted in it is
// seen, read-only.
void bind(int source, const char* target) {
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", source);
  must_mount(path, target, nullptr, MS_BIND | MS_REC, nullptr);
}

int open_folder(const char* path) {
  int descriptor = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) refuse(kVerb, "open", path);
  return descriptor;
}

void make_parents(const char* path) {
  char part[PATH_MAX];
  for (const char* slash = path; (slash = strchr(slash + 1, '/'));) {
    snprintf(part, sizeof part, "%.*s", static_cast<int>(slash - path), path);
    must_mkdir(part, 0755);
  }
  must_mkdir(path, 0755);
}

void make_device(const char* name, unsigned major_number, unsigned minor_number) {
  char path[64];
  snprintf(path, sizeof path, "/dev/%s", name);
  if (mknod(path, S_IFCHR, makedev(major_number, minor_number)) != 0) refuse(kVerb, "mknod", path);
  chmod(path, 0666);
}

void link_in_dev(const char* content, const char* name) {
  if (symlink(content, name) != 0) refuse(kVerb, "symlink", name);
}

void arrange_dev() {
  int terminals = open_folder("/dev/pts");
  bool has_fuse = access("/dev/fuse", F_OK) == 0;
  must_mount("dock", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=1m");
  make_device("null", 1, 3);
  make_device("zero", 1, 5);
  make_device("full", 1, 7);
  make_device("random", 1, 8);
  make_device("urandom", 1, 9);
  make_device("tty", 5, 0);
  // A ptmx node works with the devpts that lies beside it (Documentation/filesystems/devpts.rst).
  make_device("ptmx", 5, 2);
  if (has_fuse) make_device("fuse", 10, 229);
  link_in_dev("/proc/self/fd", "/dev/fd");
  link_in_dev("fd/0", "/dev/stdin");
  link_in_dev("fd/1", "/dev/stdout");
  link_in_dev("fd/2", "/dev/stderr");
  must_mkdir("/dev/pts", 0755);
  bind(terminals, "/dev/pts");
  close(terminals);
  must_mkdir("/dev/shm", 0755);
  must_mount("dock", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
  must_mkdir(kWholeProc, 0755);
}

// The host's procfs goes away altogether: below a covering one it would wait for an umount, with
// the host's processes and, in /proc/1/ns, the way out.
void arrange_proc() {
  constexpr unsigned long kUsual = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  while (umount2("/proc", MNT_DETACH) == 0) {
  }
  must_mount("proc", "/proc", "proc", kUsual, nullptr);
  must_mount("proc", kWholeProc, "proc", kUsual, nullptr);
  for (const char* path : {"/proc/sys", "/proc/sysrq-trigger"}) {
    if (access(path, F_OK) != 0) continue;
    must_mount(path, path, nullptr, MS_BIND, nullptr);
    if (!set_read_only(path, true)) refuse(kVerb, "remount", path);
  }
  // Settings of a network, and the dock has its own.
  constexpr const char* kOfNetwork = "/proc/sys/net";
  must_mount(kOfNetwork, kOfNetwork, nullptr, MS_BIND, nullptr);
  if (!set_read_only(kOfNetwork, false)) refuse(kVerb, "remount", kOfNetwork);
}

void arrange_cgroups(const DockCgroups& cgroups, const int* inside) {
  for (int i = 0; i < cgroups.count; i++) {
    bind(inside[i], cgroups.each[i].place);
    if (!set_read_only(cgroups.each[i].place, false))
      refuse(kVerb, "remount", cgroups.each[i].place);
    close(inside[i]);
  }
}

void arrange_folders(Folders& folders) {
  for (int i = 0; i < folders.count; i++) {
    Folder& folder = folders.each[i];
    // Nothing is made on the host's read-only file system: there the folder is at its place
    // already.
    if (!is_directory(folder.path)) make_parents(folder.path);
    bind(folder.descriptor, folder.path);
    if (folder.is_writable && !set_read_only(folder.path, false))
      refuse(kVerb, "remount", folder.path);
    close(folder.descriptor);
  }
}

}  // namespace

// The order: what will be covered is opened first; read-only comes before the windows, so that they
// are the exceptions; /proc comes last, because bind() goes through the descriptors in the old one.
void arrange_mounts(Folders& folders, const DockCgroups& cgroups) {
  must_mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  for (int i = 0; i < folders.count; i++)
    folders.each[i].descriptor = open_folder(folders.each[i].path);
  int inside[kMaxHierarchies];
  for (int i = 0; i < cgroups.count; i++) inside[i] = open_folder(cgroups.each[i].inside);
  if (!make_everything_read_only()) refuse(kVerb, "mount_setattr", "/");

  arrange_dev();
  for (const char* private_folder : {"/tmp", "/run"})
    if (is_directory(private_folder))
      must_mount("dock", private_folder, "tmpfs", MS_NOSUID | MS_NODEV,
                 private_folder[1] == 't' ? "mode=1777" : "mode=755");
  arrange_folders(folders);
  arrange_cgroups(cgroups, inside);
  arrange_proc();
}
