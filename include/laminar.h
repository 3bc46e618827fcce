/* So that `#include <laminar.h>` finds the C interface whichever way the headers are installed. */
#pragma once

#include "laminar/laminar.h"
