// Strings, bytes, UUIDs and JSON of an Arrow column as 16-byte references.
#include <array>
#include <bit>
#include <cstring>

#include "common/string_ref.h"
#include "common/text_cast.h"
#include "main/column_importer.h"

namespace laminar {
namespace {

constexpr size_t kUuidSize = 16;

template <typename T>
uint64_t Load(const char* bytes) {
  T word;
  std::memcpy(&word, bytes, sizeof(T));
  return word;
}

/// StringRef(value) without the memcpy of variable size, which is what a short string costs most: words that overlap
/// instead, none of which reaches outside the value.
StringRef Refer(std::string_view value) {
  const char* const bytes = value.data();
  const size_t size = value.size();
  if (size > StringRef::kInlineSize || size == 0) return StringRef(value);
  uint64_t prefix = 0;
  uint64_t rest = 0;
  if (size >= 8) {
    prefix = Load<uint32_t>(bytes);
    rest = Load<uint64_t>(bytes + size - 8) >> (8 * (StringRef::kInlineSize - size));
  } else if (size >= 4) {
    prefix = Load<uint32_t>(bytes);
    rest = Load<uint32_t>(bytes + size - 4) >> (8 * (8 - size));
  } else {
    prefix = Load<uint8_t>(bytes) | Load<uint8_t>(bytes + size / 2) << (8 * (size / 2)) |
             Load<uint8_t>(bytes + size - 1) << (8 * (size - 1));
  }
  return std::bit_cast<StringRef>(std::array<uint64_t, 2>{size | prefix << 32, rest});
}

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
    out[row] = Refer(value);
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
