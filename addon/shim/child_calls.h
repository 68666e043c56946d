// What the container's own process can do before it has a program, for child.c: C, because a
// learner writes that file anew.
//
// Steps are counted from 0. Nothing here allocates: between clone and execve there is nobody who
// would give it back.
#pragma once

#include <stdbool.h>

struct Child;

#ifdef __cplusplus
extern "C" {
#endif

// Says `born`, with the number by which the parent knows it, and enters its v1 cgroups.
void be_born(struct Child* child);

// Waits for the parent's go-on; ends this process when the parent is gone. As the first process of
// a user namespace it is root there afterwards.
void await_parent(struct Child* child);

// How many steps the plan has. The last one is the execve.
int step_count(const struct Child* child);

// Makes the system call of a step. As the kernel answers: 0 or a descriptor that it has opened, or
// a negative errno. Does not return from an execve that succeeds.
int run_step(struct Child* child, int step);

// True when the plan says that this errno is no failure of the step.
bool tolerates(const struct Child* child, int step, int error);

// Keeps what a step has opened for those that name it later, and closes what was named for the last
// time.
void keep_result(struct Child* child, int step, int result);

// Tells the parent which step was refused, with which errno. Does not end this process.
void tell_failure(struct Child* child, int step, int error);

// child.c
int become_program(struct Child* child);

#ifdef __cplusplus
}
#endif
