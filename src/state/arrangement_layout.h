// Where things stand in the rows of an arrangement.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "common/delta.h"
#include "common/type.h"
#include "state/column_copy.h"

namespace laminar {

/// What every arranged row begins with.
struct ArrangedRow {
  int64_t weight;
  uint32_t hash;  // low half of the key's
  uint32_t next;  // slot of another row with the same key
};

/// How many rows of another arrangement match: counted once for all rows of a key, or for each row by itself.
enum class MatchCounting : uint8_t { kNone, kPerKey, kPerRow };

struct ArrangementOptions {
  bool null_keys = false;  // rows with a NULL in their key are kept
  bool retracts = false;   // rows may go
  bool totals = false;     // the first row of a key knows the sum of the weights of all
  MatchCounting counting = MatchCounting::kNone;
};

/// A row is its header, what the options ask for, the key's cells, the other cells, a bit a column that says NULL, and
/// flags: all in one place, so that looking at a row is one cache miss. Immutable; shared by arrangements and readers.
///
/// Columns are numbered keys first. Key cells are canonical (common/hash.h): whoever wants a float of the key as it
/// came keeps it as one of the others too. Layouts of equal key types and `null_keys` have keys of the same shape.
class ArrangementLayout {
 public:
  /// The owner's, in rows that count matches.
  struct Matches {
    uint32_t stamp;      // in which step the row was touched last
    uint32_t key_stamp;  // in which step the count was
    int64_t count;       // sum of the weights of matching rows; kPerKey: in the first row of a key only
  };
  static constexpr uint8_t kFirst = 1;        // the first row of its key, the one that the index names
  static constexpr uint8_t kMatched = 2;      // the owner's, beside the count: it was positive when the last step ended
  static constexpr uint8_t kUnmatchable = 4;  // the owner's: the key matches nothing, whatever comes

  ArrangementLayout(std::vector<DataType> key_types, std::vector<DataType> other_types, ArrangementOptions options);

  const ArrangementOptions& options() const { return options_; }
  const std::vector<DataType>& types() const { return types_; }
  uint32_t keys() const { return keys_; }
  uint32_t stride() const { return stride_; }
  /// String cells of a row.
  uint32_t strings() const { return key_strings_ + other_strings_; }
  /// Nothing but the key is kept, so that there is one row a key.
  bool keys_only() const { return types_.size() == keys_; }

  static ArrangedRow& Header(uint8_t* row) { return *reinterpret_cast<ArrangedRow*>(row); }
  static const ArrangedRow& Header(const uint8_t* row) { return *reinterpret_cast<const ArrangedRow*>(row); }
  uint8_t& Flags(uint8_t* row) const { return row[flags_offset_]; }
  uint8_t Flags(const uint8_t* row) const { return row[flags_offset_]; }
  Matches& MatchesOf(uint8_t* row) const { return *reinterpret_cast<Matches*>(row + matches_offset_); }
  const Matches& MatchesOf(const uint8_t* row) const {
    return *reinterpret_cast<const Matches*>(row + matches_offset_);
  }
  /// Of the first row of a key.
  int64_t& Total(uint8_t* row) const { return *reinterpret_cast<int64_t*>(row + total_offset_); }
  int64_t Total(const uint8_t* row) const { return *reinterpret_cast<const int64_t*>(row + total_offset_); }

  const uint8_t* KeyOf(const uint8_t* row) const { return row + key_offset_; }
  /// Keys as KeyOf gives them, of this layout or another of the same shape.
  bool SameKey(const uint8_t* a, const uint8_t* b) const {
    if (key_strings_ == 0 && key_words_ == 1) [[likely]]
      return ((LoadWord(a) ^ LoadWord(b)) & last_mask_) == 0;
    return SameLongKey(a, b);
  }
  /// All cells are the same, bit by bit but for where long strings stand.
  bool SameRow(const uint8_t* a, const uint8_t* b) const;

  /// Writes rows (stride() apart) that hold the given cells and zeros else. `columns` are the layout's, indexed by the
  /// physical rows of the range; strings point where those do. Sets nullable[c] where a column has a NULL.
  void WriteRows(std::span<const Column> columns, const RowRange& range, uint8_t* to, uint8_t* nullable) const;
  /// Values of a column, from `count` rows; 0 under NULLs.
  void ReadValues(uint32_t column, const uint8_t* const* rows, uint32_t count, void* values) const;
  /// Writes whole words; answers whether there is a NULL.
  bool ReadValidity(uint32_t column, const uint8_t* const* rows, uint32_t count, uint64_t* validity) const;

  /// Calls `visit(StringRef&)` for the strings of a row.
  template <typename Row, typename Visit>
  void ForEachString(Row* row, Visit&& visit) const {
    using String = std::conditional_t<std::is_const_v<Row>, const StringRef, StringRef>;
    String* key = reinterpret_cast<String*>(row + key_offset_);
    for (uint32_t i = 0; i < key_strings_; ++i) visit(key[i]);
    String* other = reinterpret_cast<String*>(row + others_offset_);
    for (uint32_t i = 0; i < other_strings_; ++i) visit(other[i]);
  }

 private:
  friend class Arrangement;
  /// In rows that may go and are not the only ones of their keys.
  struct Links {
    uint32_t previous;
    uint32_t row_hash;
  };
  struct Cell {
    PhysicalType type;
    uint32_t offset;
    uint32_t null_offset;
    uint8_t null_mask;  // 0: never NULL
  };

  static uint64_t LoadWord(const uint8_t* from) {
    uint64_t word;
    std::memcpy(&word, from, 8);
    return word;
  }
  bool SameLongKey(const uint8_t* a, const uint8_t* b) const;
  /// Places columns begin … end from `offset` on, strings first and then by width; answers where they end.
  uint32_t Place(uint32_t begin, uint32_t end, uint32_t offset, uint32_t* strings);
  bool linked() const { return options_.retracts && !keys_only(); }
  Links& LinksOf(uint8_t* row) const { return *reinterpret_cast<Links*>(row + sizeof(ArrangedRow)); }
  const Links& LinksOf(const uint8_t* row) const { return *reinterpret_cast<const Links*>(row + sizeof(ArrangedRow)); }

  ArrangementOptions options_;
  std::vector<DataType> types_;
  std::vector<Cell> cells_;
  uint32_t keys_;
  uint32_t matches_offset_ = 0;
  uint32_t total_offset_ = 0;
  uint32_t key_offset_ = 0;
  uint32_t key_strings_ = 0;
  uint32_t key_words_ = 0;  // behind the strings
  uint64_t last_mask_ = ~uint64_t{0};
  uint32_t others_offset_ = 0;
  uint32_t other_strings_ = 0;
  uint32_t others_end_ = 0;
  uint32_t nulls_offset_ = 0;  // of the others
  uint32_t null_bytes_ = 0;
  uint32_t flags_offset_ = 0;
  uint32_t stride_ = 0;
};

}  // namespace laminar
