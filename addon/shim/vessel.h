// The owner of one running process in the background: a container's first, or one of an exec.
//
// Problem: containers outlive whoever started them. An engine that is stopped, upgraded or killed
// must find them again, with their output complete and their exit codes known. So each has one
// small process on the host that is its parent, holds its terminal or pipes, writes its log, and
// answers at a socket whoever connects next.
//
//     3         conversation: handed on to the outer half (conversation.h), and closed here
//     4         plan: handed on too, with every descriptor above 8 that it names
//     5         console: if it is a socket, the master of the process' terminal comes through it
//     6         directory of the socket and of the file with the end
//     7         directory of the log; not open: no log
//     8         the cgroup's file that counts kills for memory (memory.events or
//               memory.oom_control); not open: none
//     0, 1, 2   /dev/null, /dev/null, and where complaints go
//
//     drydock-shim vessel NAME [stdin] [hold] [BYTES FILES]
//
// NAME.sock and NAME.exit are made in 6. `stdin` keeps the input open until somebody closes it;
// without it the input is at its end. `hold`: output stays in the pipe until the first client has
// attached, because an exec has no log in which a client that comes late could read it. A log file
// is put aside at BYTES, and FILES of them are kept.
//
// The protocol, on a SOCK_STREAM unix socket (mode 0600): frames of eight bytes and what follows,
// as in the streams of Docker's API, so that an engine passes 1 and 2 on as they are:
//
//     ┌──────┬───────────┬──────────────────────┬─────────
//     │ kind │  0  0  0  │ length (big-endian)  │ bytes …
//     └──────┴───────────┴──────────────────────┴─────────
//
//     client                                vessel
//       attach(flags) ──────────────────▶     from now on: 1 output (bit 1 of flags), 2 errors
//                                             (bit 2); bit 3: nothing is to be missed
//                       ◀── attached ────
//       0 input ────────────────────────▶     to the process, as fast as it reads
//       closeInput ─────────────────────▶
//       resize(rows, columns) ──────────▶     two 16-bit numbers, big-endian
//       signal(number) ─────────────────▶     one byte
//                       ◀── 1 output, 2 errors
//                       ◀── lost(bytes) ─     64-bit: missed by a slow client; the log has it
//                       ◀── ended(json) ─     what NAME.exit says; then the connection closes
//
// Invariants:
// - NAME.exit is complete on disk before anybody can learn of the end.
// - Whatever its clients do, the process goes on: one that does not read misses output, and the
//   others do not. Only one that has asked to miss nothing is waited for, as at a pipe; after the
//   end no longer than ten seconds.
// - A log that cannot be written loses lines, counts them, and says so in the log as soon as it
// can.
// - Nothing that was written before the end is missing from the log, and nothing is waited for that
// comes after it.
// - At most 1 MB is resident: buffers are few, fixed, and untouched until they are needed.
#pragma once

int vessel(int argc, char** argv);
