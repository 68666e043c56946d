// The vocabulary: one short function for each word, in the file of its subject.
//
// src/runtime/steps.ts is the same table for TypeScript; `drydock-shim steps` prints this one, and
// a test compares. Signature letters: i number, s bytes, f descriptor slot, l list of strings; a
// capital letter may be null.
#pragma once

#include "shim/plan.h"

const Word* find_word(const char* name);
const Word* all_words();  // ends with a null name

// steps_mount.cc
int step_mount(Child&, const Step&);
int step_umount2(Child&, const Step&);
int step_mount_at(Child&, const Step&);
int step_bind_at(Child&, const Step&);
int step_pivot_root(Child&, const Step&);
int step_chroot(Child&, const Step&);
int step_open_tree(Child&, const Step&);
int step_mount_setattr(Child&, const Step&);
int step_move_mount(Child&, const Step&);
// steps_file.cc
int step_open(Child&, const Step&);
int step_open_root(Child&, const Step&);
int step_dup2(Child&, const Step&);
int step_write_file(Child&, const Step&);
int step_mkdir_at(Child&, const Step&);
int step_mknod_at(Child&, const Step&);
int step_symlink_at(Child&, const Step&);
int step_chdir(Child&, const Step&);
int step_chdir_again(Child&, const Step&);
int step_fchdir(Child&, const Step&);
int step_check_cwd(Child&, const Step&);
// steps_process.cc
int step_unshare(Child&, const Step&);
int step_setns(Child&, const Step&);
int step_setsid(Child&, const Step&);
int step_join_session_keyring(Child&, const Step&);
int step_sethostname(Child&, const Step&);
int step_setdomainname(Child&, const Step&);
int step_umask(Child&, const Step&);
int step_setgroups(Child&, const Step&);
int step_setresgid(Child&, const Step&);
int step_setresuid(Child&, const Step&);
int step_lookup_exec(Child&, const Step&);
int step_hold_signals(Child&, const Step&);
int step_prepare_exec(Child&, const Step&);
int step_execve(Child&, const Step&);
// steps_masks.cc
int step_mask_at(Child&, const Step&);
int step_readonly_at(Child&, const Step&);
int step_set_readonly(Child&, const Step&);
int step_write_sysctl(Child&, const Step&);
int step_write_attr(Child&, const Step&);
// steps_limits.cc
int step_setrlimit(Child&, const Step&);
int step_sched_setattr(Child&, const Step&);
int step_ioprio_set(Child&, const Step&);
int step_personality(Child&, const Step&);
// steps_privileges.cc
int step_cap_bounding(Child&, const Step&);
int step_keep_caps(Child&, const Step&);
int step_capset(Child&, const Step&);
int step_cap_ambient(Child&, const Step&);
int step_no_new_privs(Child&, const Step&);
int step_seccomp(Child&, const Step&);
// steps_landlock.cc
int step_landlock_create_ruleset(Child&, const Step&);
int step_landlock_add_rule(Child&, const Step&);
int step_landlock_restrict_self(Child&, const Step&);
// steps_hook.cc
int step_run_hook(Child&, const Step&);
// steps_terminal.cc
int step_open_console(Child&, const Step&);
int step_chown_stdio(Child&, const Step&);
// steps_network.cc
int step_link_up(Child&, const Step&);
// steps_conversation.cc
int step_sync(Child&, const Step&);
int step_send_fd(Child&, const Step&);
int step_await_go(Child&, const Step&);
