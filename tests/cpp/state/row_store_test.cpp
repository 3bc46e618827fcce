#include "state/row_store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "state/row_batch.h"

namespace laminar {
namespace {

const std::vector<DataType> kTypes{TypeId::kInt64, TypeId::kVarchar};

using Contents = std::map<std::pair<int64_t, std::string>, int64_t>;

Contents Read(const RowStoreSnapshot& snapshot) {
  Contents contents;
  snapshot.ForEachDelta([&](const Delta& delta) {
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      const int64_t number = delta.columns[0].IsValid(row) ? delta.columns[0].data<int64_t>()[row] : -1;
      contents[{number, delta.columns[1].data<StringRef>()[row].ToString()}] += delta.WeightAt(row);
    }
    return true;
  });
  return contents;
}

TEST(RowStore, AppendEraseSnapshotAgreeWithAModel) {
  std::mt19937 random(5);
  RowStore store(kTypes, true);
  Contents model;
  std::vector<std::pair<uint32_t, std::pair<int64_t, std::string>>> live;
  for (int round = 0; round < 60; ++round) {
    const RowStoreSnapshot before = store.Snapshot();
    const Contents expected_before = model;
    RowBatchBuilder builder(kTypes);
    std::vector<std::pair<int64_t, std::string>> rows;
    for (uint32_t i = 0; i < random() % 700; ++i) {
      const int64_t number = static_cast<int64_t>(random() % 1000);
      const std::string text = "some text, number " + std::to_string(number);
      if (number % 10 != 0) builder.SetInt(0, number);
      builder.SetString(1, text);
      builder.FinishRow(1 + number % 3);
      rows.emplace_back(number % 10 != 0 ? number : -1, text);
    }
    const Ref<RowBatch> batch = builder.Finish();
    std::vector<uint32_t> slots;
    store.Append(batch->delta(), &slots);
    for (size_t i = 0; i < rows.size(); ++i) {
      model[rows[i]] += store.weight(slots[i]);
      live.emplace_back(slots[i], rows[i]);
    }
    for (uint32_t i = 0; i < random() % 500 && !live.empty(); ++i) {
      const size_t at = random() % live.size();
      const auto [slot, row] = live[at];
      if ((model[row] -= store.weight(slot)) == 0) model.erase(row);
      store.Erase(slot);
      live[at] = live.back();
      live.pop_back();
    }
    ASSERT_EQ(Read(store.Snapshot()), model);
    ASSERT_EQ(Read(before), expected_before);
  }
  EXPECT_EQ(store.rows(), live.size());
}

}  // namespace
}  // namespace laminar
