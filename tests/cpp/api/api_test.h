// A database through its public headers, and results as bags of rows.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <latch>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "laminar/connection.h"

namespace laminar {

/// Rows as text, "1|abc|NULL", with how often they are there.
using Bag = std::map<std::string, int64_t>;

inline void AddTo(Bag* bag, const QueryResult& result) {
  const std::vector<ColumnInfo>& columns = result.schema().columns();
  const bool weighted = !columns.empty() && columns.back().name == "__weight";
  const int width = result.num_columns() - (weighted ? 1 : 0);
  for (int64_t row = 0; row < result.num_rows(); ++row) {
    std::string text;
    for (int column = 0; column < width; ++column) text += (column == 0 ? "" : "|") + result.Format(row, column);
    if (((*bag)[text] += weighted ? result.Int(row, width) : 1) == 0) bag->erase(text);
  }
}

inline Bag BagOf(const QueryResult& result) {
  Bag bag;
  AddTo(&bag, result);
  return bag;
}

/// Everything until the subscription ends, summed; epochs must ascend and only the first item may be a snapshot.
inline Bag ReadToEnd(Subscription& subscription) {
  Bag bag;
  std::optional<uint64_t> epoch;
  while (std::optional<QueryResult> item = subscription.Next()) {
    if (epoch) {
      EXPECT_GT(item->epoch(), *epoch);
      EXPECT_FALSE(item->is_snapshot());
    }
    epoch = item->epoch();
    AddTo(&bag, *item);
  }
  return bag;
}

/// The code of the Error that `call` throws; nothing when it throws none.
template <typename Call>
std::optional<ErrorCode> CodeOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

class ApiTest : public ::testing::Test {
 protected:
  void Open(const Config& config, const TestOptions& options = {}) {
    connection_.emplace(OpenForTest(":memory:", config, options));
  }
  void SetUp() override { Open({}); }

  Connection& db() { return *connection_; }
  void Run(const std::string& sql) { db().Execute(sql); }
  Bag Ask(const std::string& sql) { return BagOf(db().Query(sql)); }
  int64_t AskOne(const std::string& sql) { return db().Query(sql).Int(0, 0); }

  /// Inserts rows of integers as one call.
  void Insert(const std::string& source, const std::vector<std::vector<int64_t>>& rows) {
    BatchBuilder batch = db().NewBatch(source);
    for (const std::vector<int64_t>& row : rows) {
      for (size_t column = 0; column < row.size(); ++column) batch.SetInt(static_cast<int>(column), row[column]);
      batch.FinishRow();
    }
    db().Insert(batch);
  }

  std::optional<Connection> connection_;
};

}  // namespace laminar
