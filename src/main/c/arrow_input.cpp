#include "main/c/arrow_input.h"

#include <utility>

namespace laminar::c {

namespace {

struct OneArray {
  ArrowSchema schema;
  ArrowArray array;
};

OneArray& Held(ArrowArrayStream* stream) { return *static_cast<OneArray*>(stream->private_data); }

int GetSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  // The reader of a stream asks for its schema once, first.
  *out = std::exchange(Held(stream).schema, {});
  return 0;
}

int GetNext(ArrowArrayStream* stream, ArrowArray* out) {
  *out = std::exchange(Held(stream).array, {});
  return 0;
}

const char* GetLastError(ArrowArrayStream* /*stream*/) { return nullptr; }

void Release(ArrowArrayStream* stream) {
  OneArray* const held = &Held(stream);
  { Consumed schema(&held->schema); }
  { Consumed array(&held->array); }
  delete held;
  stream->release = nullptr;
}

}  // namespace

void StreamOfArray(ArrowSchema* schema, ArrowArray* array, ArrowArrayStream* out) {
  auto* const held = new OneArray{*schema, *array};
  schema->release = nullptr;
  array->release = nullptr;
  *out = {GetSchema, GetNext, GetLastError, Release, held};
}

}  // namespace laminar::c
