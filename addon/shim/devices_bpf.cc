#include "shim/devices_bpf.h"

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

// struct bpf_cgroup_dev_ctx { access_type; major; minor }: the low half of access_type says which
// kind of device, the high half whether it is to be made, read or written.
constexpr bpf_insn kDenyBlock[] = {
    // r2 = context->access_type
    {BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, offsetof(bpf_cgroup_dev_ctx, access_type), 0},
    // r2 &= 0xffff: the kind
    {BPF_ALU | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff},
    // r0 = 0: no
    {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
    // block: skip the next one
    {BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_2, 0, 1, BPF_DEVCG_DEV_BLOCK},
    // r0 = 1: yes
    {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1},
    // return r0
    {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
};

int bpf(bpf_cmd command, bpf_attr* attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, attributes, sizeof *attributes));
}

}  // namespace

bool deny_block_devices(int directory) {
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<uintptr_t>(kDenyBlock);
  load.insn_cnt = sizeof kDenyBlock / sizeof *kDenyBlock;
  load.license = reinterpret_cast<uintptr_t>("Apache-2.0");
  int program = bpf(BPF_PROG_LOAD, &load);
  if (program < 0) return false;

  // ALLOW_MULTI: programs of containers below are asked as well, and one "no" is enough.
  bpf_attr attach = {};
  attach.target_fd = static_cast<uint32_t>(directory);
  attach.attach_bpf_fd = static_cast<uint32_t>(program);
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  bool attached = bpf(BPF_PROG_ATTACH, &attach) == 0;
  close(program);
  return attached;
}
