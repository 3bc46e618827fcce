// What laminardb._testing is made of.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <string_view>

#include "engine_call.h"
#include "errors.h"
#include "laminar/connection.h"
#include "registration.h"

namespace laminar::python {

void RegisterTesting(nb::module_& module) {
  module.def(
      "_parse_to_json",
      [](std::string_view sql) {
        return WithSql(sql, [&] {
          EngineCall call;
          return ParseToJson(sql);
        });
      },
      nb::arg("sql"));
  module.def("_set_degenerate_hashing", &SetDegenerateHashing, nb::arg("on"));
}

}  // namespace laminar::python
