// One function per file of classes; module.cpp calls them in the order of their dependence.
#pragma once

#include <nanobind/nanobind.h>

namespace laminar::python {

namespace nb = nanobind;

void RegisterQueryResult(nb::module_& module);
void RegisterExecuteResult(nb::module_& module);
void RegisterQueryStream(nb::module_& module);
void RegisterReadyQueue(nb::module_& module);
void RegisterSubscription(nb::module_& module);
void RegisterStreamSubscription(nb::module_& module);
void RegisterCallbackSubscription(nb::module_& module);
void RegisterWriter(nb::module_& module);
void RegisterCatalogInfo(nb::module_& module);
void RegisterMetrics(nb::module_& module);
void RegisterTransaction(nb::module_& module);
void RegisterConnection(nb::module_& module);
void RegisterCheck(nb::module_& module);
void RegisterTesting(nb::module_& module);
void RegisterSignatures(nb::module_& module);

}  // namespace laminar::python
