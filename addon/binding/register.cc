// The table of contents of linux.node. Each noun has a file of its own; each file defines its calls
// on `exports`.
#include "binding/register.h"

namespace drydock {

static Napi::Object define_all(Napi::Env env, Napi::Object exports) {
  define_spawn(env, exports);
  define_descriptors(env, exports);
  define_connect(env, exports);
  define_sockets(env, exports);
  define_watch(env, exports);
  define_process(env, exports);
  define_mounts(env, exports);
  define_terminal(env, exports);
  define_trees(env, exports);
  define_copy_tree(env, exports);
  define_xattrs(env, exports);
  define_unpack(env, exports);
  define_seccomp(env, exports);
  define_cgroups(env, exports);
  define_probes(env, exports);
  return exports;
}

}  // namespace drydock

// The macro defines a function at file scope that takes a plain name.
static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  return drydock::define_all(env, exports);
}
NODE_API_MODULE(linux_node, Init)
