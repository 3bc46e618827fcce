// `inspect.signature` and `help()` of what the module defines. nanobind keeps every signature, but under a name that
// only its stub generator asks for, and repeats it in front of each docstring. Here the types of its functions answer
// `__signature__` too, and `__doc__` with the docstring alone. The types are this module's own (NB_DOMAIN).
#include <nanobind/nanobind.h>

#include "registration.h"

namespace laminar::python {

namespace {

getattrofunc nanobind_function = nullptr;
getattrofunc nanobind_method = nullptr;
getattrofunc nanobind_bound_method = nullptr;

/// nanobind answers `__doc__` before it looks into the type.
template <getattrofunc* kNanobind>
PyObject* GetAttribute(PyObject* self, PyObject* name) {
  return PyUnicode_CompareWithASCIIString(name, "__doc__") == 0 ? PyObject_GenericGetAttr(self, name)
                                                                : (*kNanobind)(self, name);
}

/// The type is immutable to Python code, and used by nothing but this module, which is not yet imported.
template <getattrofunc* kNanobind>
void Extend(PyTypeObject* type) {
  const nb::module_ signatures = nb::module_::import_("laminardb._signatures");
  const nb::object property = nb::module_::import_("builtins").attr("property");
  nb::handle members = type->tp_dict;
  members["__doc__"] = property(signatures.attr("doc"));
  members["__signature__"] = property(signatures.attr("signature"));
  *kNanobind = type->tp_getattro;
  type->tp_getattro = &GetAttribute<kNanobind>;
  PyType_Modified(type);
}

}  // namespace

void RegisterSignatures(nb::module_& module) {
  const nb::object function = module.attr("_open");
  const nb::object method = module.attr("QueryResult").attr("fetchall");
  // It binds to anything.
  const nb::object bound = nb::steal(Py_TYPE(method.ptr())->tp_descr_get(method.ptr(), module.ptr(), nullptr));
  Extend<&nanobind_function>(Py_TYPE(function.ptr()));
  Extend<&nanobind_method>(Py_TYPE(method.ptr()));
  Extend<&nanobind_bound_method>(Py_TYPE(bound.ptr()));
}

}  // namespace laminar::python
