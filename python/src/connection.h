// laminardb.Connection.
#pragma once

#include <nanobind/nanobind.h>

#include <string_view>

#include "builder_cache.h"
#include "ingest.h"
#include "laminar/connection.h"

namespace laminar::python {

namespace nb = nanobind;

/// A connection and what Python keeps beside it.
class PyConnection {
 public:
  PyConnection(Connection engine, bool checkpoints_enabled);
  ~PyConnection();
  PyConnection(const PyConnection&) = delete;
  PyConnection& operator=(const PyConnection&) = delete;

  Connection& engine() { return engine_; }
  BuilderCache& builders() { return builders_; }
  bool checkpoints_enabled() const { return checkpoints_enabled_; }
  void Close();
  /// Throws Error kConnectionClosed.
  void CheckOpen() const;

 private:
  Connection engine_;
  BuilderCache builders_;
  bool checkpoints_enabled_;
};

using ConnectionClass = nb::class_<PyConnection>;

/// Closes whatever is open when the interpreter ends.
void CloseAllConnections();

void RegisterConnection(nb::module_& module);
void DefineSql(ConnectionClass& connection);
void DefineIngestion(ConnectionClass& connection);
void DefineTables(ConnectionClass& connection);
void DefineSubscriptions(ConnectionClass& connection);
void DefineSinks(ConnectionClass& connection);
void DefineFunctions(ConnectionClass& connection);
void DefineCatalog(ConnectionClass& connection);
void DefineWaiting(ConnectionClass& connection);

}  // namespace laminar::python
