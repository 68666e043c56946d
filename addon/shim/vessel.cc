#include "shim/vessel.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

#include "shim/clock.h"
#include "shim/conversation.h"
#include "shim/descriptors.h"
#include "shim/leftovers.h"
#include "shim/owned.h"
#include "shim/refusal.h"
#include "shim/vessel_clients.h"
#include "shim/vessel_log.h"
#include "shim/vessel_streams.h"

// Where the program's code lies (end(3)).
extern "C" char __executable_start, etext;

namespace {

constexpr const char* kVerb = "vessel";
constexpr const char* kUsage = "NAME [stdin] [hold] [BYTES FILES]";
constexpr int kConsole = 5, kPlace = 6, kLogPlace = 7, kOom = 8;

// After the end: how long we go on reading when somebody else still holds the other side of a pipe,
// and how long a slow client may take to hear of it.
constexpr int kQuietMs = 100, kFarewellMs = 2000, kPatienceMs = 10000;

// Most of this program is the way to here. What is needed again comes back from memory that all
// vessels share.
void let_go_of_code() {
  auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto from = reinterpret_cast<uintptr_t>(&__executable_start) & ~(page - 1);
  auto to = reinterpret_cast<uintptr_t>(&etext) & ~(page - 1);
  madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
}

class Vessel final : public Orders, public Audience {
 public:
  void prepare(int argc, char** argv);
  void start();
  void tend();
  int finish();

  bool can_take_input() const override { return streams_.can_take_input(); }
  void input(const char* bytes, size_t length) override { streams_.input(bytes, length); }
  void close_input() override { streams_.close_input(); }
  void resize(unsigned rows, unsigned columns) override { streams_.resize(rows, columns); }
  void signal(int number) override;

  bool has_room() const override {
    return !is_held() && clients_.can_take_output(VesselStreams::kPiece);
  }
  void hear(Frame stream, const char* bytes, size_t length) override;

 private:
  static void in_child(void* self);
  void on_signals();
  void on_end(const siginfo_t& end);
  int oom_kills() const;
  bool is_held() const { return holds_ && !clients_.had_somebody(); }

  const char* name_ = nullptr;
  bool keeps_input_ = false, holds_ = false, has_log_ = false, ended_ = false;
  pid_t child_ = 0;
  int signals_ = -1, oom_ = -1;
  int status_ = kOwnFailure;
  EndingText ending_{{kOwnFailure, 0, -1}};
  VesselStreams streams_;
  VesselClients clients_;
  VesselLog log_;
};

void Vessel::prepare(int argc, char** argv) {
  if (argc < 3 || strchr(argv[2], '/')) misused(kVerb, "NAME is needed, and is no path", kUsage);
  name_ = argv[2];
  int at = 3;
  if (at < argc && strcmp(argv[at], "stdin") == 0) {
    keeps_input_ = true;
    at++;
  }
  if (at < argc && strcmp(argv[at], "hold") == 0) {
    holds_ = true;
    at++;
  }
  int64_t bytes = at < argc ? strtoll(argv[at], nullptr, 10) : 0;
  int files = at + 1 < argc ? atoi(argv[at + 1]) : 1;
  prctl(PR_SET_NAME, "drydock:vessel");
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) refuse(kVerb, "prctl", "PR_SET_CHILD_SUBREAPER");
  ::signal(SIGCHLD, SIG_DFL);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) refuse(kVerb, "signalfd", nullptr);
  if (is_kind(kConsole, S_IFSOCK)) streams_.expect_master(kConsole);
  if (is_kind(kOom, S_IFREG)) oom_ = kOom;
  if (!is_kind(kPlace, S_IFDIR)) misused(kVerb, "descriptor 6 must be a directory", kUsage);
  has_log_ = is_kind(kLogPlace, S_IFDIR);
  if (has_log_) log_.open(kLogPlace, bytes, files);
  char socket_name[96];
  snprintf(socket_name, sizeof socket_name, "%s.sock", name_);
  if (!clients_.listen_at(kPlace, socket_name)) refuse(kVerb, "bind", socket_name);
}

void Vessel::in_child(void* self) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  static_cast<Vessel*>(self)->streams_.put_inside();
}

void Vessel::start() {
  if (!streams_.make_pipes(keeps_input_)) refuse(kVerb, "pipe2", nullptr);
  Keep keep;
  streams_.keep(keep);
  for (int descriptor : {signals_, oom_, clients_.listener(), kPlace}) keep.add(descriptor);
  if (has_log_) {
    keep.add(kLogPlace);
    keep.add(log_.file());
  }
  child_ = start_owned(kVerb, keep, in_child, this);
  if (child_ < 0) _exit(kOwnFailure);
}

// The log first: what a client has heard stands in it, whole, or has been counted as lost.
void Vessel::hear(Frame stream, const char* bytes, size_t length) {
  log_.add(stream == Frame::output ? 1 : 2, bytes, length);
  clients_.send(stream, bytes, length);
}

void Vessel::signal(int number) {
  if (!ended_) kill(child_, number);
}

// `oom_kill N` of memory.events (v2) and of memory.oom_control (v1, Linux 4.13).
int Vessel::oom_kills() const {
  char text[512];
  if (oom_ < 0) return -1;
  ssize_t got = pread(oom_, text, sizeof text - 1, 0);
  if (got < 0) return -1;
  text[got] = '\0';
  const char* line = strstr(text, "oom_kill ");
  return line ? atoi(line + strlen("oom_kill ")) : -1;
}

void Vessel::on_end(const siginfo_t& end) {
  bool exited = end.si_code == CLD_EXITED;
  status_ = exited ? end.si_status : 128 + end.si_status;
  ending_ = EndingText({status_, exited ? 0 : end.si_status, oom_kills()});
  char file[96];
  snprintf(file, sizeof file, "%s.exit", name_);
  write_ending(kVerb, kPlace, file, ending_);
  waitpid(child_, nullptr, 0);
  ended_ = true;
  end_leftovers();
}

// WNOWAIT shows who has ended and leaves the zombie: the file comes before the reaping.
void Vessel::on_signals() {
  signalfd_siginfo info;
  while (read(signals_, &info, sizeof info) == sizeof info)
    if (info.ssi_signo == SIGTERM) signal(SIGTERM);
  for (;;) {
    siginfo_t end = {};
    if (waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) != 0 || end.si_pid == 0) return;
    if (end.si_pid == child_ && !ended_)
      on_end(end);
    else
      waitpid(end.si_pid, nullptr, 0);
  }
}

void Vessel::tend() {
  enum { kSignals, kStreams, kClients = kStreams + VesselStreams::kPolled };
  pollfd polled[kClients + VesselClients::kPolled];
  while (!(ended_ && streams_.is_drained())) {
    bool room = has_room();
    polled[kSignals] = {signals_, POLLIN, 0};
    streams_.wish(polled + kStreams, room);
    clients_.wish(polled + kClients, *this);
    int patience = !ended_ ? -1 : room ? kQuietMs : kPatienceMs;
    int ready = poll(polled, sizeof polled / sizeof *polled, patience);
    if (ready < 0 && errno != EINTR) refuse(kVerb, "poll", nullptr);
    if (ready == 0 && ended_ && room) return;
    if (ready == 0 && ended_) {
      holds_ = false;
      clients_.end_patience();
    }
    if (ready <= 0) continue;
    streams_.serve(polled + kStreams, *this);
    clients_.serve(polled + kClients, *this);
    if (polled[kSignals].revents) on_signals();
  }
}

int Vessel::finish() {
  log_.finish();
  // Before anybody hears of the end: who looks for us then finds nobody, and reads how it ended.
  char socket_name[96];
  snprintf(socket_name, sizeof socket_name, "%s.sock", name_);
  unlinkat(kPlace, socket_name, 0);
  clients_.say_ended(ending_.bytes, ending_.length);
  pollfd polled[VesselClients::kPolled];
  for (int64_t deadline = now_ms() + kFarewellMs; !clients_.have_left() && now_ms() < deadline;) {
    clients_.wish(polled, *this);
    if (poll(polled, VesselClients::kPolled, static_cast<int>(deadline - now_ms())) > 0)
      clients_.serve(polled, *this);
  }
  return status_;
}

}  // namespace

int vessel(int argc, char** argv) {
  static Vessel self;
  self.prepare(argc, argv);
  self.start();
  let_go_of_code();
  self.tend();
  return self.finish();
}
