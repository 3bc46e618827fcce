// Numbers rows in the order they were accepted, where SQL leaves an order open.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exec/operator.h"

namespace laminar {

/// Stateless. Adds a UBIGINT column behind the input's: the number of the row among all that were ever accepted (Mark,
/// common/delta.h); rows that no call brought have the greatest. For inputs that only ever add rows: what takes a row
/// back brings another number.
class ArrivalNumber final : public Operator {
 public:
  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool stateless() const override { return true; }
  std::unique_ptr<Operator> Clone() const override { return std::make_unique<ArrivalNumber>(); }
  std::string Describe() const override { return "ArrivalNumber"; }

 private:
  std::vector<uint64_t> numbers_;
};

}  // namespace laminar
