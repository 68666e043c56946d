// Tells JavaScript when a descriptor can be read or has been hung up: for sockets, fifos, eventfds
// and inotify, which node:net and node:fs do not take.
//
// One thread for each JavaScript environment (the main one or a worker), started by the first
// watch, sleeps in epoll_wait. Each descriptor is armed for one event; after the callback has run
// it is armed again. So the semantics are those of level-triggered epoll, and a callback that reads
// nothing costs a loop, not a flood.
//
// Invariants: only the JavaScript thread touches `watches_`; an event carries an id, not a pointer,
// so one that was on its way when its watch was closed finds nobody and is dropped; the thread has
// ended before the environment does. epoll(7).
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <memory>
#include <thread>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

constexpr uint64_t kStop = 0;

struct Event {
  uint64_t id;
  uint32_t mask;
};

class Poller {
 public:
  explicit Poller(Napi::Env env);
  ~Poller();
  uint64_t add(Napi::Env env, int fd, uint32_t mask, Napi::Function callback);
  void remove(Napi::Env env, uint64_t id);

 private:
  struct Watch {
    // A duplicate: the number that the caller knows may be closed and given to another file while
    // we watch.
    OwnedFd fd;
    uint32_t mask;
    Napi::FunctionReference callback;
  };

  void run();
  void dispatch(Napi::Env env, const Event& event);

  OwnedFd epoll_, stop_;
  std::map<uint64_t, Watch> watches_;
  uint64_t last_id_ = kStop;
  Napi::ThreadSafeFunction to_js_;
  std::thread thread_;
};

Poller::Poller(Napi::Env env)
    : epoll_(checked(env, "epoll_create1", epoll_create1(EPOLL_CLOEXEC))),
      stop_(checked(env, "eventfd", eventfd(0, EFD_CLOEXEC))) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kStop;
  checked(env, "epoll_ctl", epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), &event));
  auto nothing = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  to_js_ = Napi::ThreadSafeFunction::New(env, nothing, "drydock watch", 0, 1);
  to_js_.Unref(env);
  // Signals are Node's business: a thread that starts with all of them blocked never receives one.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Poller::~Poller() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
  to_js_.Abort();
}

void Poller::run() {
  for (;;) {
    epoll_event ready[64];
    int count = epoll_wait(epoll_.get(), ready, 64, -1);
    if (count < 0 && errno != EINTR) return;
    for (int i = 0; i < count; i++) {
      if (ready[i].data.u64 == kStop) return;
      auto* event = new Event{ready[i].data.u64, ready[i].events};
      auto handler = [this](Napi::Env env, Napi::Function, Event* arrived) {
        std::unique_ptr<Event> owned(arrived);
        // While an environment is torn down, what is still queued arrives without one.
        if (static_cast<napi_env>(env) != nullptr) dispatch(env, *owned);
      };
      if (to_js_.NonBlockingCall(event, handler) != napi_ok) delete event;
    }
  }
}

void Poller::dispatch(Napi::Env env, const Event& event) {
  auto found = watches_.find(event.id);
  if (found == watches_.end()) return;
  Napi::HandleScope scope(env);
  // Not through Napi::Function::Call: of a call that fails it makes an error object, and a worker
  // that is being ended can make none; that would end the whole process.
  napi_value argument = Napi::Number::New(env, event.mask), error;
  napi_status status = napi_call_function(env, env.Undefined(), found->second.callback.Value(), 1,
                                          &argument, nullptr);
  // As if a listener of node:events had thrown: 'uncaughtException', not a warning that nobody
  // reads.
  if (status == napi_pending_exception && napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
  // The callback may have closed this watch, or any other.
  found = watches_.find(event.id);
  if (found == watches_.end()) return;
  epoll_event again{};
  again.events = found->second.mask | EPOLLONESHOT;
  again.data.u64 = event.id;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, found->second.fd.get(), &again);
}

uint64_t Poller::add(Napi::Env env, int fd, uint32_t mask, Napi::Function callback) {
  OwnedFd copy(checked(env, "fcntl", fcntl(fd, F_DUPFD_CLOEXEC, 3)));
  uint64_t id = ++last_id_;
  int raw = copy.get();
  watches_.emplace(id, Watch{std::move(copy), mask, Napi::Persistent(callback)});
  epoll_event event{};
  event.events = mask | EPOLLONESHOT;
  event.data.u64 = id;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, raw, &event) < 0) {
    int error = errno;
    watches_.erase(id);
    refuse(env, "epoll_ctl", error);
  }
  if (watches_.size() == 1) to_js_.Ref(env);
  return id;
}

void Poller::remove(Napi::Env env, uint64_t id) {
  auto found = watches_.find(id);
  if (found == watches_.end()) return;
  // Closing our duplicate alone would not do: the caller's descriptor keeps the file, and with it
  // the registration.
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.fd.get(), nullptr);
  watches_.erase(found);
  if (watches_.empty()) to_js_.Unref(env);
}

// Instance data: its finalizer runs with the environment's end, on its own thread.
struct Watching {
  std::unique_ptr<Poller> poller;
};

// watch(fd, callback, mask?): {close()}. Keeps the event loop alive until it is closed.
Napi::Value watch(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = int_of(info[0], "fd");
  if (!info[1].IsFunction()) throw Napi::TypeError::New(env, "watch needs a callback");
  uint32_t mask = EPOLLIN | EPOLLHUP | EPOLLERR;
  if (!info[2].IsUndefined()) mask = static_cast<uint32_t>(flags_of(info[2], "mask"));
  auto* data = env.GetInstanceData<Watching>();
  if (!data->poller) {
    data->poller = std::make_unique<Poller>(env);
    // Hooks run last in, first out: ours comes before the one with which the thread-safe function
    // closes itself.
    env.AddCleanupHook([](Watching* ours) { ours->poller.reset(); }, data);
  }
  uint64_t id = data->poller->add(env, fd, mask, info[1].As<Napi::Function>());
  auto handle = Napi::Object::New(env);
  auto close = [data, id](const Napi::CallbackInfo& call) {
    if (data->poller) data->poller->remove(call.Env(), id);
  };
  handle.Set("close", Napi::Function::New(env, close, "close"));
  return handle;
}

}  // namespace

void define_watch(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Watching());
  exports.Set("watch", Napi::Function::New(env, watch, "watch"));
}

}  // namespace drydock
