// What tests and benchmarks of the aggregate operators share: functions by name, and an output that counts.
#pragma once

#include <stdexcept>
#include <string>

#include "exec/operator.h"
#include "function/aggregate/register.h"
#include "function/registry_builder.h"

namespace laminar::testing {

/// The overload of `name` for the given argument type, or the one without arguments for kNull.
inline const AggregateFunction* FindAggregate(const std::string& name, TypeId argument = TypeId::kNull) {
  static const RegistryBuilder& builder = [&]() -> const RegistryBuilder& {
    static RegistryBuilder filled;
    RegisterAggregateFunctions(filled);
    return filled;
  }();
  for (const AggregateFunction& function : builder.aggregates()) {
    if (function.name != name) continue;
    if (argument == TypeId::kNull ? function.parameters.empty()
                                  : function.parameters.size() == 1 && (function.parameters[0].id() == argument ||
                                                                        function.parameters[0].id() == TypeId::kNull)) {
      return &function;
    }
  }
  throw std::invalid_argument("no aggregate " + name);
}

/// Counts rows, keeps nothing.
class CountingOutput : public Output {
 public:
  Answer Emit(const Delta& delta) override {
    rows += delta.size();
    return Answer::kMore;
  }
  Answer EmitPartition(int, const Delta&) override { return Answer::kMore; }
  void EmitLate(const Delta& delta) override { late += delta.size(); }
  void EmitErrors(const Delta& input, const RowErrors& rows_in_error) override {
    for (const RowErrors::Entry& entry : rows_in_error.entries) errors += input.WeightAt(entry.row);
  }
  bool wanted() const override { return is_wanted; }

  bool is_wanted = true;
  int64_t rows = 0;
  int64_t late = 0;
  int64_t errors = 0;
};

}  // namespace laminar::testing
