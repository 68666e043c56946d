// Prints its session keyring: number and description, "keyring;uid;gid;permissions;name".
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  char text[256] = "";
  long keyring = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
  syscall(SYS_keyctl, KEYCTL_DESCRIBE, keyring, text, sizeof text - 1);
  printf("%ld %s\n", keyring, text);
  return keyring < 0;
}
