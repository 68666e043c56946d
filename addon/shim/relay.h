// The relay of a container: copies what comes for a published port where no rule can lead it, from
// IPv6 to a container that has IPv4 alone, and from ::1 to any.
//
//     client ──▶ [::]:8080 ── relay ──▶ 10.214.0.2:80     one process for each container
//
//     0, 1      /dev/null
//     2, 3      conversation until the go (unix(7), SOCK_SEQPACKET); then 2 is /dev/null, too
//     4         folder of the container: by it, whoever looks into /proc sees whose relay this is
//     5 …       for each PORT a socket that is bound to it already, in the same order
//
//     drydock-shim relay [idle MS] ADDRESS PORT…            PORT as people say it: [::]:8080:80/tcp
//
//     engine                                relay
//                       ◀── ready ────────    has no rights any more (or: a sentence, and its end)
//       writes down who it is
//              ── go ────────────────────▶    listens to its sockets
//       closes; may end now
//              ── SIGTERM ───────────────▶    lets go of the ports, passes on what has come, ends
//
// Invariants:
// - No relay is forgotten: until the go it ends with the engine, after it the disk knows it.
// - It can do nothing else: an id without rights, no capabilities, no other program, and of the
//   system calls those that it needs (relay_rights.cc). Ours calls ADDRESS alone.
// - What it holds is bounded. Who does not read is not read for; an end of input is passed on and
//   does not end the other direction (relay_streams.h). A datagram's sender is remembered until
//   nothing has come for a while, a minute and a half unless said otherwise (relay_datagrams.h).
#pragma once

int relay(int argc, char** argv);
