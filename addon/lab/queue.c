// drydock-queue: one System V message queue, for the lesson names (sysvipc(7)).
//
//     drydock-queue send TEXT     makes the queue if there is none, and leaves a message in it
//     drydock-queue receive       takes one message out, and prints it
//
// Problem: busybox can list queues and cannot read one. What a queue is must be seen to see what
// an IPC namespace takes away: the kernel keeps it, under a number that every program can guess,
// until somebody removes it; no path, no process, no file system leads to it.
//
// Exit code: 0; 1 when there is no queue or no message in it; 125 for anything else.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

enum { KEY = 0x6472, ROOM = 256, FAILED = 125 };

struct letter {
  long kind;
  char text[ROOM];
};

static int failed(const char* what) {
  int code = errno == ENOENT || errno == ENOMSG ? 1 : FAILED;
  perror(what);
  return code;
}

static int send_text(const char* text) {
  struct letter letter = {.kind = 1};
  strncpy(letter.text, text, ROOM - 1);
  int queue = msgget(KEY, IPC_CREAT | 0666);
  if (queue < 0) return failed("msgget");
  if (msgsnd(queue, &letter, strlen(letter.text), IPC_NOWAIT) != 0) return failed("msgsnd");
  return 0;
}

static int receive_text(void) {
  struct letter letter;
  int queue = msgget(KEY, 0);
  if (queue < 0) return failed("msgget");
  ssize_t length = msgrcv(queue, &letter, sizeof letter.text, 0, IPC_NOWAIT);
  if (length < 0) return failed("msgrcv");
  printf("%.*s\n", (int)length, letter.text);
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "send") == 0) return send_text(argv[2]);
  if (argc == 2 && strcmp(argv[1], "receive") == 0) return receive_text();
  fprintf(stderr, "usage: drydock-queue send TEXT | drydock-queue receive\n");
  return FAILED;
}
