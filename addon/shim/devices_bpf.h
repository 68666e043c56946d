// Keeps block devices out of reach in cgroup v2, where the devices controller is a BPF program
// (Linux 4.15; Documentation/admin-guide/cgroup-v2.rst, "Device controller").
#pragma once

// Attaches a program to the cgroup behind `directory` that refuses every use of a block device:
// mknod, read, write, mount. It is in force for the cgroup and all below it, whatever programs are
// attached there, and ends with the cgroup. False with errno when the kernel will not have it.
bool deny_block_devices(int directory);
