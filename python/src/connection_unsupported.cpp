// Connection: members of the published API that this version refuses.
#include <fmt/core.h>

#include <string>

#include "connection.h"
#include "errors.h"

namespace laminar::python {

void DefineUnsupported(ConnectionClass& connection) {
  for (const char* name : {"register_function", "register_aggregate"}) {
    const std::string signature = fmt::format("def {}(self, *args: object, **kwargs: object) -> typing.NoReturn", name);
    connection.def(
        name, [name](PyConnection&, nb::args, nb::kwargs) { ThrowNotSupported(fmt::format("Connection.{}", name)); },
        nb::sig(signature.c_str()), "Not supported yet: raises `LaminarError`.");
  }
}

}  // namespace laminar::python
