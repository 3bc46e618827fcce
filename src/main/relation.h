// A source or table as whoever inserts into it sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/type.h"
#include "exec/dataflow_spec.h"
#include "main/table_lock.h"

namespace laminar {

/// Made with the relation and shared by all who write to it; immutable but for the lock.
struct RelationAccess {
  Schema schema;  // all columns
  bool is_table = false;
  std::vector<int> key;                    // of a table with a PRIMARY KEY
  std::vector<int64_t> max_lengths;        // see WritableEntry
  std::optional<DataflowSpec> completion;  // to be cloned: from the columns that can be given to all of them
  mutable TableLock lock;
};

/// `id` tells a relation from a later one of the same name.
struct ResolvedSource {
  std::string name;
  Schema schema;  // the columns that can be given: all but the generated
  uint64_t id = 0;
  std::shared_ptr<const RelationAccess> access;

  bool is_table() const { return access->is_table; }
};

}  // namespace laminar
