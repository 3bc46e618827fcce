// laminardb._laminardb: the Python face of the public C++ API. Users import the package laminardb.
#include "connection.h"
#include "engine_call.h"
#include "errors.h"
#include "registration.h"

NB_MODULE(_laminardb, module) {
  using namespace laminar::python;  // NOLINT: the registrations

  // What a program still holds when it ends is not ours to complain about.
  nb::set_leak_warnings(false);
  module.attr("__version__") = LAMINAR_VERSION;
  RegisterErrors();
  RegisterInterruptCheck();
  RegisterQueryResult(module);
  RegisterExecuteResult(module);
  RegisterQueryStream(module);
  RegisterReadyQueue(module);
  RegisterSubscription(module);
  RegisterStreamSubscription(module);
  RegisterCallbackSubscription(module);
  RegisterWriter(module);
  RegisterCatalogInfo(module);
  RegisterMetrics(module);
  RegisterTransaction(module);
  RegisterConnection(module);
  RegisterCheck(module);
  RegisterTesting(module);
  RegisterSignatures(module);

  nb::module_::import_("atexit").attr("register")(nb::cpp_function([] {
    CloseAllConnections();
    EndEngineCalls();
  }));
}
