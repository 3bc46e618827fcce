// What a writer is about to do to one table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "main/relation.h"
#include "state/keyed_rows.h"
#include "state/row_batch.h"

namespace laminar {

/// Rows that a statement takes from a table and rows that it brings, in the table's columns.
struct RowChange {
  std::vector<Ref<RowBatch>> taken;
  std::vector<Ref<RowBatch>> brought;
  int64_t affected = 0;  // as the statement reports it
};

/// The changes a writer has made so far, and the table as that writer sees it: what is committed, with its own changes.
/// The writer holds the table's lock, so that nobody else changes it meanwhile. One thread at a time.
class TableDraft {
 public:
  /// `of_transaction`: more statements may come, which must see the changes of earlier ones.
  TableDraft(Engine& engine, ResolvedSource table, bool of_transaction);

  const ResolvedSource& table() const { return table_; }
  const std::vector<DataType>& types() const { return types_; }
  /// Everything that was accepted before is in the table's state from here on; called before a statement reads it.
  void Settle() { engine_.Settle(); }

  struct Found {
    static constexpr uint32_t kNone = 0xffffffffu;
    Ref<RowBatch> rows;        // those that are there, in the order of the keys
    std::vector<uint32_t> of;  // per key its row, or kNone
  };
  /// The rows of these keys; the table has a primary key. places[j] is the column of `keys` for its j-th column.
  Found Lookup(const Delta& keys, std::span<const int> places) const;

  /// Adds a statement's change. Its rows are checked: what is taken is there, and what is brought is not.
  void Apply(const RowChange& change);
  /// The changes so far as rows with weights, in order.
  const std::vector<Ref<RowBatch>>& deltas() const { return deltas_; }

 private:
  Engine& engine_;
  const ResolvedSource table_;
  std::vector<DataType> types_;
  std::vector<Ref<RowBatch>> deltas_;
  // Of a transaction, over a table with a key: rows that it brought and has not taken again; committed ones it took.
  std::optional<KeyedRows> brought_;
  std::optional<KeyedRows> taken_;
};

/// The rows with weight −1 each, without copying them. They must not have weights.
Ref<RowBatch> Taken(const Ref<RowBatch>& rows, std::span<const DataType> types);

}  // namespace laminar
