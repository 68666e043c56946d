// Prints what /proc does not tell about the process itself: the signal at its parent's death.
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

int main(void) {
  int number = -1;
  prctl(PR_GET_PDEATHSIG, &number);
  printf("pdeathsig %d\n", number);
  for (int i = 1; i < 32; i++) {
    struct sigaction now;
    if (sigaction(i, 0, &now) == 0 && now.sa_handler != SIG_DFL) printf("signal %d is not at its default\n", i);
  }
  return 0;
}
