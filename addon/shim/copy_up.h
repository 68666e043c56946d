// `tmpcopyup`: a tmpfs that begins with what it covers.
#pragma once

#include "shim/child.h"

// Copies what lies in the directory `from` into the directory `to`: directories, files, links,
// devices and fifos, with mode, owner and times. 0, or a negative errno.
int copy_up(Child& child, int from, int to);
