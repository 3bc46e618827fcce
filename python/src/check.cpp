// laminardb._laminardb._check and _checkpoint_files: what is behind `laminardb check` and `laminardb backup`.
#include "laminar/check.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
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
        facts["checkpoint"] = found.checkpoint;
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
  module.def(
      "_checkpoint_files",
      [](std::string_view path) {
        const CheckpointFiles found = [&] {
          EngineCall call;
          return FindCheckpointFiles(path);
        }();
        nb::list files;
        for (const CheckpointFiles::File& file : found.files) files.append(nb::make_tuple(file.name, file.bytes));
        return nb::make_tuple(nb::bytes(found.manifest.data(), found.manifest.size()), files, found.log_position);
      },
      nb::arg("path"), nb::sig("def _checkpoint_files(path: str) -> tuple[bytes, list[tuple[str, int]], int]"));
}

}  // namespace laminar::python
