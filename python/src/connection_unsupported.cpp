// Connection: members of the published API that this version refuses.
#include <fmt/core.h>

#include "connection.h"
#include "errors.h"

namespace laminar::python {

void DefineUnsupported(ConnectionClass& connection) {
  for (const char* name : {"upsert", "delete", "transaction", "checkpoint", "register_function", "register_aggregate",
                           "wait_for", "stats", "topology", "sinks", "list_sinks"}) {
    connection.def(
        name, [name](PyConnection&, nb::args, nb::kwargs) { ThrowNotSupported(fmt::format("Connection.{}", name)); },
        "Not supported yet: raises `LaminarError`.");
  }
}

}  // namespace laminar::python
