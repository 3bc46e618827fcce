// Splits rows by key among partitions, so that each key is always handled by the same one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/type.h"
#include "exec/operator.h"

namespace laminar {

/// Stateless. Sends each row to the partition named by the high bits of the hash of its key columns (common/hash.h), as
/// a selection over the input's own columns. The same key goes to the same partition in any process of the same
/// version.
class Exchange final : public Operator {
 public:
  /// `types` are those of the key columns `keys`; without keys all rows go to partition 0.
  Exchange(std::vector<int> keys, std::vector<DataType> types, int partitions);

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool stateless() const override { return true; }
  std::unique_ptr<Operator> Clone() const override;
  std::string Describe() const override;

 private:
  std::vector<int> keys_;
  std::vector<DataType> types_;
  int partitions_;
  std::vector<uint64_t> hashes_;
  std::vector<std::vector<uint32_t>> selections_;
};

}  // namespace laminar
