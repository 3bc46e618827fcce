// Strings, bytes, UUIDs and JSON of an Arrow column as 16-byte references.
#include <cstring>

#include "common/string_ref.h"
#include "common/text_cast.h"
#include "main/column_importer.h"

namespace laminar {
namespace {

constexpr size_t kUuidSize = 16;
constexpr size_t kLongestText = UINT32_MAX;

}  // namespace

// References into Arrow's memory, or with `copy_` into one block of our own that the long ones are copied to.
template <typename Text>
void ColumnImporter::ReferTo(const Text& text) {
  const int64_t rows = source_.rows();
  StringRef* const out = memory_->Allocate<StringRef>(rows);
  char* block = nullptr;
  if (copy_) {
    int64_t bytes = 0;
    for (int64_t row = 0; row < rows; ++row) {
      if (!source_.IsValid(row)) continue;
      const size_t size = text(source_.At(row)).size();
      if (size > StringRef::kInlineSize) bytes += static_cast<int64_t>(size);
    }
    block = memory_->Allocate<char>(bytes);
  } else {
    memory_->Hold(source_.values());
  }
  for (int64_t row = 0; row < rows; ++row) {
    if (!source_.IsValid(row)) {
      out[row] = StringRef();
      continue;
    }
    std::string_view value = text(source_.At(row));
    if (copy_ && value.size() > StringRef::kInlineSize) {
      std::memcpy(block, value.data(), value.size());
      value = {block, value.size()};
      block += value.size();
    }
    out[row] = StringRef(value);
  }
  values_ = out;
}

template <typename Text, typename Accept>
bool ColumnImporter::CheckText(const Text& text, Accept accept) {
  for (int64_t row = 0; row < source_.rows(); ++row) {
    if (!source_.IsValid(row)) continue;
    const Refusal refusal = accept(text(source_.At(row)));
    if (refusal != Refusal::kNone) return Refuse(row, refusal);
  }
  return true;
}

bool ColumnImporter::ImportVarchar() {
  if (!IsText(source_.type())) return ImportNothing();
  bool done = true;
  VisitText(source_, [&](const auto& text) {
    if (source_.type().id() == arrow::Type::LARGE_STRING) {
      done = CheckText(text, [](std::string_view value) {
        return value.size() > kLongestText ? Refusal::kOutOfRange : Refusal::kNone;
      });
    }
    if (done) ReferTo(text);
  });
  return done;
}

bool ColumnImporter::ImportBlob() {
  if (IsText(source_.type())) return ImportNothing();
  bool done = true;
  const bool fixed = type_.arrow_form() == ArrowForm::kFixedSize;
  const auto size = static_cast<size_t>(type_.fixed_size());
  const bool bytes = VisitText(source_, [&](const auto& text) {
    done = CheckText(text, [&](std::string_view value) {
      if (fixed && value.size() != size) return Refusal::kWrongSize;
      return value.size() > kLongestText ? Refusal::kOutOfRange : Refusal::kNone;
    });
    if (done) ReferTo(text);
  });
  return bytes ? done : ImportNothing();
}

bool ColumnImporter::ImportUuid() {
  bool done = true;
  const bool text = IsText(source_.type());
  const bool visited = VisitText(source_, [&](const auto& read) {
    const auto exact = [](std::string_view value) {
      return value.size() == kUuidSize ? Refusal::kNone : Refusal::kWrongType;
    };
    if (!text) {
      done = CheckText(read, exact);
      if (done) ReferTo(read);
      return;
    }
    char* bytes = memory_->Allocate<char>(source_.rows() * static_cast<int64_t>(kUuidSize));
    done = Convert<StringRef>([&](int64_t position, StringRef* out) {
      const Refusal refusal = CoerceTextToUuid(read(position), bytes);
      if (refusal == Refusal::kNone) *out = StringRef(bytes, kUuidSize);
      bytes += kUuidSize;
      return refusal;
    });
  });
  return visited ? done : ImportNothing();
}

bool ColumnImporter::ImportJson() {
  if (!IsText(source_.type())) return ImportNothing();
  bool done = true;
  VisitText(source_, [&](const auto& text) {
    done = CheckText(text, [](std::string_view value) {
      return value.size() <= kLongestText && IsJson(value) ? Refusal::kNone : Refusal::kWrongType;
    });
    if (done) ReferTo(text);
  });
  return done;
}

}  // namespace laminar
