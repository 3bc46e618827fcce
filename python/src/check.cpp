// laminardb._laminardb._check: what is behind `laminardb check`.
#include "laminar/check.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include "engine_call.h"
#include "registration.h"

namespace laminar::python {

void RegisterCheck(nb::module_& module) {
  module.def(
      "_check",
      [](std::string_view path) {
        const DirectoryCheck found = [&] {
          EngineCall call;
          return CheckDirectory(path);
        }();
        nb::dict facts;
        facts["segments"] = found.segments;
        facts["bytes"] = found.bytes;
        facts["records"] = found.records;
        facts["calls"] = found.calls;
        facts["epoch"] = found.epoch;
        facts["relations"] = found.relations;
        facts["suspended"] = found.suspended;
        facts["torn_bytes"] = found.torn_bytes;
        return facts;
      },
      nb::arg("path"), nb::sig("def _check(path: str) -> dict[str, int]"));
}

}  // namespace laminar::python
