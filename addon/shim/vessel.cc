#include "shim/vessel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
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

// Where the program's code lies (end(3)).
extern "C" char __executable_start, etext;

namespace {

constexpr const char* kVerb = "vessel";
constexpr const char* kUsage = "NAME [stdin] [BYTES FILES]";
constexpr int kConsole = 5, kPlace = 6, kLogPlace = 7, kOom = 8;

// After the end: how long we go on reading when somebody else still holds the other side of a pipe,
// and how long a slow client may take to hear of it.
constexpr int kQuietMs = 100, kFarewellMs = 2000, kPatienceMs = 10000;
constexpr size_t kPiece = 8 * 1024;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// Most of this program is the way to here. What is needed again comes back from memory that all
// vessels share.
void let_go_of_code() {
  auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto from = reinterpret_cast<uintptr_t>(&__executable_start) & ~(page - 1);
  auto to = reinterpret_cast<uintptr_t>(&etext) & ~(page - 1);
  madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
}

class Vessel final : public Orders {
 public:
  void prepare(int argc, char** argv);
  void start();
  void tend();
  int finish();

  bool can_take_input() const override { return input_length_ == input_done_; }
  void input(const char* bytes, size_t length) override;
  void close_input() override;
  void resize(unsigned rows, unsigned columns) override;
  void signal(int number) override;

 private:
  static void in_child(void* self);
  void make_pipes();
  void take_master();
  void read_stream(int& from, Frame stream);
  void write_input();
  void end_input();
  void on_signals();
  void on_end(const siginfo_t& end);
  int oom_kills() const;
  bool is_drained() const { return out_ < 0 && err_ < 0; }

  const char* name_ = nullptr;
  bool keeps_input_ = false, has_log_ = false, ended_ = false;
  pid_t child_ = 0;
  int signals_ = -1, console_ = -1, master_ = -1, oom_ = -1;
  int in_ = -1, out_ = -1, err_ = -1;  // our ends
  int inside_[3] = {-1, -1, -1};       // those of the process
  Ending ending_ = {kOwnFailure, 0, -1};
  size_t input_length_ = 0, input_done_ = 0;
  bool input_ends_ = false;
  char input_[4096];
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
  if (is_kind(kConsole, S_IFSOCK)) console_ = kConsole;
  if (is_kind(kOom, S_IFREG)) oom_ = kOom;
  if (!is_kind(kPlace, S_IFDIR)) misused(kVerb, "descriptor 6 must be a directory", kUsage);
  has_log_ = is_kind(kLogPlace, S_IFDIR);
  if (has_log_) log_.open(kLogPlace, bytes, files);
  char socket_name[96];
  snprintf(socket_name, sizeof socket_name, "%s.sock", name_);
  if (!clients_.listen_at(kPlace, socket_name)) refuse(kVerb, "bind", socket_name);
}

// Without a terminal: three pipes, or /dev/null in place of the input.
void Vessel::make_pipes() {
  int pair[2];
  if (keeps_input_) {
    if (pipe2(pair, O_CLOEXEC) != 0) refuse(kVerb, "pipe2", nullptr);
    inside_[0] = pair[0];
    in_ = pair[1];
    fcntl(in_, F_SETFL, O_NONBLOCK);
  }
  for (int stream : {1, 2}) {
    if (pipe2(pair, O_CLOEXEC) != 0) refuse(kVerb, "pipe2", nullptr);
    inside_[stream] = pair[1];
    (stream == 1 ? out_ : err_) = pair[0];
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
  }
}

// In the outer half, whose 0, 1 and 2 become those of the process.
void Vessel::in_child(void* context) {
  auto* self = static_cast<Vessel*>(context);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int i = 0; i < 3; i++)
    if (self->inside_[i] >= 0) dup2(self->inside_[i], i);
}

void Vessel::start() {
  if (console_ < 0) make_pipes();
  Keep keep;
  for (int descriptor : {signals_, console_, oom_, clients_.listener(), in_, out_, err_, kPlace})
    keep.add(descriptor);
  if (has_log_) {
    keep.add(kLogPlace);
    keep.add(log_.file());
  }
  child_ = start_owned(kVerb, keep, in_child, this);
  if (child_ < 0) _exit(kOwnFailure);
}

void Vessel::take_master() {
  bool ended;
  int master = receive_descriptor(console_, &ended);
  if (master < 0 && !ended) return;
  close(console_);
  console_ = -1;
  if (master < 0) return;
  fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK);
  master_ = out_ = in_ = master;
}

void Vessel::read_stream(int& from, Frame stream) {
  static char bytes[kPiece];
  ssize_t got = read(from, bytes, sizeof bytes);
  if (got < 0 && would_block()) return;
  if (got <= 0) {  // on a terminal EIO: nobody holds the other side any more
    if (from != master_) close(from);
    from = -1;
    return;
  }
  // The log first: what a client has heard stands in it, whole, or has been counted as lost.
  log_.add(stream == Frame::output ? 1 : 2, bytes, static_cast<size_t>(got));
  clients_.send(stream, bytes, static_cast<size_t>(got));
}

void Vessel::input(const char* bytes, size_t length) {
  if (in_ < 0) return;
  memcpy(input_, bytes, length);
  input_length_ = length;
  input_done_ = 0;
  write_input();
}

void Vessel::write_input() {
  while (in_ >= 0 && input_done_ < input_length_) {
    ssize_t put = write(in_, input_ + input_done_, input_length_ - input_done_);
    if (put < 0 && would_block()) return;
    if (put < 0) return end_input();
    input_done_ += static_cast<size_t>(put);
  }
  if (input_ends_) end_input();
}

void Vessel::close_input() {
  input_ends_ = true;
  if (can_take_input()) end_input();
}

// A terminal has no end of input, only a key for it.
void Vessel::end_input() {
  termios modes;
  if (in_ >= 0 && in_ == master_) {
    if (input_ends_ && tcgetattr(master_, &modes) == 0) {
      ssize_t ignored = write(master_, &modes.c_cc[VEOF], 1);
      static_cast<void>(ignored);
    }
    input_ends_ = false;
  } else {
    if (in_ >= 0) close(in_);
    in_ = -1;
  }
  input_length_ = input_done_ = 0;
}

void Vessel::resize(unsigned rows, unsigned columns) {
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  if (master_ >= 0) ioctl(master_, TIOCSWINSZ, &size);
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
  ending_ = {exited ? end.si_status : 128 + end.si_status, exited ? 0 : end.si_status, oom_kills()};
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
  enum { kSignals, kConsoleAt, kIn, kOut, kErr, kClients };
  pollfd polled[kClients + VesselClients::kPolled];
  while (!(ended_ && is_drained() && console_ < 0)) {
    bool has_input = input_done_ < input_length_;
    polled[kSignals] = {signals_, POLLIN, 0};
    polled[kConsoleAt] = {console_, POLLIN, 0};
    polled[kIn] = {has_input ? in_ : -1, POLLOUT, 0};
    bool has_room = clients_.can_take_output(kPiece);
    polled[kOut] = {has_room ? out_ : -1, POLLIN, 0};
    polled[kErr] = {has_room ? err_ : -1, POLLIN, 0};
    clients_.wish(polled + kClients, *this);
    int patience = !ended_ ? -1 : has_room ? kQuietMs : kPatienceMs;
    int ready = poll(polled, sizeof polled / sizeof *polled, patience);
    if (ready < 0 && errno != EINTR) refuse(kVerb, "poll", nullptr);
    if (ready == 0 && ended_ && has_room) return;
    if (ready == 0 && ended_) clients_.end_patience();
    if (ready <= 0) continue;
    if (polled[kConsoleAt].revents) take_master();
    if (polled[kOut].revents && out_ >= 0) read_stream(out_, Frame::output);
    // What was read a moment ago may have taken the room.
    if (polled[kErr].revents && err_ >= 0 && clients_.can_take_output(kPiece))
      read_stream(err_, Frame::errors);
    if (polled[kIn].revents) write_input();
    clients_.serve(polled + kClients, *this);
    if (polled[kSignals].revents) on_signals();
  }
}

int Vessel::finish() {
  log_.finish();
  char text[160];
  int length =
      snprintf(text, sizeof text, "{\"status\":%d,\"signal\":%d,\"oomKilled\":%s}", ending_.status,
               ending_.signal_number, ending_.oom_kills > 0 ? "true" : "false");
  clients_.say_ended(text, static_cast<size_t>(length));
  pollfd polled[VesselClients::kPolled];
  for (int64_t deadline = now_ms() + kFarewellMs; !clients_.is_flushed() && now_ms() < deadline;) {
    clients_.wish(polled, *this);
    if (poll(polled, VesselClients::kPolled, static_cast<int>(deadline - now_ms())) > 0)
      clients_.serve(polled, *this);
  }
  char socket_name[96];
  snprintf(socket_name, sizeof socket_name, "%s.sock", name_);
  unlinkat(kPlace, socket_name, 0);
  return ending_.status;
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
