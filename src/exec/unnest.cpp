#include "exec/unnest.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "exec/expression/error_context.h"
#include "exec/expression/gather.h"

namespace laminar {

namespace {

constexpr int64_t kNone = 0;  // the ordinality of a row without elements, which is NULL

/// One list of one row, read element by element.
class ListReader {
 public:
  ListReader(const Vector& list, uint32_t i)
      : reader_(list.IsValid(i) ? list.data<StringRef>()[list.Index(i)].view() : std::string_view(&kNestedEnd, 1)),
        more_(reader_.Next()) {}

  bool more() const { return more_; }
  /// The element, or NULL past the end.
  void MoveTo(NestedElements& elements) {
    if (!more_) return elements.AppendNull();
    elements.Append(reader_);
    more_ = reader_.Next();
  }

 private:
  NestedReader reader_;
  bool more_;
};

}  // namespace

UnnestSpec UnnestSpec::Clone() const {
  UnnestSpec copy;
  for (const ExpressionPtr& list : lists) copy.lists.push_back(list->Clone());
  copy.input_types = input_types;
  copy.ordinality = ordinality;
  copy.outer = outer;
  return copy;
}

Unnest::Unnest(UnnestSpec spec) : spec_(std::move(spec)), program_(Program::Compile(spec_.lists)) {
  for (const ExpressionPtr& list : spec_.lists) {
    elements_.push_back(std::make_unique<NestedElements>(list->type.children()[0].type));
  }
}

bool Unnest::Fails(std::span<const Vector> lists, const Delta& delta, uint32_t i) {
  for (size_t list = 0; list < lists.size(); ++list) {
    const RowErrors::Entry* error = lists[list].errors != nullptr ? lists[list].errors->Find(i) : nullptr;
    if (error == nullptr) continue;
    const uint32_t row = delta.RowAt(i);
    errors_.entries.push_back({row, error->code, WithContext(error->message, *spec_.lists[list], delta, row)});
    return true;
  }
  return false;
}

Status Unnest::Push(Step& step, int, const Delta& delta, Output& output) {
  if (delta.empty()) return Status::OK();
  const std::span<const Vector> lists = program_->Run(delta, step.now());
  errors_.entries.clear();
  MarkCursor marks(delta.marks);
  std::vector<ListReader> readers;
  Answer answer = Answer::kMore;
  for (uint32_t i = 0; i < delta.size() && answer == Answer::kMore; ++i) {
    if (Fails(lists, delta, i)) continue;
    const uint32_t row = delta.RowAt(i);
    readers.clear();
    for (const Vector& list : lists) readers.emplace_back(list, i);
    const auto more = [&] { return std::ranges::any_of(readers, &ListReader::more); };
    bool stays = spec_.outer && !more();
    for (int64_t place = 1; answer == Answer::kMore && (more() || stays); ++place) {
      for (size_t list = 0; list < readers.size(); ++list) readers[list].MoveTo(*elements_[list]);
      if (!delta.marks.empty()) {
        const Mark& mark = marks.At(row);
        marks_.push_back(
            {static_cast<uint32_t>(rows_.size()), mark.sequence, mark.time, mark.first_number + (row - mark.row)});
      }
      rows_.push_back(row);
      ordinals_.push_back(stays ? kNone : place);
      stays = false;
      if (rows_.size() == kPieceRows) answer = EmitPiece(delta, output);
    }
  }
  if (!rows_.empty()) EmitPiece(delta, output);
  if (!errors_.entries.empty()) output.EmitErrors(delta, errors_);
  return Status::OK();
}

Answer Unnest::EmitPiece(const Delta& delta, Output& output) {
  const auto count = static_cast<uint32_t>(rows_.size());
  std::vector<Ref<Buffer>> memory;
  const auto allocate = [&](size_t bytes) { return memory.emplace_back(Buffer::Allocate(bytes)).get(); };
  Delta piece;
  piece.rows = count;
  for (size_t c = 0; c < spec_.input_types.size(); ++c) {
    const int width = PhysicalWidth(spec_.input_types[c].physical());
    Buffer* const values = allocate(size_t{count} * static_cast<size_t>(width));
    GatherValues(delta.columns[c].values, width, rows_.data(), count, values->data());
    Column column{values->data(), nullptr};
    if (delta.columns[c].validity != nullptr) {
      Buffer* const validity = allocate(BitmapWords(count) * sizeof(uint64_t));
      GatherValidity(delta.columns[c].validity, rows_.data(), count, validity->as<uint64_t>());
      column.validity = validity->as<uint64_t>();
    }
    piece.columns.push_back(column);
  }
  for (const std::unique_ptr<NestedElements>& elements : elements_) piece.columns.push_back(elements->column());
  if (spec_.ordinality) {
    Column ordinals{ordinals_.data(), nullptr};
    if (spec_.outer) {
      Buffer* const validity = allocate(BitmapWords(count) * sizeof(uint64_t));
      for (uint32_t i = 0; i < count; ++i) PutBit(validity->as<uint64_t>(), i, ordinals_[i] != kNone);
      ordinals.validity = validity->as<uint64_t>();
    }
    piece.columns.push_back(ordinals);
  }
  if (delta.weights != nullptr) {
    weights_.resize(count);
    for (uint32_t i = 0; i < count; ++i) weights_[i] = delta.weights[rows_[i]];
    piece.weights = weights_.data();
  }
  piece.marks = marks_;
  const Answer answer = output.Emit(piece);
  rows_.clear();
  ordinals_.clear();
  marks_.clear();
  for (const std::unique_ptr<NestedElements>& elements : elements_) elements->Clear();
  return answer;
}

bool Unnest::may_fail() const {
  return std::ranges::any_of(spec_.lists, [](const ExpressionPtr& list) { return list->fallible(); });
}

std::string Unnest::Describe() const {
  std::string text = "Unnest [";
  for (const ExpressionPtr& list : spec_.lists) {
    if (text.back() != '[') text += ", ";
    text += list->ToString();
  }
  text += "]";
  if (spec_.ordinality) text += " ordinality";
  if (spec_.outer) text += " outer";
  return text;
}

}  // namespace laminar
