#include "connection.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "config.h"
#include "engine_call.h"
#include "errors.h"
#include "program_tables.h"
#include "registration.h"

namespace laminar::python {

namespace {

// All that exist, for CloseAllConnections. The GIL is its lock.
std::unordered_set<PyConnection*>& AllConnections() {
  static auto* const all = new std::unordered_set<PyConnection*>();
  return *all;
}

/// Other handles may share the connection; it ends with the one that Python made.
struct ClosedAtEnd {
  explicit ClosedAtEnd(Connection connection) : engine(std::move(connection)) {}
  ClosedAtEnd(ClosedAtEnd&& other) noexcept : engine(other.engine) { other.engaged = false; }
  ~ClosedAtEnd() {
    if (engaged) engine.Close();
  }

  Connection engine;
  bool engaged = true;
};

bool CheckpointsEnabled(const Config& settings) {
  return settings.storage_dir.has_value() || settings.checkpoint_interval_secs.has_value();
}

std::unique_ptr<PyConnection> OpenConnection(std::string_view path, nb::handle config) {
  const Config settings = ToConfig(config);
  Connection engine = [&] {
    EngineCall call;
    return Open(path, settings);
  }();
  return std::make_unique<PyConnection>(std::move(engine), CheckpointsEnabled(settings));
}

}  // namespace

PyConnection::PyConnection(Connection engine, bool checkpoints_enabled)
    : engine_(std::move(engine)), builders_(engine_), checkpoints_enabled_(checkpoints_enabled) {
  engine_.SetProgramTables(ScopeTables());
  AllConnections().insert(this);
}

PyConnection::~PyConnection() {
  AllConnections().erase(this);
  builders_.Clear();
  Destroy(ClosedAtEnd{std::move(engine_)});
}

void PyConnection::Close() {
  builders_.Clear();
  EngineCall call;
  engine_.Close();
}

void PyConnection::CheckOpen() const {
  if (engine_.is_closed()) throw Error(ErrorCode::kConnectionClosed, "the connection is closed");
}

void CloseAllConnections() {
  // Closing lets go of the GIL, so connections may come and go meanwhile.
  std::vector<Connection> open;
  for (PyConnection* connection : AllConnections()) {
    connection->builders().Clear();
    open.push_back(connection->engine());
  }
  EngineCall call;
  for (Connection& connection : open) connection.Close();
  open.clear();
}

void RegisterConnection(nb::module_& module) {
  ConnectionClass connection(module, "Connection", nb::is_weak_referenceable(), nb::is_final(),
                             R"doc(A handle on a database; made by `laminardb.open`.

Every method may be called from any thread, also from a callback. The GIL is released while the engine works. After
`close`, methods raise `ConnectionError` 101. A context manager, plain and asynchronous: leaving it closes.

Example:
    >>> with laminardb.open(":memory:") as other:
    ...     other.execute("CREATE SOURCE t (v BIGINT)")
    ...     other.insert("t", {"v": 1})
    ExecuteResult(ddl, 'CREATE SOURCE', 't')
    1
    >>> other
    Connection(closed))doc");
  connection
      .def(
          "start",
          [](PyConnection& self) {
            EngineCall call;
            self.engine().Start();
          },
          R"doc(Starts connectors. May be called again; inserts and streams work without it.

Example:
    >>> conn.start())doc")
      .def(
          "shutdown",
          [](PyConnection& self) {
            EngineCall call;
            self.engine().Shutdown();
          },
          R"doc(Takes no more input and carries what was accepted into every subscriber's queue.

The queues stay readable to their end. `insert` raises 901 afterwards. May be called again.

Example:
    >>> changes = conn.subscribe("SELECT v FROM t")
    >>> conn.insert("t", {"v": 1})
    1
    >>> conn.shutdown()
    >>> [change.to_pylist() for change in changes]
    [[{'v': 1}]])doc")
      .def("close", &PyConnection::Close,
           R"doc(Closes the connection; subscriptions end and whoever waits wakes. May be called again.

Example:
    >>> conn.close()
    >>> conn.is_closed
    True)doc")
      .def_prop_ro(
          "is_closed", [](PyConnection& self) { return self.engine().is_closed(); }, "Whether `close` was called.")
      .def(
          "__enter__", [](nb::object self) { return self; }, nb::sig("def __enter__(self) -> Connection"))
      .def(
          "__exit__", [](PyConnection& self, nb::args) { self.Close(); },
          nb::sig("def __exit__(self, *args: object) -> None"))
      .def(
          "__aenter__", [](nb::object self) { return nb::module_::import_("laminardb._async").attr("enter")(self); },
          nb::sig("def __aenter__(self) -> collections.abc.Coroutine[typing.Any, typing.Any, Connection]"))
      .def(
          "__aexit__",
          [](nb::object self, nb::args) { return nb::module_::import_("laminardb._async").attr("leave")(self); },
          nb::sig("def __aexit__(self, *args: object) -> collections.abc.Coroutine[typing.Any, typing.Any, None]"))
      .def("__repr__",
           [](PyConnection& self) { return self.engine().is_closed() ? "Connection(closed)" : "Connection(open)"; });
  DefineSql(connection);
  DefineIngestion(connection);
  DefineTables(connection);
  DefineSubscriptions(connection);
  DefineSinks(connection);
  DefineFunctions(connection);
  DefineCatalog(connection);
  DefineWaiting(connection);

  module.def("_open", &OpenConnection, nb::arg("path"), nb::arg("config"),
             nb::sig("def _open(path: str, config: laminardb.config.LaminarConfig) -> Connection"));
  module.def(
      "_open_for_test",
      [](std::string_view path, nb::handle config, int partitions, bool disable_rules, bool manual_steps,
         uint64_t log_segment_bytes, uint64_t checkpoint_log_bytes, bool checkpoint_on_close) {
        const Config settings = ToConfig(config);
        Connection engine = [&] {
          EngineCall call;
          return OpenForTest(
              path, settings,
              {partitions, disable_rules, manual_steps, log_segment_bytes, checkpoint_log_bytes, checkpoint_on_close});
        }();
        return std::make_unique<PyConnection>(std::move(engine), CheckpointsEnabled(settings));
      },
      nb::arg("path"), nb::arg("config"), nb::arg("partitions"), nb::arg("disable_rules"), nb::arg("manual_steps"),
      nb::arg("log_segment_bytes"), nb::arg("checkpoint_log_bytes"), nb::arg("checkpoint_on_close"),
      nb::sig("def _open_for_test(path: str, config: laminardb.config.LaminarConfig, partitions: int, "
              "disable_rules: bool, manual_steps: bool, log_segment_bytes: int, checkpoint_log_bytes: int, "
              "checkpoint_on_close: bool) -> Connection"));
  module.def(
      "_set_time",
      [](PyConnection& connection, int64_t micros) {
        EngineCall call;
        return SetTime(connection.engine(), micros);
      },
      nb::arg("connection"), nb::arg("micros"));
  module.def(
      "_step",
      [](PyConnection& connection) {
        EngineCall call;
        return StepNow(connection.engine());
      },
      nb::arg("connection"));
}

}  // namespace laminar::python
