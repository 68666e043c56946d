// Paths inside a tree that is not trusted: an image's root file system, a volume, a build context.
//
// Whoever made such a tree may have put a symbolic link to `/etc` where we expect a directory, and
// may swap the two while we look. So a path is resolved as if `root` were `/` of the machine:
// absolute links start at `root`, `..` stops there, and the magic links of procfs are refused.
// Linux 5.6 does this in the kernel (openat2(2) with RESOLVE_IN_ROOT); before that, the checked
// walk does it with one open for each component.
//
// Invariant: whatever descriptor comes out named an object below `root` at some moment during the
// call, and no call has changed anything outside of it. CVE-2021-30465, CVE-2024-45310,
// CVE-2019-19921 were runtimes without it.
//
// Shared by the binding and by the helper's child: no allocation, no exceptions, thread-safe. -1
// and errno on failure. EAGAIN: somebody renames faster than a path can be proven to stay inside.
#pragma once

#include <sys/types.h>

namespace drydock {

// kBest is openat2 where there is one. kWalk forces the checked walk, for tests and for comparison.
enum class RootedWay { kBest, kWalk };

// open(2) below `root`. O_CLOEXEC is always set; `mode` counts only with O_CREAT or O_TMPFILE.
int rooted_open(int root, const char* path, int flags, mode_t mode,
                RootedWay way = RootedWay::kBest);

// `mkdir -p`: an O_PATH descriptor of the last directory. Links are followed inside the root, and
// what they lead to is made there, too: an image's `/var/run -> /run` may lack its `/run`. What
// exists and is no directory is ENOTDIR. `mode` is subject to the umask.
int rooted_mkdirs(int root, const char* path, mode_t mode, RootedWay way = RootedWay::kBest);

// `mkdir -p` of the directories on the way, and `touch` of the last name, with links followed as
// above: something to mount a file on. 0, or -1.
int rooted_touch(int root, const char* path, mode_t mode);

// A new regular file, open for reading and writing; EEXIST also for a link. The folder must exist.
int rooted_create_file(int root, const char* path, mode_t mode, RootedWay way = RootedWay::kBest);

}  // namespace drydock
