// One function for each noun of the binding; register.cc calls them all. NODE_API_MODULE registers
// the addon in a way that a worker thread may load it again: so nothing in the binding is a mutable
// global.
#pragma once

#include <napi.h>

namespace drydock {

void define_spawn(Napi::Env env, Napi::Object exports);
void define_descriptors(Napi::Env env, Napi::Object exports);
void define_connect(Napi::Env env, Napi::Object exports);
void define_sockets(Napi::Env env, Napi::Object exports);
void define_watch(Napi::Env env, Napi::Object exports);
void define_process(Napi::Env env, Napi::Object exports);
void define_mounts(Napi::Env env, Napi::Object exports);
void define_terminal(Napi::Env env, Napi::Object exports);
void define_trees(Napi::Env env, Napi::Object exports);
void define_copy_tree(Napi::Env env, Napi::Object exports);
void define_xattrs(Napi::Env env, Napi::Object exports);
void define_unpack(Napi::Env env, Napi::Object exports);
void define_seccomp(Napi::Env env, Napi::Object exports);
void define_cgroups(Napi::Env env, Napi::Object exports);
void define_probes(Napi::Env env, Napi::Object exports);

}  // namespace drydock
