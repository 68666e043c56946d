// Small things one does with the files of a cgroup.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Writes `value` to `directory`/`name`. False with errno when refused.
bool write_cgroup(const char* directory, const char* name, const char* value);
bool write_cgroup_number(const char* directory, const char* name, uint64_t value);

// Reads `directory`/`name` as text. False when there is no such file.
bool read_cgroup(const char* directory, const char* name, char* text, size_t size);

// The number after `key` in a file of lines "key number"; 0 when there is none.
uint64_t cgroup_count(const char* directory, const char* name, const char* key);

// Removes the cgroup and all below it; what still has processes stays. True when it is gone.
bool remove_cgroup_tree(const char* directory);
