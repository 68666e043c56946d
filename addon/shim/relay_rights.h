// What a relay gives up before it listens to anybody.
#pragma once

// All rights for good: id 65534 of nobody's (and no groups), no capabilities, no new programs, and
// no system calls but those for sockets and memory. Ends the process with 125 when it cannot.
void renounce(const char* verb);
