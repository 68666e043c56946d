// The plan: what the container's process does before its program starts, as data (written by
// src/runtime/encode.ts).
//
// It is decoded completely, and checked against the vocabulary, before anything is joined or
// cloned: afterwards the child walks it without allocating, because a process between clone and
// execve may own nothing that needs cleaning up.
//
// The file, little-endian; str = u32 length, bytes, NUL:
//
// clang-format off
//     "DRYDOCK1"
//     u32 clone flags, u32 options, i32 cgroup descriptor or -1
//     u32 n, n × { i32 descriptor, u32 CLONE_NEW… }   namespaces to join
//     u32 n, n × i32 descriptor                       `tasks` files of the v1 cgroups to join
//     u32 n, n × { i32 slot, i32 descriptor }         descriptors given to the child
//     u32 n, n × {                                    steps
//         str name, i32 slot or -1,
//         u32 n, n × i32 tolerated errno,
//         u32 n, n × { u8 'i' i64 | 's' str | 'f' i32 slot | 'l' u32 n str… | '0' } }
// clang-format on
#pragma once

#include <stddef.h>
#include <stdint.h>

constexpr int kMaxSlots = 64;  // and no more joins, `tasks` files or preserved descriptors
constexpr int kMaxArgs = 8;
constexpr int kMaxTolerated = 4;

enum Options : uint32_t {
  kStepping = 1,  // say before(step) ahead of each step
  kDumpable = 2,  // the parent is not root and must be able to write our uid_map
};

struct Arg {
  char kind = '0';             // 'i', 's', 'f', 'l', or '0' for null
  int64_t number = 0;          // 'i'; or the slot of 'f'
  const char* text = nullptr;  // 's', NUL-terminated
  uint32_t length = 0;         // bytes of 's', entries of 'l'
  char** list = nullptr;       // 'l', NULL-terminated
};

struct Child;
struct Step;

// A step returns a descriptor or 0, or a negative errno.
using StepFunction = int (*)(Child& child, const Step& step);

struct Word {
  const char* name;
  const char* signature;  // one letter an argument; a capital letter may be null
  StepFunction run;
};

struct Step {
  const Word* word;
  int32_t into;
  uint32_t tolerated_count;
  int32_t tolerated[kMaxTolerated];
  Arg args[kMaxArgs];
};

struct Join {
  int32_t descriptor;
  uint32_t type;
};

struct Given {
  int32_t slot;
  int32_t descriptor;
};

struct Plan {
  uint32_t clone_flags = 0;
  uint32_t options = 0;
  int32_t cgroup = -1;
  uint32_t join_count = 0;
  Join* joins = nullptr;
  uint32_t tasks_count = 0;
  int32_t* tasks = nullptr;
  uint32_t given_count = 0;
  Given* given = nullptr;
  uint32_t step_count = 0;
  Step* steps = nullptr;
};

// Null on success; else one sentence saying what is wrong with the bytes.
const char* decode(const char* bytes, size_t length, Plan* plan);
