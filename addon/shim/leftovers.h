// Ends whatever a container has left running: processes that lost their parent and, because we are
// a child subreaper, became our children. With a PID namespace there are none: they ended with its
// PID 1 (pid_namespaces(7)).
#pragma once

// Kills and reaps until no child is left, or two seconds have passed.
void end_leftovers();
