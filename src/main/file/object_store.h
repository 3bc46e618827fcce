// s3://: Arrow's client for it is a library of its own in the pyarrow wheel, loaded when the first such URI is met.
#pragma once

#include <string_view>

#include "common/status.h"

namespace laminar {

/// Makes the file system of the URI's scheme known to Arrow. Thread-safe; does nothing for schemes that Arrow knows by
/// itself.
Status LoadObjectStores(std::string_view uri);

}  // namespace laminar
