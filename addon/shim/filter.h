// Runs a command under a seccomp filter that is given as a file: `drydock-shim filter FILE --
// CMD…`.
//
// Problem: tests and the lesson seccomp want to run things on a kernel that lacks a call, or
// refuses it. A filter that answers ENOSYS stands in for the old kernel; it is inherited by
// everything that CMD starts.
//
// FILE is an array of struct sock_filter, as compileFilter of src/linux writes it. It is loaded
// with prctl(2): the call seccomp(2) came only with Linux 3.17. With CAP_SYS_ADMIN no_new_privs
// stays off, so that setuid programs below still work; without it the kernel demands no_new_privs
// (seccomp(2), SECCOMP_SET_MODE_FILTER).
#pragma once

int filter(int argc, char** argv);
