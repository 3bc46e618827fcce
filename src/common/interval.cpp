#include "common/interval.h"

#include "common/date_time.h"

namespace laminar {

std::string Interval::ToString() const {
  char buffer[96];
  return std::string(buffer, FormatInterval(buffer, *this));
}

}  // namespace laminar
