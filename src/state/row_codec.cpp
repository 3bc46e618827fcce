#include "state/row_codec.h"

#include <cstring>
#include <utility>

#include "common/string_ref.h"

namespace laminar {

namespace {

// Head, then per column a ColumnHead, then the parts: weights, then per column values, validity, text. Every part is
// padded to kRowsAlignment.
struct Head {
  uint32_t rows;
  uint32_t columns;
  uint64_t weighted;
};
struct ColumnHead {
  uint64_t has_validity;
  uint64_t text_bytes;  // of long strings, which follow the values
};
static_assert(sizeof(Head) == kRowsAlignment && sizeof(ColumnHead) == kRowsAlignment);

size_t Padded(size_t size) { return (size + kRowsAlignment - 1) & ~(kRowsAlignment - 1); }
size_t Width(const DataType& type) { return static_cast<size_t>(PhysicalWidth(type.physical())); }
size_t ValidityBytes(uint32_t rows) { return BitmapWords(rows) * 8; }

void Put(std::vector<uint8_t>* out, const void* data, size_t size) {
  const size_t at = out->size();
  out->resize(Padded(at + size));
  if (size != 0) std::memcpy(out->data() + at, data, size);
}

/// The long strings behind each other; a reference becomes the offset of its bytes among them.
void PutText(std::vector<uint8_t>* out, const StringRef* strings, uint32_t rows, size_t values_at) {
  const size_t text_at = out->size();
  for (uint32_t row = 0; row < rows; ++row) {
    if (strings[row].is_inline()) continue;
    const uint64_t offset = out->size() - text_at;
    std::memcpy(out->data() + values_at + row * sizeof(StringRef) + 8, &offset, 8);
    const auto* bytes = reinterpret_cast<const uint8_t*>(strings[row].data());
    out->insert(out->end(), bytes, bytes + strings[row].size());
  }
  out->resize(Padded(out->size()));
}

/// Takes parts off the front of a stretch of bytes.
class Parts {
 public:
  Parts(uint8_t* at, size_t size) : at_(at), left_(size) {}
  /// Null when there are fewer.
  uint8_t* Take(size_t size) {
    if (size > left_ || Padded(size) > left_) return nullptr;
    left_ -= Padded(size);
    return std::exchange(at_, at_ + Padded(size));
  }

 private:
  uint8_t* at_;
  size_t left_;
};

bool PointAt(StringRef* strings, uint32_t rows, const uint8_t* text, uint64_t text_bytes) {
  for (uint32_t row = 0; row < rows; ++row) {
    if (strings[row].is_inline()) continue;
    const uint64_t offset = strings[row].tail();
    if (offset > text_bytes || strings[row].size() > text_bytes - offset) return false;
    strings[row] = StringRef(reinterpret_cast<const char*>(text + offset), strings[row].size());
  }
  return true;
}

Status Malformed() { return Status::Internal("rows that were written cannot be read again"); }

}  // namespace

void EncodeRows(const RowBatch& rows, std::span<const DataType> types, std::vector<uint8_t>* out) {
  EncodeRows(rows.delta(), types, out);
}

void EncodeRows(const Delta& delta, std::span<const DataType> types, std::vector<uint8_t>* out) {
  out->resize(Padded(out->size()));
  const Head head{delta.rows, static_cast<uint32_t>(types.size()), delta.weights != nullptr};
  Put(out, &head, sizeof(head));
  std::vector<ColumnHead> heads;
  for (size_t c = 0; c < types.size(); ++c) {
    uint64_t text = 0;
    if (types[c].physical() == PhysicalType::kString) {
      const auto* strings = delta.columns[c].data<StringRef>();
      for (uint32_t row = 0; row < delta.rows; ++row) text += strings[row].is_inline() ? 0 : strings[row].size();
    }
    heads.push_back({delta.columns[c].validity != nullptr, text});
  }
  Put(out, heads.data(), heads.size() * sizeof(ColumnHead));
  if (delta.weights != nullptr) Put(out, delta.weights, size_t{delta.rows} * 8);
  for (size_t c = 0; c < types.size(); ++c) {
    const size_t values_at = out->size();
    Put(out, delta.columns[c].values, delta.rows * Width(types[c]));
    if (delta.columns[c].validity != nullptr) Put(out, delta.columns[c].validity, ValidityBytes(delta.rows));
    if (heads[c].text_bytes != 0) PutText(out, delta.columns[c].data<StringRef>(), delta.rows, values_at);
  }
}

Result<Ref<RowBatch>> DecodeRows(const Ref<Buffer>& bytes, size_t begin, size_t size, std::span<const DataType> types) {
  if (begin % kRowsAlignment != 0 || begin > bytes->size() || size > bytes->size() - begin) return Malformed();
  Parts parts(bytes->data() + begin, size);
  const auto* head = reinterpret_cast<const Head*>(parts.Take(sizeof(Head)));
  if (head == nullptr || head->columns != types.size()) return Malformed();
  const auto* heads = reinterpret_cast<const ColumnHead*>(parts.Take(types.size() * sizeof(ColumnHead)));
  if (heads == nullptr) return Malformed();
  Delta delta;
  delta.rows = head->rows;
  delta.owner = bytes;
  if (head->weighted != 0) {
    delta.weights = reinterpret_cast<const int64_t*>(parts.Take(size_t{head->rows} * 8));
    if (delta.weights == nullptr) return Malformed();
  }
  for (size_t c = 0; c < types.size(); ++c) {
    uint8_t* values = parts.Take(head->rows * Width(types[c]));
    if (values == nullptr) return Malformed();
    Column column;
    column.values = values;
    if (heads[c].has_validity != 0) {
      column.validity = reinterpret_cast<const uint64_t*>(parts.Take(ValidityBytes(head->rows)));
      if (column.validity == nullptr) return Malformed();
    }
    if (types[c].physical() == PhysicalType::kString) {
      const uint8_t* text = parts.Take(heads[c].text_bytes);
      if (text == nullptr || !PointAt(reinterpret_cast<StringRef*>(values), head->rows, text, heads[c].text_bytes)) {
        return Malformed();
      }
    }
    delta.columns.push_back(column);
  }
  return RowBatch::FromDelta(delta, types);
}

}  // namespace laminar
