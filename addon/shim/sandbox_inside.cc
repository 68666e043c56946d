#include "shim/sandbox_inside.h"

#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/refusal.h"

namespace {

constexpr const char* kVerb = "sandbox";

// What no lesson needs and what reaches beyond every namespace: the clock, the kernel itself, the
// raw machine.
constexpr int kDropped[] = {CAP_SYS_MODULE,   CAP_SYS_TIME,  CAP_SYS_RAWIO,
                            CAP_SYS_BOOT,     CAP_SYSLOG,    CAP_WAKE_ALARM,
                            CAP_MAC_OVERRIDE, CAP_MAC_ADMIN, CAP_BLOCK_SUSPEND};

// PR_SET_PDEATHSIG does nothing about a parent that has died before it: the pipe tells.
void die_with_outer(int alive) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) refuse(kVerb, "prctl", "PR_SET_PDEATHSIG");
  pollfd end = {alive, POLLIN, 0};
  if (poll(&end, 1, 0) > 0) _exit(kOwnFailure);
  close(alive);
}

// A new network namespace has a loopback link that is down: nothing could listen on 127.0.0.1.
void raise_loopback() {
  int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) refuse(kVerb, "socket", "AF_INET");
  ifreq link = {};
  strncpy(link.ifr_name, "lo", IFNAMSIZ - 1);
  link.ifr_flags = IFF_UP;
  if (ioctl(socket_fd, SIOCSIFFLAGS, &link) != 0) refuse(kVerb, "ioctl(SIOCSIFFLAGS)", "lo");
  close(socket_fd);
}

// The bounding set caps what root gets at each execve, the inheritable set would be added to it
// (capabilities(7)). A user namespace made in here has them all again, but only over what it owns.
void drop_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  if (syscall(SYS_capget, &header, sets) != 0) refuse(kVerb, "capget", nullptr);
  for (int capability : kDropped) {
    // EINVAL: this kernel does not know it.
    if (prctl(PR_CAPBSET_DROP, capability) != 0 && errno != EINVAL)
      refuse(kVerb, "prctl", "PR_CAPBSET_DROP");
    auto& half = sets[CAP_TO_INDEX(capability)];
    half.effective &= ~CAP_TO_MASK(capability);
    half.permitted &= ~CAP_TO_MASK(capability);
  }
  for (auto& half : sets) half.inheritable = 0;
  if (syscall(SYS_capset, &header, sets) != 0) refuse(kVerb, "capset", nullptr);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// PID 1 is the parent of every orphan in the dock and must wait for them. A signal sent by a
// process (the outer half) is passed on; one that the terminal sent has reached the command
// already.
[[noreturn]] void reap_and_forward(pid_t command, const sigset_t& all) {
  for (;;) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
      if (pid == command) _exit(code_of(status));
    siginfo_t info;
    int number = sigwaitinfo(&all, &info);
    if (number > 0 && number != SIGCHLD && info.si_code <= 0) kill(command, number);
  }
}

}  // namespace

void be_inside(Dock& dock, int alive) {
  prctl(PR_SET_NAME, "drydock:dock");
  die_with_outer(alive);
  // The working directory again by its name: as it is, it would lead to the writable mount below.
  char directory[PATH_MAX];
  if (!getcwd(directory, sizeof directory)) strcpy(directory, "/");
  enter_dock_cgroups(dock.cgroups);
  arrange_mounts(dock.folders, dock.cgroups);
  if (chdir(directory) != 0 && chdir("/") != 0) refuse(kVerb, "chdir", directory);
  raise_loopback();
  drop_capabilities();

  sigset_t all, none;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  pid_t command = fork();
  if (command < 0) refuse(kVerb, "fork", nullptr);
  if (command == 0) {
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execute(kVerb, dock.command);
  }
  reap_and_forward(command, all);
}
