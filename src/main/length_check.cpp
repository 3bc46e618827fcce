#include "main/length_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "main/refusal.h"

namespace laminar {

namespace {

/// Characters of UTF-8: bytes that do not go on with another one.
int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; });
}

/// The first row that holds more characters; the number of rows when none does.
uint32_t FindLonger(const Column& column, uint32_t rows, int64_t most) {
  const auto* texts = column.data<StringRef>();
  for (uint32_t row = 0; row < rows; ++row) {
    // Bytes are no fewer than characters: nearly every text is passed without being looked at.
    if (static_cast<int64_t>(texts[row].view().size()) <= most || !column.IsValid(row)) continue;
    if (CountCharacters(texts[row].view()) > most) return row;
  }
  return rows;
}

}  // namespace

void CheckLengths(const std::vector<Ref<RowBatch>>& batches, const RelationAccess& access, std::string_view relation) {
  for (size_t c = 0; c < access.max_lengths.size(); ++c) {
    const int64_t most = access.max_lengths[c];
    if (most == 0) continue;
    int64_t before = 0;
    for (const Ref<RowBatch>& batch : batches) {
      const Delta delta = batch->delta();
      const Column& column = delta.columns[c];
      if (const uint32_t row = FindLonger(column, delta.rows, most); row != delta.rows) {
        const std::string_view text = column.data<StringRef>()[row].view();
        throw Error(ErrorCode::kBatchSchemaMismatch,
                    fmt::format("column \"{}\" of {}: row {}: {} is longer than VARCHAR({}): it has {} characters",
                                access.schema.field(static_cast<int>(c)).name, relation, before + row + 1,
                                QuotedText(text), most, CountCharacters(text)));
      }
      before += delta.rows;
    }
  }
}

}  // namespace laminar
