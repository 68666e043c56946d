// Compiles a description of allowed system calls to the program that the kernel runs before each of
// them. libseccomp knows the numbers of each architecture, which calls are multiplexed, and how to
// order the comparisons.
//
// The program is only made here; the helper's child loads it. seccomp(2), seccomp_rule_add(3).
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "binding/register.h"
#include "binding/values.h"

namespace drydock {
namespace {

// libseccomp answers -errno.
int accepted(Napi::Env env, const char* call, int result) {
  if (result < 0) refuse(env, call, -result);
  return result;
}

class Context {
 public:
  Context(Napi::Env env, uint32_t action) : env_(env), context_(seccomp_init(action)) {
    if (!context_) refuse(env, "seccomp_init", EINVAL);
  }
  ~Context() { seccomp_release(context_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void add_architecture(const std::string& name);
  void add_rule(const Napi::Object& rule);
  std::string program() const;

 private:
  Napi::Env env_;
  scmp_filter_ctx context_;
};

uint32_t architecture_of(Napi::Env env, std::string name) {
  const std::string prefix = "SCMP_ARCH_";
  if (name.compare(0, prefix.size(), prefix) == 0) name = name.substr(prefix.size());
  for (char& letter : name) letter = static_cast<char>(tolower(letter));
  uint32_t token = seccomp_arch_resolve_name(name.c_str());
  if (token == 0) throw Napi::TypeError::New(env, "unknown architecture " + name);
  return token;
}

void Context::add_architecture(const std::string& name) {
  int result = seccomp_arch_add(context_, architecture_of(env_, name));
  if (result != -EEXIST) accepted(env_, "seccomp_arch_add", result);
}

uint64_t datum_of(const Napi::Value& value, const char* what) {
  if (value.IsUndefined()) return 0;
  if (!value.IsBigInt()) return flags_of(value, what);
  bool lossless;
  return value.As<Napi::BigInt>().Uint64Value(&lossless);
}

std::vector<scmp_arg_cmp> comparisons_of(const Napi::Value& value) {
  std::vector<scmp_arg_cmp> comparisons;
  if (value.IsUndefined()) return comparisons;
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "args must be an array");
  auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) {
    auto object = array.Get(i).ToObject();
    scmp_arg_cmp comparison{};
    comparison.arg = static_cast<unsigned>(flags_of(object.Get("index"), "index"));
    comparison.op = static_cast<scmp_compare>(int_of(object.Get("op"), "op"));
    comparison.datum_a = datum_of(object.Get("value"), "value");
    comparison.datum_b = datum_of(object.Get("valueTwo"), "valueTwo");
    comparisons.push_back(comparison);
  }
  return comparisons;
}

void Context::add_rule(const Napi::Object& rule) {
  auto action = static_cast<uint32_t>(flags_of(rule.Get("action"), "action"));
  std::vector<scmp_arg_cmp> comparisons = comparisons_of(rule.Get("args"));
  if (!rule.Get("names").IsArray()) throw Napi::TypeError::New(env_, "names must be an array");
  auto names = rule.Get("names").As<Napi::Array>();
  for (uint32_t i = 0; i < names.Length(); i++) {
    Napi::Value name = names.Get(i);
    int number = name.IsNumber()
                     ? int_of(name, "names[]")
                     : seccomp_syscall_resolve_name(c_string_of(name, "names[]").c_str());
    // A profile written for a newer libseccomp: what it does not know falls to the default action.
    if (number == __NR_SCMP_ERROR) continue;
    int result = seccomp_rule_add_array(
        context_, action, number, static_cast<unsigned>(comparisons.size()), comparisons.data());
    // EACCES: the action is the default one, so there is nothing to add.
    if (result != -EACCES) accepted(env_, "seccomp_rule_add", result);
  }
}

// libseccomp 2.5 writes the program to descriptors only.
std::string Context::program() const {
  FILE* file = tmpfile();
  if (!file) refuse(env_, "tmpfile", errno);
  int result = seccomp_export_bpf(context_, fileno(file));
  std::string bytes;
  if (result == 0) {
    rewind(file);
    char part[4096];
    for (size_t length; (length = fread(part, 1, sizeof part, file)) > 0;)
      bytes.append(part, length);
  }
  fclose(file);
  accepted(env_, "seccomp_export_bpf", result);
  return bytes;
}

// compileFilter({default, rules, arches?}): an array of struct sock_filter
Napi::Value compile_filter(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsObject()) throw Napi::TypeError::New(env, "compileFilter takes one object");
  auto description = info[0].As<Napi::Object>();
  Context context(env, static_cast<uint32_t>(flags_of(description.Get("default"), "default")));
  if (!description.Get("arches").IsUndefined()) {
    for (auto& name : strings_of(description.Get("arches"), "arches"))
      context.add_architecture(name);
  }
  Napi::Value rules = description.Get("rules");
  if (!rules.IsArray()) throw Napi::TypeError::New(env, "rules must be an array");
  auto array = rules.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) context.add_rule(array.Get(i).ToObject());
  return buffer_of(env, context.program());
}

// syscallNumber(name, arch?): number | undefined
Napi::Value syscall_number(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string name = c_string_of(info[0], "name");
  uint32_t token = info[1].IsUndefined() ? seccomp_arch_native()
                                         : architecture_of(env, c_string_of(info[1], "arch"));
  int number = seccomp_syscall_resolve_name_arch(token, name.c_str());
  return number < 0 ? env.Undefined() : Napi::Number::New(env, number);
}

}  // namespace

void define_seccomp(Napi::Env env, Napi::Object exports) {
  exports.Set("compileFilter", Napi::Function::New(env, compile_filter, "compileFilter"));
  exports.Set("syscallNumber", Napi::Function::New(env, syscall_number, "syscallNumber"));
}

}  // namespace drydock
