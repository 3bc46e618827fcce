// Aggregates of the program: a group keeps the rows it was given, encoded, in a multiset; when a step that changed them
// ends, the program's code works out the answer from all of them. So any code is right under deletions.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "common/cancel_token.h"
#include "function/aggregate/kernel.h"
#include "main/function/user_code.h"
#include "main/function/user_function.h"

namespace laminar {

namespace {

/// A group's accumulator.
struct Group {
  uint64_t answer[2] = {0, 0};  // the bytes of a value of the result's type
  StringRef error;              // why there is no answer
  uint32_t rows = OrderedValues::kEmpty;
  bool valid = false;
  bool failed = false;
  bool changed = true;  // of no rows there is an answer too, if the code wants to give one
};

const UserFunction& FunctionOf(const AggregateCall& call) {
  return *static_cast<const UserFunctionState*>(call.state.get())->function;
}

template <typename Float>
bool IsNaN(const void* value) {
  Float read;
  std::memcpy(&read, value, sizeof(read));
  return std::isnan(read);
}

/// A flag and, unless it is NULL, the value: its bytes, of texts their number first. NaN has one form, so that one
/// takes the other away.
void EncodeCell(const Vector& vector, uint32_t row, PhysicalType type, std::string* to) {
  const bool valid = vector.IsValid(row);
  to->push_back(valid ? 1 : 0);
  if (!valid) return;
  if (type == PhysicalType::kString) {
    const std::string_view text = vector.data<StringRef>()[row].view();
    const auto size = static_cast<uint32_t>(text.size());
    to->append(reinterpret_cast<const char*>(&size), sizeof(size));
    to->append(text);
    return;
  }
  const size_t width = static_cast<size_t>(PhysicalWidth(type));
  const auto* value = vector.data<char>() + row * width;
  if (type == PhysicalType::kDouble && IsNaN<double>(value)) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    to->append(reinterpret_cast<const char*>(&kNaN), sizeof(kNaN));
  } else if (type == PhysicalType::kFloat && IsNaN<float>(value)) {
    constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
    to->append(reinterpret_cast<const char*>(&kNaN), sizeof(kNaN));
  } else {
    to->append(value, width);
  }
}

template <bool kKeyed>
void Update(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights, const RowOrder* order,
            uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const UserFunction& function = FunctionOf(context.call());
  const size_t parameters = static_cast<size_t>(function.parameters.size());
  std::string encoded;
  for (uint32_t row = 0; row < rows; ++row) {
    bool counts = true;
    encoded.clear();
    for (size_t i = 0; i < parameters; ++i) {
      counts &= function.takes_nulls || arguments[i].IsValid(row);
      EncodeCell(arguments[i], row, function.parameters.field(static_cast<int>(i)).type.physical(), &encoded);
    }
    if (!counts) continue;
    const StringRef bytes(encoded);
    OrderedEntry entry{.value = &bytes};
    if (order != nullptr) entry.number = order->numbers[row];
    if (order != nullptr && order->event_times != nullptr) entry.event_time = order->event_times[row];
    if constexpr (kKeyed) entry.key = arguments[parameters].data<StringRef>()[row];
    Group& group = StateAt<Group>(states, row, offset);
    context.ordered()->Add(&group.rows, entry, weights != nullptr ? weights[row] : 1);
    group.changed = true;
  }
}

void Combine(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  Group& group = *reinterpret_cast<Group*>(into);
  context.ordered()->AddAll(&group.rows, reinterpret_cast<const Group*>(from)->rows);
  group.changed = true;
}

/// The rows of a group as the columns of a call.
class GroupRows {
 public:
  GroupRows(FunctionCall::Rep* call) : call_(call) {
    const Schema& parameters = call->function.parameters;
    for (const Field& field : parameters.fields()) {
      const int width = PhysicalWidth(field.type.physical());
      uint8_t* const values = call->memory->Allocate<uint8_t>(int64_t{call->rows} * width);
      uint64_t* validity = nullptr;
      if (call->function.takes_nulls) validity = call->memory->AllocateBitmap(call->rows);
      call->arguments.push_back({values, validity});
      columns_.push_back({field.type.physical(), static_cast<size_t>(width), values, validity});
    }
  }

  /// Appends the row as often as it weighs.
  void Append(std::string_view encoded, int64_t weight) {
    for (; weight > 0; --weight, ++row_) {
      const char* at = encoded.data();
      for (const ColumnMemory& column : columns_) at = Decode(at, column);
    }
  }

 private:
  struct ColumnMemory {
    PhysicalType type;
    size_t width;
    uint8_t* values;
    uint64_t* validity;
  };

  const char* Decode(const char* at, const ColumnMemory& column) {
    uint8_t* const value = column.values + row_ * column.width;
    const bool valid = *at++ != 0;
    if (!valid) {
      std::memset(value, 0, column.width);
      return at;
    }
    if (column.validity != nullptr) SetBit(column.validity, row_);
    if (column.type != PhysicalType::kString) {
      std::memcpy(value, at, column.width);
      return at + column.width;
    }
    uint32_t size;
    std::memcpy(&size, at, sizeof(size));
    at += sizeof(size);
    const StringRef text(std::string_view(at, size));
    std::memcpy(value, &text, sizeof(text));
    return at + size;
  }

  FunctionCall::Rep* call_;
  std::vector<ColumnMemory> columns_;
  size_t row_ = 0;
};

int64_t CountRows(const OrderedValues& values, uint32_t rows) {
  int64_t count = 0;
  values.Visit(rows, &count, [](void* to, const uint8_t*, int64_t weight) { *static_cast<int64_t*>(to) += weight; });
  return count;
}

void Answer(AggregateContext& context, const AggregateCall& call, Group& group) {
  const UserFunction& function = FunctionOf(call);
  const int64_t count = CountRows(*context.ordered(), group.rows);
  if (count == 0 && !function.takes_nulls) return;
  if (count > std::numeric_limits<int32_t>::max()) throw Error(ErrorCode::kQueryFailed, "the group has too many rows");
  FunctionCall::Rep asked(function, static_cast<uint32_t>(count), 1);
  GroupRows rows(&asked);
  context.ordered()->Visit(group.rows, &rows, [](void* to, const uint8_t* cell, int64_t weight) {
    static_cast<GroupRows*>(to)->Append(reinterpret_cast<const StringRef*>(cell)->view(), weight);
  });
  {
    const UserCode running(function.database);
    asked.Run();
  }
  if (!asked.errors.empty()) throw Error(ErrorCode::kQueryFailed, asked.errors[0].second);
  if (!asked.values.IsValid(0)) return;
  if (function.result.type.physical() == PhysicalType::kString) {
    const StringRef text = context.Intern(asked.values.data<StringRef>()[0]);
    std::memcpy(group.answer, &text, sizeof(text));
  } else {
    std::memcpy(group.answer, asked.values.values, static_cast<size_t>(PhysicalWidth(call.result.physical())));
  }
  group.valid = true;
}

void ForgetAnswer(AggregateContext& context, const AggregateCall& call, Group& group) {
  if (group.valid && call.result.physical() == PhysicalType::kString) {
    context.Forget(*reinterpret_cast<const StringRef*>(group.answer));
  }
  if (group.failed) context.Forget(group.error);
  group.valid = group.failed = false;
  group.error = StringRef();
}

void Settle(AggregateContext& context, const AggregateCall& call, uint8_t* state) {
  Group& group = *reinterpret_cast<Group*>(state);
  if (!group.changed) return;
  ForgetAnswer(context, call, group);
  try {
    Answer(context, call, group);
  } catch (const std::exception& failure) {
    ThrowIfCancelled();  // which is no answer of the group
    group.failed = true;
    group.error = context.Intern(StringRef(std::string_view(failure.what())));
  }
  group.changed = false;
}

void Finalize(KernelContext& context, const AggregateCall& call, const uint8_t* const* states, uint32_t offset,
              uint32_t rows, MutableVector& result) {
  const size_t width = static_cast<size_t>(PhysicalWidth(call.result.physical()));
  auto* values = static_cast<uint8_t*>(result.values);
  for (uint32_t i = 0; i < rows; ++i, values += width) {
    const Group& group = StateAt<Group>(states, i, offset);
    if (group.valid) {
      std::memcpy(values, group.answer, width);
      continue;
    }
    std::memset(values, 0, width);
    ClearBit(result.validity, i);
    result.has_nulls = true;
    if (group.failed) context.Fail(i, ErrorCode::kQueryFailed, std::string(group.error.view()));
  }
}

void Release(AggregateContext& context, uint8_t* state) {
  Group& group = *reinterpret_cast<Group*>(state);
  context.ordered()->Release(&group.rows);
  ForgetAnswer(context, context.call(), group);
}

void Relocate(AggregateContext& context, const AggregateCall& call, uint8_t* state) {
  Group& group = *reinterpret_cast<Group*>(state);
  if (group.failed) group.error = context.Intern(group.error);
  if (!group.valid || call.result.physical() != PhysicalType::kString) return;
  const StringRef text = context.Intern(*reinterpret_cast<const StringRef*>(group.answer));
  std::memcpy(group.answer, &text, sizeof(text));
}

}  // namespace

FunctionPtr MakeUserAggregate(const Database& database, std::string_view name, const FunctionSignature& signature,
                              FunctionBody body, const FunctionOptions& options) {
  auto definition = std::make_shared<FunctionDefinition>();
  definition->kind = FunctionKind::kAggregate;
  const auto function = ReadSignature(database, name, signature, std::move(body), options, definition.get());
  if (definition->parameters.empty()) {
    throw Error(ErrorCode::kInvalidSchema, fmt::format("aggregate {} needs an argument", name));
  }
  AggregateKernel kernel = KernelOf<Group>();
  kernel.fallible = true;
  kernel.ordered = {.wanted = true, .rows = true, .positioned = true};
  kernel.update = Update<false>;
  kernel.combine = Combine;
  kernel.settle = Settle;
  kernel.finalize = Finalize;
  kernel.release = Release;
  kernel.relocate = Relocate;
  auto aggregate = std::make_shared<AggregateFunction>();
  aggregate->name = LowerCased(name);
  aggregate->parameters = definition->parameters;
  aggregate->result = definition->result;
  aggregate->order = AggregateOrder::kByKey;
  aggregate->uses_row_order = true;
  aggregate->state = std::make_shared<UserFunctionState>(function);
  aggregate->append_only = aggregate->retractable = kernel;
  kernel.ordered.keyed = true;
  kernel.update = Update<true>;
  aggregate->by_key = kernel;
  definition->aggregate = std::move(aggregate);
  return definition;
}

}  // namespace laminar
