// The owner of one running container in the foreground.
//
// Problem: a container needs one process on the host that is its parent: that reaps it, passes its
// terminal and signals on, and knows its exit code whatever becomes of Node. Node starts this one,
// and learns the end from its exit.
//
//     3         conversation: handed on to the outer half (conversation.h), and closed here
//     4         plan: handed on too, with every descriptor above 6 that it names
//     5         console: if it is a socket, the master of the container's terminal comes through it
//     6         state: if it is a directory, `exit` is written there
//     0, 1, 2   the person's; inherited by the container when it has no terminal
//
//     supervise ── fork ──▶ outer ── clone(CLONE_PARENT) ──▶ container: our child
//         ◀────── pid ───────┘
//
// Invariants:
// - `exit` is complete on disk before anybody can learn of the end: before the container is reaped.
//   {"status":<what we exit with>,"signal":<n or 0>,"finished":<RFC 3339>}
// - Nothing is left behind. We are a child subreaper (prctl(2)), so processes that a container
//   without a PID namespace of its own leaves running come to us, and end with it.
// - When Node dies, the container is killed: it was in the foreground of somebody who is no more.
// - The terminal is as before, on every way out but SIGKILL.
//
// Exit code: the container's; 128+n when signal n ended it; 125 when it was never born.
#pragma once

int supervise(int argc, char** argv);
