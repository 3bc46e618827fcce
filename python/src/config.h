// laminardb.LaminarConfig as the engine's settings.
#pragma once

#include <nanobind/nanobind.h>

#include "laminar/config.h"

namespace laminar::python {

namespace nb = nanobind;

/// `config` is a LaminarConfig, which has checked its values.
Config ToConfig(nb::handle config);

}  // namespace laminar::python
