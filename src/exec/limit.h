// LIMIT and OFFSET of a one-shot query without ORDER BY.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exec/operator.h"

namespace laminar {

/// Batch mode only. Skips `offset` rows, passes `limit` on (-1: all), and is done(). A row of weight w counts w times.
class Limit final : public Operator {
 public:
  Limit(int64_t limit, int64_t offset);

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool done() const override { return to_pass_ == 0; }
  bool stateless() const override { return false; }
  std::unique_ptr<Operator> Clone() const override;
  std::string Describe() const override;

 private:
  int64_t limit_;
  int64_t offset_;
  int64_t to_skip_;
  int64_t to_pass_;
  std::vector<uint32_t> selection_;
  std::vector<int64_t> weights_;
};

}  // namespace laminar
