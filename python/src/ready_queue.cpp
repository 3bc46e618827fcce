#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include "laminar/subscription.h"
#include "registration.h"

namespace laminar::python {

void RegisterReadyQueue(nb::module_& module) {
  nb::class_<ReadyQueue>(module, "ReadyQueue", nb::is_final(),
                         "Which subscriptions became readable, behind a descriptor that an event loop watches.")
      .def(nb::init<>())
      .def_prop_ro("fd", &ReadyQueue::fd, "Readable while something is queued.")
      .def("drain", &ReadyQueue::Drain, nb::sig("def drain(self) -> list[int]"),
           "The tags that are queued; the descriptor becomes unreadable.");
}

}  // namespace laminar::python
