// What the half-built container and the process that wants it say to each other.
//
// One SOCK_SEQPACKET pair (unix(7)): a message is whole or absent, and descriptors travel with it
// (SCM_RIGHTS). src/runtime/conversation.ts holds the other end and uses the same names.
//
// clang-format off
//     parent (Node)                        outer, then the child
//       spawn ───────────────────────────▶   outer: joins, clones, ends
//                       ◀── born(pid) ────   the child waits
//       uid_map, links
//              ── go-on ─────────────────▶   walks the plan
//                       ◀── fd(name) ─────   a descriptor that the parent needs (console, tree)
//                       ◀── sync(detached)   for each idmapped mount
//       owners of the tree
//              ── go-on ─────────────────▶
//                       ◀── sync(mounted) ─   after the mounts, before the pivot
//       hooks
//              ── go-on ─────────────────▶
//                       ◀── created ──────   everything but the last phase is done
//       saves the state
//              ── go-on ─────────────────▶   the parent may end now
//       start: one byte into the go fifo ▶   last phase, execve: the socket closes by itself
// clang-format on
//
//     failed(step, errno) may come instead of any message, and the child is gone after it.
//     executing comes right before the execve; only a failed may follow it. After `created` both
//     are written to the start-error file, which was 64 zeros, because nobody may be listening any
//     more. before(step) is said only when the plan asks for stepping, and waits for go-on.
//
// The end alone proves nothing: the kernel closes the socket and the fifo for an execve and for a
// death alike. Without executing it was a death; with it an execve, or a kill within it, which the
// program could not have told from one in front of its first instruction.
#pragma once

#include <cstddef>
#include <cstdint>

enum class Say : uint32_t { born = 1, sync, fd, failed, created, before, executing };

// The step index of failures outside the plan.
constexpr int32_t kOuter = -1;

struct Message {
  Say kind;
  int32_t step;
  int32_t value;  // born: pid; failed: errno
  int32_t flag;   // born: 1 when clone3 put the child into its cgroup
  char name[48];  // sync and fd: the name; failed: the system call that was refused
};
static_assert(sizeof(Message) == 64, "src/runtime/spawn.ts reads 64 bytes");

Message message(Say kind, int32_t step, int32_t value, const char* name);

// One message, with a descriptor beside it unless that is negative. False with errno when it could
// not be sent.
bool send_with(int socket, const void* bytes, size_t length, int descriptor);

// The descriptor beside the next message, without waiting; -1 when there is none yet, or `ended`.
int receive_descriptor(int socket, bool* ended);

// False when the parent is gone.
bool say(int conversation, const Message& what, int descriptor = -1);

// Waits until the parent answers; ends this process when it is gone, because nobody would ever
// clean up after it.
void await_go_on(int conversation);

// True when the other end is closed.
bool hung_up(int conversation);
