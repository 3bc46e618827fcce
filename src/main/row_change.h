// What statements make of rows: which are taken from a table and which are brought, keys and NOT NULL checked.
#pragma once

#include <vector>

#include "engine/query_run.h"
#include "main/table_draft.h"
#include "planner/ddl.h"

namespace laminar {

/// What an insert does with a row whose key is there.
enum class OnConflict : uint8_t {
  kRefuse,   // error kBatchSchemaMismatch naming key and row
  kNothing,  // the row is left out; of several given with one key, the first counts
  kUpdate,   // the row there is changed by a plan; two given with one key are an error
  kReplace,  // the row there becomes the one given; of several given with one key, the last counts
};

/// All of the draft's columns, NOT NULL checked. `update` with kUpdate only; it is consumed.
RowChange InsertRows(const TableDraft& draft, std::vector<Ref<RowBatch>> rows, OnConflict on_conflict, int64_t now,
                     DataflowSpec* update = nullptr);
/// Rows for a table that is empty: refuses two of one key.
std::vector<Ref<RowBatch>> DistinctKeys(const ResolvedSource& table, std::vector<Ref<RowBatch>> rows);
/// Batches of rows as they are, followed by what they become.
RowChange UpdateRows(const TableDraft& draft, const std::vector<Ref<RowBatch>>& before_and_after);
RowChange DeleteRows(std::vector<Ref<RowBatch>> rows);
/// The rows of these keys, in the order of the key's columns; a key given twice counts once.
RowChange DeleteKeys(const TableDraft& draft, const Ref<RowBatch>& keys);

/// Throws kBatchSchemaMismatch naming column and row when a NOT NULL column has a NULL; rows count from 1, over all
/// batches.
void CheckNotNull(const std::vector<Ref<RowBatch>>& batches, const Schema& schema, std::string_view relation);

/// Runs a dataflow over rows in hand (planner/ddl/change_rows.h).
std::vector<Ref<RowBatch>> RunOver(DataflowSpec spec, std::vector<Ref<RowBatch>> rows, int64_t now);
/// Everything the run yields.
std::vector<Ref<RowBatch>> CollectRows(QueryRun& run);
/// A spec of the same operators, with state of their own.
DataflowSpec CloneSpec(const DataflowSpec& spec);

}  // namespace laminar
