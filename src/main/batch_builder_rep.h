// What is behind a BatchBuilder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/ref.h"
#include "common/type.h"
#include "laminar/batch_builder.h"
#include "main/relation.h"
#include "main/row_writer.h"
#include "state/row_batch.h"

namespace laminar {

struct BatchBuilder::Rep {
  explicit Rep(ResolvedSource relation) : target(std::move(relation)), writer(target.name, target.schema) {}
  /// Rows that are not inserted anywhere.
  Rep(std::string relation, Schema schema) : writer(std::move(relation), std::move(schema)) {}

  const std::string& relation() const { return writer.relation(); }
  /// The finished rows; the builder is empty afterwards.
  Ref<RowBatch> Finish() { return writer.Finish(); }

  /// Which definition of the relation the rows are made for: whoever inserts them compares.
  ResolvedSource target;
  RowWriter writer;
  std::optional<ResultSchema> shown_schema;  // made when it is asked for: a builder for one row has better things to do
};

}  // namespace laminar
