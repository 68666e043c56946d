// The dock: where demos, checks and learners' code run, as root, without harm to the machine.
//
//     drydock-shim sandbox [--writable DIR]… [--readable DIR]…
//                          [--memory BYTES] [--pids N] [--seconds N] -- CMD [ARG…]
//
// It is entered before Node starts, because Node has threads by then and could not leave its mount
// namespace.
//
//     outer half                              inner half: PID 1 of the dock
//       cgroups with limits
//       clone: mount, pid, net, ipc, uts ──▶  moves into the cgroups, own cgroup namespace
//       passes signals on, watches the        / read-only, windows, /proc, /dev (sandbox_mounts.h)
//       clock, waits                          lo up; capabilities dropped
//                                             starts CMD; reaps, passes signals on
//                        ◀── exit code ─────  CMD ends: PID 1 ends, and the kernel ends all others
//       tells of the memory limit
//       removes the cgroups, restores the terminal
//
// Invariant: everything ends together. PID 1 dies with the outer half (PR_SET_PDEATHSIG), and with
// PID 1 the kernel kills its whole namespace. What an outer half that was killed leaves are empty
// cgroups; the next dock removes them.
//
// The terminal: both halves stay in the session and process group of the caller, so CMD is in the
// foreground, Ctrl-C reaches it directly and Ctrl-Z stops all of us, as the caller's shell expects.
//
// What it protects against: accidents, and the ordinary malice of an exercise. Removing /
// (read-only), writing the raw disk (devices cgroup or BPF, also for a node made with mknod),
// running for ever (--seconds), fork bombs (--pids), eating the memory (--memory), killing the
// host's processes, setting the clock or the host's name, loading modules, rebooting, asking the
// host's daemons over their sockets.
//
// What it does not protect against: somebody who is root in it and wants out. CAP_SYS_ADMIN stays,
// because the lessons mount, and with it `mount -o remount,bind,rw /` makes the host's files
// writable; a procfs mounted anew has a writable /proc/sys; on kernels before 4.6, without cgroup
// namespaces, a cgroup hierarchy mounted anew shows the host's groups; other people's
// terminals can be written to in /dev/pts. To keep such a person in needs a virtual machine.
//
// What does not work in it: time namespaces with offsets, unless in a user namespace of one's own
// (they need CAP_SYS_TIME, which would also set the clock); the network outside; anything that
// needs a block device.
//
// Exit code: CMD's, 128+n when signal n ended it; 124 when the time was up; 125 for a failure of
// the dock itself; 126 and 127 when CMD cannot be executed or is not there.
#pragma once

int sandbox(int argc, char** argv);
