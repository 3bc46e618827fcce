// Rows on their way into a relation, by insert or by upsert.
#pragma once

#include <functional>
#include <string_view>

#include "connection.h"
#include "engine_call.h"
#include "ingest.h"

namespace laminar::python {

/// `insert` takes a batch of the relation, `insert_arrow` a stream: Connection::Insert and InsertArrow, or Upsert and
/// UpsertArrow. The relation is named for as long as this lives.
class RelationTarget final : public RowTarget {
 public:
  using TakeBatch = int64_t (Connection::*)(BatchBuilder&);
  using TakeStream = int64_t (Connection::*)(std::string_view, ArrowArrayStream*, bool);

  RelationTarget(PyConnection& connection, std::string_view relation, TakeBatch insert, TakeStream insert_arrow)
      : connection_(connection), relation_(relation), insert_(insert), insert_arrow_(insert_arrow) {}

  int64_t InsertRows(const std::function<void(RowBuilder&)>& fill) override {
    return connection_.builders().WithBuilder(relation_, [&](RowBuilder& rows) {
      fill(rows);
      EngineCall call;
      return (connection_.engine().*insert_)(rows.batch());
    });
  }
  int64_t InsertArrow(ArrowArrayStream* stream, bool copy) override {
    EngineCall call;
    return (connection_.engine().*insert_arrow_)(relation_, stream, copy);
  }
  ResultSchema schema() override {
    EngineCall call;
    return connection_.engine().SchemaOf(relation_);
  }

 private:
  PyConnection& connection_;
  const std::string_view relation_;
  const TakeBatch insert_;
  const TakeStream insert_arrow_;
};

}  // namespace laminar::python
