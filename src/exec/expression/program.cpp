#include "exec/expression/program.h"

#include <algorithm>
#include <cstring>

#include "exec/expression/evaluator.h"
#include "exec/expression/filter_plan.h"
#include "exec/expression/gather.h"

namespace laminar {
namespace {

// Memory of one result: grown, never shrunk.
struct OutputBuffer {
  Ref<Buffer> values;
  Ref<Buffer> validity;
  bool has_nulls = false;
  RowErrors errors;

  void Reserve(uint32_t rows, int width) {
    const size_t bytes = size_t{rows} * static_cast<size_t>(width);
    if (!values || values->size() < bytes) values = Buffer::Allocate(std::max(bytes, bytes + bytes / 4));
    const size_t bits = BitmapWords(rows) * sizeof(uint64_t);
    if (!validity || validity->size() < bits) validity = Buffer::Allocate(bits + bits / 4 + sizeof(uint64_t));
    has_nulls = false;
    errors.entries.clear();
  }
};

}  // namespace

struct Program::Rep {
  explicit Rep(std::shared_ptr<const Code> compiled) : evaluator(std::move(compiled)) {
    outputs.resize(static_cast<size_t>(evaluator.code().output_buffers));
    output_slots.resize(outputs.size());
    for (const uint32_t slot : evaluator.code().outputs) {
      output_slots[static_cast<size_t>(evaluator.code().slots[slot].output)] = slot;
    }
    places.resize(outputs.size());
    results.resize(evaluator.code().outputs.size());
  }

  void PlaceOutputs(uint32_t begin) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      const size_t width = static_cast<size_t>(evaluator.code().slots[output_slots[i]].width);
      places[i] = {outputs[i].values->data() + begin * width, outputs[i].validity->as<uint64_t>() + begin / 64};
    }
  }

  // What a slice adds to the results besides the values, which are in place already.
  void CollectSlice(const Slice& slice, uint32_t begin) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Slot& slot = evaluator.code().slots[output_slots[i]];
      const Vector& vector = evaluator.vector(output_slots[i]);
      if (slot.kind == Slot::Kind::kConstant) {
        Spread(vector, slot.width, slice.count, places[i]);
        outputs[i].has_nulls |= vector.validity != nullptr;
        continue;
      }
      outputs[i].has_nulls |= vector.validity != nullptr;
      if (vector.errors == nullptr) continue;
      for (const RowErrors::Entry& entry : vector.errors->entries) {
        outputs[i].errors.entries.push_back({begin + entry.row, entry.code, entry.message});
      }
    }
  }

  static void Spread(const Vector& constant, int width, uint32_t count, const OutputPlace& place) {
    const auto bytes = static_cast<size_t>(width);
    for (uint32_t i = 0; i < count; ++i) std::memcpy(place.values + i * bytes, constant.values, bytes);
    std::memset(place.validity, constant.IsValid(0) ? 0xff : 0, BitmapWords(count) * sizeof(uint64_t));
  }

  Vector Whole(uint32_t slot_index, const Delta& input) const {
    const Slot& slot = evaluator.code().slots[slot_index];
    Vector vector;
    if (slot.kind == Slot::Kind::kColumn && input.selection == nullptr) {
      const Column& column = input.columns[static_cast<size_t>(slot.column)];
      vector.values = column.values;
      vector.validity = column.validity;
      return vector;
    }
    const OutputBuffer& output = outputs[static_cast<size_t>(slot.output)];
    vector.values = output.values->data();
    vector.validity = output.has_nulls ? output.validity->as<uint64_t>() : nullptr;
    vector.errors = output.errors.entries.empty() ? nullptr : &output.errors;
    return vector;
  }

  std::vector<ExpressionPtr> expressions;
  Evaluator evaluator;
  std::vector<OutputBuffer> outputs;
  std::vector<uint32_t> output_slots;
  std::vector<OutputPlace> places;
  std::vector<Vector> results;
  std::unique_ptr<FilterPlan> filter;  // made at the first RunFilter
};

Program::Program() = default;
Program::~Program() = default;

std::unique_ptr<Program> Program::Compile(std::span<const ExpressionPtr> expressions) {
  std::vector<const Expression*> views;
  for (const ExpressionPtr& expression : expressions) views.push_back(expression.get());
  std::unique_ptr<Program> program(new Program);
  program->rep_ = std::make_unique<Rep>(CompileExpressions(views, true));
  for (const ExpressionPtr& expression : expressions) program->rep_->expressions.push_back(expression->Clone());
  return program;
}

std::unique_ptr<Program> Program::Clone() const { return Compile(rep_->expressions); }

std::span<const Vector> Program::Run(const Delta& input, int64_t now) {
  Rep& rep = *rep_;
  const Code& code = rep.evaluator.code();
  const uint32_t total = input.size();
  for (size_t i = 0; i < rep.outputs.size(); ++i) {
    const Slot& slot = code.slots[rep.output_slots[i]];
    const bool view = slot.kind == Slot::Kind::kColumn && input.selection == nullptr;
    rep.outputs[i].Reserve(view ? 0 : total, slot.width);
  }
  rep.evaluator.Begin(input, now);
  for (uint32_t begin = 0; begin < total; begin += kSliceRows) {
    Slice slice;
    slice.begin = begin;
    slice.count = std::min(kSliceRows, total - begin);
    slice.rows = input.selection != nullptr ? input.selection + begin : nullptr;
    rep.PlaceOutputs(begin);
    rep.evaluator.Run(slice, rep.places);
    rep.CollectSlice(slice, begin);
  }
  for (size_t i = 0; i < code.outputs.size(); ++i) rep.results[i] = rep.Whole(code.outputs[i], input);
  return rep.results;
}

uint32_t Program::RunFilter(const Delta& input, int64_t now, uint32_t* selection, RowErrors* errors) {
  if (rep_->filter == nullptr) rep_->filter = std::make_unique<FilterPlan>(*rep_->expressions[0]);
  return rep_->filter->Run(input, now, selection, errors);
}

}  // namespace laminar
