// Receives one notification on the seccomp listener at descriptor 3, answers EROFS, and prints the number of the call
// (seccomp_unotify(2), Linux 5.0).
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

int main(void) {
  struct seccomp_notif asked;
  struct seccomp_notif_resp answer;
  memset(&asked, 0, sizeof asked);
  memset(&answer, 0, sizeof answer);
  if (ioctl(3, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) {
    perror("SECCOMP_IOCTL_NOTIF_RECV");
    return 1;
  }
  printf("%d %u\n", asked.data.nr, asked.pid);
  answer.id = asked.id;
  answer.error = -EROFS;
  if (ioctl(3, SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0) {
    perror("SECCOMP_IOCTL_NOTIF_SEND");
    return 1;
  }
  return 0;
}
