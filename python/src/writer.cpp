#include "writer.h"

#include <fmt/core.h>
#include <nanobind/stl/string.h>

#include "arrow_capsule.h"
#include "engine_call.h"
#include "errors.h"
#include "ingest.h"
#include "registration.h"

namespace laminar::python {

namespace {

class WriterTarget final : public RowTarget {
 public:
  explicit WriterTarget(PyWriter& self) : self_(self) {}

  int64_t InsertRows(const std::function<void(RowBuilder&)>& fill) override {
    return self_.builders.WithBuilder(self_.writer.name(), [&](RowBuilder& rows) {
      fill(rows);
      EngineCall call;
      return self_.writer.Insert(rows.batch());
    });
  }

  int64_t InsertArrow(ArrowArrayStream* stream, bool copy) override {
    EngineCall call;
    return self_.writer.InsertArrow(stream, copy);
  }

  ResultSchema schema() override { return self_.writer.schema(); }

 private:
  PyWriter& self_;
};

int64_t Insert(PyWriter& self, nb::handle data) {
  if (self.writer.is_closed()) throw Error(ErrorCode::kWriterClosed, "the writer is closed");
  if (PyList_Check(data.ptr()) && PyList_GET_SIZE(data.ptr()) == 0) return 0;
  WriterTarget target(self);
  return Ingest(target, data);
}

void Close(PyWriter& self) {
  self.builders.Clear();
  EngineCall call;
  self.writer.Close();
}

}  // namespace

void RegisterWriter(nb::module_& module) {
  nb::class_<PyWriter>(module, "Writer", nb::is_final(), nb::is_weak_referenceable(),
                       R"doc(Buffers rows for one source and hands them over in batches; made by `Connection.writer`.

A context manager: leaving it hands over what is buffered, also when an exception leaves it.

Example:
    >>> with conn.writer("t") as writer:
    ...     for i in range(3):
    ...         inserted = writer.insert({"v": i})
    >>> conn.query("SELECT count(*) FROM t").fetchone()
    (3,))doc")
      .def(
          "insert", &Insert, nb::arg("data").none(), nb::sig("def insert(self, data: object) -> int"),
          R"doc(Buffers rows, in any form that `Connection.insert` accepts, and returns how many. An empty list is no error.

Raises:
    IngestionError: 301 after `close`, 302 when a row does not fit.

Example:
    >>> with conn.writer("t") as writer:
    ...     writer.insert([{"v": 1}, {"v": 2}]), writer.insert([])
    (2, 0))doc")
      .def(
          "flush",
          [](PyWriter& self) {
            EngineCall call;
            return self.writer.Flush();
          },
          R"doc(Hands over what is buffered, and returns how many rows that was.

Example:
    >>> with conn.writer("t") as writer:
    ...     writer.insert({"v": 1}), writer.flush(), writer.flush()
    (1, 1, 0))doc")
      .def(
          "watermark",
          [](PyWriter& self, int64_t timestamp) {
            EngineCall call;
            self.writer.Watermark(timestamp);
          },
          nb::arg("timestamp"),
          R"doc(Announces that no row before `timestamp` will come through this writer. It never goes back.

Args:
    timestamp: in the unit of the source's event-time column; in milliseconds where it has none.

Example:
    >>> with conn.writer("t") as writer:
    ...     writer.watermark(100)
    ...     writer.current_watermark
    100)doc")
      .def("close", &Close, R"doc(Hands over what is buffered and closes. May be called again.

Example:
    >>> writer = conn.writer("t")
    >>> writer.close()
    >>> writer
    Writer(closed))doc")
      .def_prop_ro(
          "name", [](PyWriter& self) { return self.writer.name(); }, "The source.")
      .def_prop_ro(
          "schema", [](PyWriter& self) { return ToPyarrow(self.writer.schema()); },
          nb::sig("def schema(self) -> pyarrow.Schema"), "Columns of the source.")
      .def_prop_ro(
          "current_watermark", [](PyWriter& self) { return self.writer.current_watermark(); },
          "The last watermark announced; -2**63 before any.")
      .def(
          "__enter__", [](nb::object self) { return self; }, nb::sig("def __enter__(self) -> Writer"))
      .def(
          "__exit__", [](PyWriter& self, nb::args) { Close(self); },
          nb::sig("def __exit__(self, *args: object) -> None"))
      .def("__repr__", [](PyWriter& self) {
        return self.writer.is_closed() ? std::string("Writer(closed)")
                                       : fmt::format("Writer(source='{}', open)", self.writer.name());
      });
}

}  // namespace laminar::python
