// What time it is: for deadlines, and for people.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Milliseconds of CLOCK_MONOTONIC, which nobody sets.
int64_t now_ms();

// RFC 3339 with nanoseconds, as Docker writes it. `size` is at least 32.
void now_text(char* text, size_t size);
