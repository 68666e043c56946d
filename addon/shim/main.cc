// drydock-shim: the native helper between Node and a container.
//
//     spawn       3: conversation, 4: plan          starts one process by its plan, and ends
//     supervise   3, 4; 5: console, 6: state        owns one container in the foreground
//     vessel …    3, 4, 5; 6, 7: places, 8: OOM       owns one process in the background
//     relay …     3; 4: place, 5 …: sockets           copies between ports and one container
//     sandbox …   the dock in which learners' code runs
//     filter …    runs a command under a seccomp filter
//     steps       prints the vocabulary of plans
//
// It is linked statically: it goes on running where there is no C library of ours.
#include <stdio.h>
#include <string.h>

#include "shim/filter.h"
#include "shim/relay.h"
#include "shim/sandbox.h"
#include "shim/spawn.h"
#include "shim/steps.h"
#include "shim/supervise.h"
#include "shim/vessel.h"

namespace {

constexpr int kConversation = 3, kPlan = 4;

int print_steps() {
  for (const Word* word = all_words(); word->name; word++)
    printf("%s %s\n", word->name, word->signature);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const char* verb = argc > 1 ? argv[1] : "";
  if (strcmp(verb, "spawn") == 0) outer(kConversation, kPlan, -1);
  if (strcmp(verb, "supervise") == 0) return supervise(argc, argv);
  if (strcmp(verb, "vessel") == 0) return vessel(argc, argv);
  if (strcmp(verb, "relay") == 0) return relay(argc, argv);
  if (strcmp(verb, "sandbox") == 0) return sandbox(argc, argv);
  if (strcmp(verb, "filter") == 0) return filter(argc, argv);
  if (strcmp(verb, "steps") == 0) return print_steps();
  fprintf(stderr,
          "drydock-shim: unknown verb '%s'; "
          "spawn, supervise, vessel, relay, sandbox, filter or steps\n",
          verb);
  return 125;
}
