#include "shim/steps.h"

#include <string.h>

namespace {

constexpr Word kWords[] = {
    {"mount", "SSSiS", step_mount},
    {"umount2", "si", step_umount2},
    {"mount_at", "fsSSiSii", step_mount_at},
    {"bind_at", "fssiiii", step_bind_at},
    {"pivot_root", "ss", step_pivot_root},
    {"chroot", "s", step_chroot},
    {"open_tree", "si", step_open_tree},
    {"mount_setattr", "fiiii", step_mount_setattr},
    {"move_mount", "ffsi", step_move_mount},
    {"open", "si", step_open},
    {"open_root", "s", step_open_root},
    {"dup2", "fi", step_dup2},
    {"write_file", "ss", step_write_file},
    {"mkdir_at", "fsi", step_mkdir_at},
    {"mknod_at", "fsiiiiS", step_mknod_at},
    {"symlink_at", "fss", step_symlink_at},
    {"chdir", "s", step_chdir},
    {"chdir_again", "s", step_chdir_again},
    {"fchdir", "f", step_fchdir},
    {"check_cwd", "", step_check_cwd},
    {"unshare", "i", step_unshare},
    {"setns", "si", step_setns},
    {"setsid", "", step_setsid},
    {"join_session_keyring", "s", step_join_session_keyring},
    {"sethostname", "s", step_sethostname},
    {"setdomainname", "s", step_setdomainname},
    {"umask", "i", step_umask},
    {"setgroups", "s", step_setgroups},
    {"setresgid", "i", step_setresgid},
    {"setresuid", "i", step_setresuid},
    {"lookup_exec", "l", step_lookup_exec},
    {"hold_signals", "", step_hold_signals},
    {"prepare_exec", "i", step_prepare_exec},
    {"execve", "ll", step_execve},
    {"mask_at", "fs", step_mask_at},
    {"readonly_at", "fs", step_readonly_at},
    {"set_readonly", "s", step_set_readonly},
    {"write_sysctl", "fss", step_write_sysctl},
    {"write_attr", "fss", step_write_attr},
    {"setrlimit", "iii", step_setrlimit},
    {"sched_setattr", "iiiiiii", step_sched_setattr},
    {"ioprio_set", "ii", step_ioprio_set},
    {"personality", "i", step_personality},
    {"cap_bounding", "i", step_cap_bounding},
    {"keep_caps", "", step_keep_caps},
    {"capset", "iii", step_capset},
    {"cap_ambient", "i", step_cap_ambient},
    {"no_new_privs", "", step_no_new_privs},
    {"seccomp", "sii", step_seccomp},
    {"landlock_create_ruleset", "i", step_landlock_create_ruleset},
    {"landlock_add_rule", "fif", step_landlock_add_rule},
    {"landlock_restrict_self", "f", step_landlock_restrict_self},
    {"run_hook", "slliss", step_run_hook},
    {"open_console", "iiii", step_open_console},
    {"chown_stdio", "i", step_chown_stdio},
    {"link_up", "s", step_link_up},
    {"sync", "s", step_sync},
    {"send_fd", "Ffs", step_send_fd},
    {"await_go", "ff", step_await_go},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const Word* all_words() { return kWords; }

const Word* find_word(const char* name) {
  for (const Word* word = kWords; word->name; word++)
    if (strcmp(word->name, name) == 0) return word;
  return nullptr;
}
