#include "arrow_capsule.h"

#include <memory>

namespace laminar::python {

namespace {

constexpr const char* kSchemaName = "arrow_schema";
constexpr const char* kStreamName = "arrow_array_stream";

template <typename Struct, typename Fill>
nb::object MakeCapsule(const char* name, Fill fill) {
  auto value = std::make_unique<Struct>();
  fill(value.get());
  PyObject* capsule = PyCapsule_New(value.get(), name, [](PyObject* self) {
    auto* held = static_cast<Struct*>(PyCapsule_GetPointer(self, PyCapsule_GetName(self)));
    if (held->release != nullptr) held->release(held);
    delete held;
  });
  if (capsule == nullptr) {
    value->release(value.get());
    throw nb::python_error();
  }
  value.release();
  return nb::steal(capsule);
}

template <typename Struct>
Imported<Struct> Import(nb::handle source, const char* method, const char* name) {
  nb::object capsule = source.attr(method)();
  auto* value = static_cast<Struct*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (value == nullptr) throw nb::python_error();
  return {std::move(capsule), value};
}

}  // namespace

nb::object SchemaCapsule(const ResultSchema& schema) {
  return MakeCapsule<ArrowSchema>(kSchemaName, [&](ArrowSchema* out) { schema.Export(out); });
}

nb::object StreamCapsule(const QueryResult& result) {
  return MakeCapsule<ArrowArrayStream>(kStreamName, [&](ArrowArrayStream* out) { result.ExportStream(out); });
}

nb::object ToPyarrow(const ResultSchema& schema) {
  return nb::module_::import_("pyarrow").attr("Schema").attr("_import_from_c_capsule")(SchemaCapsule(schema));
}

Imported<ArrowArrayStream> ImportStream(nb::handle source) {
  return Import<ArrowArrayStream>(source, "__arrow_c_stream__", kStreamName);
}

Imported<ArrowSchema> ImportSchema(nb::handle source) {
  return Import<ArrowSchema>(source, "__arrow_c_schema__", kSchemaName);
}

}  // namespace laminar::python
