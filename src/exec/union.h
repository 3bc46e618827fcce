// UNION ALL, and the meeting point of partitions above an exchange.
#pragma once

#include <memory>
#include <string>

#include "exec/operator.h"

namespace laminar {

/// Stateless: what comes in on any port goes out unchanged.
class Union final : public Operator {
 public:
  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool stateless() const override { return true; }
  std::unique_ptr<Operator> Clone() const override { return std::make_unique<Union>(); }
  std::string Describe() const override { return "Union"; }
};

}  // namespace laminar
