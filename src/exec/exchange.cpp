#include "exec/exchange.h"

#include <utility>

#include "common/hash.h"

namespace laminar {

Exchange::Exchange(std::vector<int> keys, std::vector<DataType> types, int partitions)
    : keys_(std::move(keys)),
      types_(std::move(types)),
      partitions_(partitions),
      selections_(static_cast<size_t>(partitions)) {}

Status Exchange::Push(Step&, int, const Delta& delta, Output& output) {
  if (delta.empty()) return Status::OK();
  if (partitions_ == 1 || keys_.empty()) {
    output.EmitPartition(0, delta);
    return Status::OK();
  }
  std::vector<Column> columns;
  for (const int key : keys_) columns.push_back(delta.columns[static_cast<size_t>(key)]);
  hashes_.resize(delta.size());
  HashColumns(columns, types_, delta, hashes_.data());
  for (std::vector<uint32_t>& selection : selections_) selection.clear();
  for (uint32_t i = 0; i < delta.size(); ++i) {
    // The high half of the hash, scaled to the number of partitions: their high bits, whatever that number is.
    const uint64_t partition = ((hashes_[i] >> 32) * static_cast<uint64_t>(partitions_)) >> 32;
    selections_[partition].push_back(delta.RowAt(i));
  }
  for (int partition = 0; partition < partitions_; ++partition) {
    const std::vector<uint32_t>& selection = selections_[static_cast<size_t>(partition)];
    if (selection.empty()) continue;
    Delta part = delta;
    part.Select(selection.data(), static_cast<uint32_t>(selection.size()));
    output.EmitPartition(partition, part);
  }
  return Status::OK();
}

std::unique_ptr<Operator> Exchange::Clone() const { return std::make_unique<Exchange>(keys_, types_, partitions_); }

std::string Exchange::Describe() const {
  std::string text = "Exchange keys=[";
  for (const int key : keys_) text += (text.back() != '[' ? ", #" : "#") + std::to_string(key);
  return text + "] partitions=" + std::to_string(partitions_);
}

}  // namespace laminar
