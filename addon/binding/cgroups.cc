// What cgroups need beyond files: the program that the kernel asks about devices (bpf(2), Linux
// 4.15), and the descriptor on which v1 tells that memory has run out (eventfd(2)).
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

constexpr uint32_t kMostPrograms = 64;

int bpf(bpf_cmd command, bpf_attr* attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, attributes, sizeof *attributes));
}

bpf_attr cleared() {
  bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  return attributes;
}

OwnedFd load(Napi::Env env, const std::string& program) {
  bpf_attr wanted = cleared();
  wanted.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  wanted.insns = reinterpret_cast<uint64_t>(program.data());
  wanted.insn_cnt = static_cast<uint32_t>(program.size() / sizeof(bpf_insn));
  wanted.license = reinterpret_cast<uint64_t>("Apache-2.0");
  return OwnedFd(checked(env, "bpf BPF_PROG_LOAD", bpf(BPF_PROG_LOAD, &wanted)));
}

// Programs that are attached to this very cgroup, as descriptors.
std::vector<OwnedFd> attached(Napi::Env env, int cgroup) {
  uint32_t ids[kMostPrograms];
  bpf_attr query = cleared();
  query.query.target_fd = static_cast<uint32_t>(cgroup);
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = reinterpret_cast<uint64_t>(ids);
  query.query.prog_cnt = kMostPrograms;
  checked(env, "bpf BPF_PROG_QUERY", bpf(BPF_PROG_QUERY, &query));
  std::vector<OwnedFd> programs;
  for (uint32_t i = 0; i < query.query.prog_cnt; i++) {
    bpf_attr wanted = cleared();
    wanted.prog_id = ids[i];
    programs.emplace_back(
        checked(env, "bpf BPF_PROG_GET_FD_BY_ID", bpf(BPF_PROG_GET_FD_BY_ID, &wanted)));
  }
  return programs;
}

bpf_attr attaching(int cgroup, int program) {
  bpf_attr wanted = cleared();
  wanted.target_fd = static_cast<uint32_t>(cgroup);
  wanted.attach_bpf_fd = static_cast<uint32_t>(program);
  wanted.attach_type = BPF_CGROUP_DEVICE;
  // Programs of cgroups above are asked as well, and one "no" is enough.
  wanted.attach_flags = BPF_F_ALLOW_MULTI;
  return wanted;
}

// attachDeviceProgram(cgroup, program). The new one comes before the old one goes, so that there is
// no moment without.
void attach_device_program(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int cgroup = int_of(info[0], "cgroup");
  OwnedFd program = load(env, bytes_of(info[1], "program"));
  std::vector<OwnedFd> before = attached(env, cgroup);
  bpf_attr wanted = attaching(cgroup, program.get());
  checked(env, "bpf BPF_PROG_ATTACH", bpf(BPF_PROG_ATTACH, &wanted));
  for (const OwnedFd& old : before) {
    bpf_attr gone = attaching(cgroup, old.get());
    gone.attach_flags = 0;
    checked(env, "bpf BPF_PROG_DETACH", bpf(BPF_PROG_DETACH, &gone));
  }
}

// eventfd(): fd
Napi::Value make_eventfd(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  return Napi::Number::New(env, checked(env, "eventfd", eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)));
}

}  // namespace

void define_cgroups(Napi::Env env, Napi::Object exports) {
  exports.Set("attachDeviceProgram",
              Napi::Function::New(env, attach_device_program, "attachDeviceProgram"));
  exports.Set("eventfd", Napi::Function::New(env, make_eventfd, "eventfd"));
}

}  // namespace drydock
