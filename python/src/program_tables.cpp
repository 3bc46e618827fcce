#include "program_tables.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <utility>

#include "arrow_capsule.h"
#include "engine_call.h"
#include "laminar/error.h"

namespace laminar::python {

namespace {

/// A Python object that any thread may let go of.
std::shared_ptr<nb::object> Shared(nb::object object) {
  return {new nb::object(std::move(object)), [](nb::object* held) {
            PythonCall call;
            if (call.valid()) {
              delete held;
            } else {
              (void)held->release();  // the interpreter is gone, and its objects with it
              delete held;
            }
          }};
}

class InScope final : public ProgramTables {
 public:
  std::optional<ProgramTable> Find(std::string_view name) override {
    PythonCall call;
    if (!call.valid()) return std::nullopt;
    const nb::object found = Scope("find")(nb::str(name.data(), name.size()));
    if (found.is_none()) return std::nullopt;
    ProgramTable table;
    table.description = nb::cast<std::string>(found.attr("description"));
    table.may_change = nb::cast<bool>(found.attr("may_change"));
    table.streamed = nb::cast<bool>(found.attr("streamed"));
    const nb::object open = found.attr("open");
    if (open.is_none()) return table;
    table.open = [opener = Shared(open)](ArrowArrayStream* out) {
      PythonCall guard;
      if (!guard.valid()) throw Error(ErrorCode::kShutdown, "the program has ended");
      const auto stream = ImportStream((*opener)());
      // Moved out: what the capsule still has is nothing to release.
      *out = *stream.value;
      stream.value->release = nullptr;
    };
    return table;
  }

  std::vector<std::string> Names() override {
    PythonCall call;
    if (!call.valid()) return {};
    return nb::cast<std::vector<std::string>>(Scope("names")());
  }

 private:
  static nb::object Scope(const char* function) { return nb::module_::import_("laminardb._scope").attr(function); }
};

}  // namespace

std::shared_ptr<ProgramTables> ScopeTables() {
  static const auto tables = std::make_shared<InScope>();
  return tables;
}

}  // namespace laminar::python
