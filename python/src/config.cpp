#include "config.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <string>

namespace laminar::python {

Config ToConfig(nb::handle config) {
  Config out;
  out.buffer_size = nb::cast<int64_t>(config.attr("buffer_size"));
  out.storage_dir = nb::cast<std::optional<std::string>>(config.attr("storage_dir"));
  out.checkpoint_interval_secs = nb::cast<std::optional<double>>(config.attr("checkpoint_interval_secs"));
  out.table_spill_threshold = nb::cast<int64_t>(config.attr("table_spill_threshold"));
  out.memory_limit = nb::cast<std::optional<int64_t>>(config.attr("memory_limit")).value_or(out.memory_limit);
  const auto durability = nb::cast<std::string>(config.attr("durability"));
  out.durability = durability == "commit"     ? Durability::kCommit
                   : durability == "interval" ? Durability::kInterval
                                              : Durability::kNone;
  out.workers = nb::cast<std::optional<int>>(config.attr("workers")).value_or(out.workers);
  out.backpressure_timeout = nb::cast<double>(config.attr("backpressure_timeout"));
  out.read_only = nb::cast<bool>(config.attr("read_only"));
  return out;
}

}  // namespace laminar::python
