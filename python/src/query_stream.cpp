#include "query_stream.h"

#include <nanobind/nanobind.h>

#include <optional>

#include "arrow_capsule.h"
#include "engine_call.h"
#include "query_result.h"
#include "registration.h"

namespace laminar::python {

namespace {

std::optional<QueryResult> Next(PyQueryStream& self) {
  EngineCall call;
  return self.stream.Next();
}

std::optional<QueryResult> TryNext(PyQueryStream& self) {
  EngineCall call;
  return self.stream.TryNext();
}

const char* Repr(const PyQueryStream& self) {
  switch (self.stream.state()) {
    case QueryStream::State::kActive:
      return "QueryStreamIter(active)";
    case QueryStream::State::kFinished:
      return "QueryStreamIter(finished)";
    case QueryStream::State::kCancelled:
      return "QueryStreamIter(cancelled)";
  }
  return "";
}

}  // namespace

void RegisterQueryStream(nb::module_& module) {
  nb::class_<PyQueryStream>(module, "QueryStreamIter", nb::is_final(),
                            R"doc(The result of `Connection.stream`, batch by batch, made while it is read.

Example:
    >>> batches = conn.stream("SELECT 1 AS one")
    >>> batches
    QueryStreamIter(active)
    >>> [batch.num_rows for batch in batches], batches
    ([1], QueryStreamIter(finished)))doc")
      .def(
          "__iter__", [](nb::object self) { return self; }, nb::sig("def __iter__(self) -> QueryStreamIter"))
      .def("__next__",
           [](PyQueryStream& self) {
             auto batch = Next(self);
             if (!batch) throw nb::stop_iteration();
             return PyQueryResult(*std::move(batch));
           })
      .def(
          "try_next", [](PyQueryStream& self) { return ToPython(TryNext(self)); },
          nb::sig("def try_next(self) -> QueryResult | None"), R"doc(The next batch, or `None` after the last.

Example:
    >>> batches = conn.stream("SELECT 1 AS one")
    >>> batches.try_next().fetchall(), batches.try_next()
    ([(1,)], None))doc")
      .def(
          "cancel",
          [](PyQueryStream& self) {
            EngineCall call;
            self.stream.Cancel();
          },
          R"doc(Stops the query; iteration ends. May be called again.

Example:
    >>> batches = conn.stream("SELECT 1 AS one")
    >>> batches.cancel()
    >>> list(batches), batches
    ([], QueryStreamIter(cancelled)))doc")
      .def_prop_ro(
          "is_active", [](PyQueryStream& self) { return self.stream.state() == QueryStream::State::kActive; },
          "Whether more may come.")
      .def_prop_ro(
          "schema", [](PyQueryStream& self) { return ToPyarrow(self.stream.schema()); },
          nb::sig("def schema(self) -> pyarrow.Schema"), "Names and types of the columns.")
      .def("__repr__", &Repr);
}

}  // namespace laminar::python
