// The directory above a path, inside a root that is not trusted.
#pragma once

// Makes what is missing of the directories above the last component, and opens the innermost
// (O_PATH). -1 and errno.
int rooted_mkdirs_of_parent(int root, const char* path);

// What comes after the last slash.
const char* last_component(const char* path);
