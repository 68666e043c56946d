// The outer half of the two-part spawn.
//
// Namespaces that exist are entered before the clone, by a process that is thrown away: setns(2) on
// a PID namespace only counts for children, and a process that has entered a container's mount
// namespace must not go on to be the host's helper. Namespaces that are new are made by the clone
// itself, so that the kernel makes the user namespace first and lets it own the others
// (user_namespaces(7)).
//
// CLONE_PARENT makes the container a child of whoever started the helper: it is reaped there, and
// the outer half ends at once. `create` and `exec` are this one path; exec has joins where create
// has flags (CVE-2022-29162).
#pragma once

// Reads the plan from `plan`, joins, clones, ends; the child says born(pid). Writes the pid as
// int32 to `report` unless -1.
[[noreturn]] void outer(int conversation, int plan, int report);
