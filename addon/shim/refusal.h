// How the helper says that something was refused: one sentence on standard error, exit code 125.
//
//     drydock-shim: sandbox: mount /proc: Operation not permitted
//
// 125 is what people know from docker(1): the tool failed, not the program in it.
#pragma once

constexpr int kOwnFailure = 125;

// The program could not be executed: nothing of that name, or nothing that can be run
// (docker-run(1)).
constexpr int kNotFound = 127, kNotExecutable = 126;

// Says which call was refused on what, with the text of errno. `what` may be null.
void complain(const char* verb, const char* call, const char* what);

// The same, and ends the process with 125.
[[noreturn]] void refuse(const char* verb, const char* call, const char* what);

// A command line that makes no sense: says why, and how it would be right. Ends the process with
// 125.
[[noreturn]] void misused(const char* verb, const char* why, const char* usage);

// execvp(3) of `command`; if that is refused says so and ends with 126 or 127.
[[noreturn]] void execute(const char* verb, char** command);
