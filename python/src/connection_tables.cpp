// Connection: tables with a primary key, and transactions.
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow_capsule.h"
#include "connection.h"
#include "engine_call.h"
#include "relation_target.h"

namespace laminar::python {

namespace {

/// Rows of keys, each item of `delete`.
class KeyTarget final : public RowTarget {
 public:
  KeyTarget(PyConnection& connection, std::string_view table) : connection_(connection), table_(table) {}

  int64_t InsertRows(const std::function<void(RowBuilder&)>& fill) override {
    RowBuilder keys([&] {
      EngineCall call;
      return connection_.engine().NewKeyBatch(table_);
    }());
    fill(keys);
    EngineCall call;
    return connection_.engine().Delete(keys.batch());
  }
  int64_t InsertArrow(ArrowArrayStream* stream, bool copy) override {
    EngineCall call;
    return connection_.engine().DeleteArrow(table_, stream, copy);
  }
  ResultSchema schema() override {
    EngineCall call;
    return connection_.engine().NewKeyBatch(table_).schema();
  }

 private:
  PyConnection& connection_;
  std::string_view table_;
};

int64_t Upsert(PyConnection& self, std::string_view table, nb::handle data) {
  self.CheckOpen();
  RelationTarget target(self, table, &Connection::Upsert, &Connection::UpsertArrow);
  return Ingest(target, data);
}

int64_t Delete(PyConnection& self, std::string_view table, nb::handle keys) {
  self.CheckOpen();
  KeyTarget target(self, table);
  nb::list names;
  const ResultSchema schema = target.schema();
  for (const ColumnInfo& column : schema.columns()) names.append(column.name);
  return Ingest(target, nb::module_::import_("laminardb._ingest").attr("keys")(keys, names));
}

/// What `with conn.transaction():` enters and leaves.
class PyTransaction {
 public:
  explicit PyTransaction(Connection connection) : connection_(std::move(connection)) {}

  void Enter() {
    EngineCall call;
    connection_.Begin();
  }
  void Exit(bool failed) {
    EngineCall call;
    if (connection_.is_closed() || !connection_.in_transaction()) return;  // ended inside the block
    failed ? connection_.Rollback() : connection_.Commit();
  }

 private:
  Connection connection_;
};

}  // namespace

void RegisterTransaction(nb::module_& module) {
  nb::class_<PyTransaction>(module, "Transaction", nb::is_final(),
                            R"doc(A transaction as a block: `Connection.transaction`.

Example:
    >>> with conn.transaction() as transaction:
    ...     conn.insert("t", {"k": "a", "v": 1})
    1)doc")
      .def(
          "__enter__",
          [](nb::handle self) {
            nb::cast<PyTransaction&>(self).Enter();
            return nb::borrow(self);
          },
          nb::sig("def __enter__(self) -> Transaction"), "Begins the transaction.")
      .def(
          "__exit__", [](PyTransaction& self, nb::handle type, nb::handle, nb::handle) { self.Exit(!type.is_none()); },
          nb::arg("type").none(), nb::arg("value").none(), nb::arg("traceback").none(),
          nb::sig("def __exit__(self, type: object, value: object, traceback: object) -> None"),
          "Commits it; rolls it back when the block raised.");
}

void DefineTables(ConnectionClass& connection) {
  connection
      .def(
          "upsert", &Upsert, nb::arg("table"), nb::arg("data").none(),
          nb::sig("def upsert(self, table: str, data: object) -> int"),
          R"doc(Inserts rows into a table with a primary key, each in the place of the row that has its key, if one does.

Takes what `insert` takes; of several rows with one key the last counts. Returns how many rows were written.

Raises:
    IngestionError: 302 when rows do not fit, or the relation has no primary key.
    SchemaError: 200 when there is no such table.

Example:
    >>> conn.create_table("prices", {"symbol": "VARCHAR", "price": "DOUBLE"}, primary_key=["symbol"])
    >>> conn.upsert("prices", {"symbol": "ACME", "price": 10.5})
    1)doc")
      .def("delete", &Delete, nb::arg("table"), nb::arg("keys").none(),
           nb::sig("def delete(self, table: str, keys: object) -> int"),
           R"doc(Deletes the rows of a table that have these keys. Returns how many there were.

Args:
    keys: a key or a list of them, each a value, or a tuple for a key of several columns; or rows of the key's columns
        in any form that `insert` takes.

Raises:
    IngestionError: 302 when keys do not fit, or the relation has no primary key.
    SchemaError: 200 when there is no such table.

Example:
    >>> conn.create_table("prices", {"symbol": "VARCHAR", "price": "DOUBLE"}, primary_key=["symbol"])
    >>> conn.insert("prices", [{"symbol": "ACME", "price": 10.5}, {"symbol": "EMCA", "price": 5.0}])
    2
    >>> conn.delete("prices", ["ACME"])
    1)doc")
      .def(
          "transaction",
          [](PyConnection& self) {
            self.CheckOpen();
            return PyTransaction(self.engine());
          },
          nb::sig("def transaction(self) -> Transaction"),
          R"doc(A block whose inserts and changes become one epoch, of all sources and tables; none of them if it raises.

What this connection does inside, from whatever thread, is in it; other connections see nothing of it before it ends.
Queries inside see what the block did to tables they read themselves; streams, views and sources show what is committed.

Raises:
    QueryError: 400 when a transaction is open already, or when another one changes the same tables.

Example:
    >>> conn.create_table("accounts", {"id": "BIGINT", "balance": "BIGINT"}, primary_key=["id"])
    >>> conn.insert("accounts", [{"id": 1, "balance": 50}, {"id": 2, "balance": 0}])
    2
    >>> with conn.transaction():
    ...     conn.execute("UPDATE accounts SET balance = balance - 10 WHERE id = 1")
    ...     conn.execute("UPDATE accounts SET balance = balance + 10 WHERE id = 2")
    ExecuteResult(rows_affected, 1)
    ExecuteResult(rows_affected, 1)
    >>> conn.query("SELECT * FROM accounts ORDER BY id").fetchall()
    [(1, 40), (2, 10)])doc");
}

}  // namespace laminar::python
