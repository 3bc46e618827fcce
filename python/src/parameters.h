// What Python gives for the parameters of SQL text.
#pragma once

#include <nanobind/nanobind.h>

#include <vector>

#include "laminar/parameters.h"

/// The parameter `parameters` of a method, as signatures spell it.
#define LAMINAR_PARAMETERS                             \
  "parameters: collections.abc.Sequence[typing.Any] |" \
  " collections.abc.Mapping[str | int, typing.Any] | None = None"

namespace laminar::python {

namespace nb = nanobind;

/// None: no values; a list or tuple: values in order; a dict: values by name, whole numbers among its keys being
/// positions. Throws nb::type_error for anything else, and Error kQueryFailed for a value that SQL has no type for,
/// saying which one it is. The GIL is held.
Parameters ToParameters(nb::handle given);

/// A list or tuple, or another iterable, of such.
std::vector<Parameters> ToParameterSets(nb::handle given);

}  // namespace laminar::python
