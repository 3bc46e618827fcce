#include "laminar/laminar.h"

// The build passes it on from pyproject.toml, to this file alone.
const char* laminar_version(void) { return LAMINAR_VERSION; }
