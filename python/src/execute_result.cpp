#include <fmt/core.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "laminar/result.h"
#include "query_result.h"
#include "registration.h"

namespace laminar::python {

namespace {

const char* TypeName(ExecuteResult::Type type) {
  switch (type) {
    case ExecuteResult::Type::kDdl:
      return "ddl";
    case ExecuteResult::Type::kRowsAffected:
      return "rows_affected";
    case ExecuteResult::Type::kQuery:
      return "query";
    case ExecuteResult::Type::kMetadata:
      return "metadata";
  }
  return "";
}

nb::object OfDdl(const ExecuteResult& self, const std::string& text) {
  return self.type == ExecuteResult::Type::kDdl ? nb::cast(text) : nb::none();
}

std::string Repr(const ExecuteResult& self) {
  switch (self.type) {
    case ExecuteResult::Type::kDdl:
      return fmt::format("ExecuteResult(ddl, '{}', '{}')", self.ddl_type, self.ddl_object);
    case ExecuteResult::Type::kRowsAffected:
      return fmt::format("ExecuteResult(rows_affected, {})", self.rows_affected);
    case ExecuteResult::Type::kQuery:
    case ExecuteResult::Type::kMetadata:
      break;
  }
  return fmt::format("ExecuteResult({}, {} rows)", TypeName(self.type), self.result ? self.result->num_rows() : 0);
}

}  // namespace

void RegisterExecuteResult(nb::module_& module) {
  nb::class_<ExecuteResult>(module, "ExecuteResult", nb::is_final(),
                            R"doc(What `Connection.execute` did. Always true; as an `int`, the rows affected.

Example:
    >>> result = conn.execute("INSERT INTO t VALUES ('a', 1), ('b', 2)")
    >>> result.result_type, int(result), bool(result)
    ('rows_affected', 2, True))doc")
      .def_prop_ro(
          "result_type", [](const ExecuteResult& self) { return TypeName(self.type); },
          nb::sig("def result_type(self) -> typing.Literal['ddl', 'rows_affected', 'query', 'metadata']"),
          "\"ddl\", \"rows_affected\", \"query\" or \"metadata\".")
      .def_prop_ro(
          "rows_affected", [](const ExecuteResult& self) { return self.rows_affected; },
          "Rows that were inserted or changed; 0 for DDL and queries.")
      .def_prop_ro(
          "warnings", [](const ExecuteResult& self) { return self.warnings; },
          nb::sig("def warnings(self) -> list[str]"), "What the statement did but the user should know.")
      .def_prop_ro(
          "ddl_type", [](const ExecuteResult& self) { return OfDdl(self, self.ddl_type); },
          nb::sig("def ddl_type(self) -> str | None"), "What DDL it was, e.g. \"CREATE SOURCE\"; `None` otherwise.")
      .def_prop_ro(
          "ddl_object", [](const ExecuteResult& self) { return OfDdl(self, self.ddl_object); },
          nb::sig("def ddl_object(self) -> str | None"), "The name that the DDL was about; `None` otherwise.")
      .def(
          "to_query_result", [](const ExecuteResult& self) { return ToPython(self.result); },
          nb::sig("def to_query_result(self) -> QueryResult | None"), R"doc(The rows of a query or of metadata.

Example:
    >>> conn.execute("SELECT 1 AS one").to_query_result().fetchall()
    [(1,)])doc")
      .def("__int__", [](const ExecuteResult& self) { return self.rows_affected; })
      .def("__bool__", [](const ExecuteResult&) { return true; })
      .def("__repr__", &Repr);
}

}  // namespace laminar::python
