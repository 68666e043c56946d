// Unpacking, as JavaScript sees it: a handle, and calls that take many records at once. For
// src/linux/unpacking.ts alone.
//
// What fails is answered and not thrown, because only the caller knows which entry of the archive
// the record stands for.
#include <fcntl.h>

#include <memory>

#include "binding/register.h"
#include "binding/unpacker.h"
#include "binding/values.h"

namespace drydock {
namespace {

// Empty once it is closed.
using Owned = std::unique_ptr<Unpacker>;
using Handle = Napi::External<Owned>;

Owned& owned_by(const Napi::Value& value) {
  if (!value.IsExternal()) throw Napi::TypeError::New(value.Env(), "no handle of unpackOpen");
  return *value.As<Handle>().Data();
}

Unpacker& unpacker_of(const Napi::Value& value) {
  Owned& owned = owned_by(value);
  if (!owned) throw Napi::TypeError::New(value.Env(), "this handle is closed");
  return *owned;
}

std::string_view view_of(const Napi::Value& value, const char* what) {
  if (!value.IsBuffer())
    throw Napi::TypeError::New(value.Env(), std::string(what) + " must be a Buffer");
  auto buffer = value.As<Napi::Buffer<char>>();
  return {buffer.Data(), buffer.Length()};
}

// unpackOpen(root, whiteouts, userxattr, walk): handle
Napi::Value open_unpacker(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int root = int_of(info[0], "root"), whiteouts = int_of(info[1], "whiteouts");
  if (whiteouts < 0 || whiteouts > static_cast<int>(Whiteouts::kNone))
    throw Napi::TypeError::New(env, "there are no such whiteouts");
  OwnedFd own(checked(env, "fcntl", fcntl(root, F_DUPFD_CLOEXEC, 3)));
  UnpackOptions options{static_cast<Whiteouts>(whiteouts), info[2].ToBoolean(),
                        info[3].ToBoolean() ? RootedWay::kWalk : RootedWay::kBest};
  auto forget = [](Napi::Env, Owned* owned) { delete owned; };
  return Handle::New(env, new Owned(new Unpacker(std::move(own), options)), forget);
}

// unpackClose(handle): the garbage collector would hold the tree open until it comes by.
void close_unpacker(const Napi::CallbackInfo& info) { owned_by(info[0]).reset(); }

Napi::Value failure_of(Napi::Env env, const Unpacker& unpacker, uint32_t record) {
  int error = errno;
  auto failure = Napi::Object::New(env);
  failure.Set("record", Napi::Number::New(env, record));
  failure.Set("call", Napi::String::New(env, unpacker.call()));
  failure.Set("errno", Napi::Number::New(env, error));
  return failure;
}

// unpackApply(handle, records, piece): undefined, or {record, call, errno}
Napi::Value apply_records(const Napi::CallbackInfo& info) {
  Unpacker& unpacker = unpacker_of(info[0]);
  std::string_view records = view_of(info[1], "records"), piece = view_of(info[2], "piece");
  for (uint32_t index = 0; !records.empty(); index++) {
    Bytes rest(records);
    size_t length = rest.number<uint32_t>(0);
    std::string_view record = rest.part(0, length);
    if (!rest.whole || length < 8) throw Napi::TypeError::New(info.Env(), "the records are broken");
    if (!unpacker.apply(record, piece)) return failure_of(info.Env(), unpacker, index);
    records.remove_prefix(length);
  }
  return info.Env().Undefined();
}

// unpackFinish(handle): undefined, or {record, call, errno}
Napi::Value finish_unpacker(const Napi::CallbackInfo& info) {
  Unpacker& unpacker = unpacker_of(info[0]);
  return unpacker.finish() ? info.Env().Undefined() : failure_of(info.Env(), unpacker, 0);
}

// unpackWarnings(handle): {path, attribute, errno}[]
Napi::Value list_warnings(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto result = Napi::Array::New(env);
  for (const auto& warning : unpacker_of(info[0]).warnings()) {
    auto each = Napi::Object::New(env);
    each.Set("path", buffer_of(env, warning.path));
    each.Set("attribute", buffer_of(env, warning.attribute));
    each.Set("errno", Napi::Number::New(env, warning.error));
    result.Set(result.Length(), each);
  }
  return result;
}

}  // namespace

void define_unpack(Napi::Env env, Napi::Object exports) {
  exports.Set("unpackOpen", Napi::Function::New(env, open_unpacker, "unpackOpen"));
  exports.Set("unpackClose", Napi::Function::New(env, close_unpacker, "unpackClose"));
  exports.Set("unpackApply", Napi::Function::New(env, apply_records, "unpackApply"));
  exports.Set("unpackFinish", Napi::Function::New(env, finish_unpacker, "unpackFinish"));
  exports.Set("unpackWarnings", Napi::Function::New(env, list_warnings, "unpackWarnings"));
}

}  // namespace drydock
