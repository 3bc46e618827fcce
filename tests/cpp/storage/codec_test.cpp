// Rows, types and schemas as bytes: what comes out is what went in, and bytes that are none of them do no harm.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "storage/batch_codec.h"
#include "storage/type_codec.h"

namespace laminar {
namespace {

const std::vector<DataType>& AllTypes() {
  static const std::vector<DataType> types{TypeId::kBoolean,
                                           TypeId::kInt8,
                                           TypeId::kInt16,
                                           TypeId::kInt32,
                                           TypeId::kInt64,
                                           TypeId::kUInt8,
                                           TypeId::kUInt64,
                                           TypeId::kFloat,
                                           TypeId::kDouble,
                                           DataType::Decimal(38, 10),
                                           TypeId::kVarchar,
                                           TypeId::kInterval,
                                           DataType::Timestamp(TimeUnit::kNano, true, "Europe/Berlin"),
                                           TypeId::kBlob};
  return types;
}

/// `mask`: how far apart integers are.
Ref<RowBatch> Rows(uint32_t count, uint64_t seed, bool weights, uint64_t mask = ~uint64_t{0}) {
  std::mt19937_64 random(seed);
  RowBatchBuilder builder(AllTypes());
  for (uint32_t i = 0; i < count; ++i) {
    for (int c = 0; c < static_cast<int>(AllTypes().size()); ++c) {
      if (random() % 5 == 0) continue;  // NULL
      switch (AllTypes()[static_cast<size_t>(c)].physical()) {
        case PhysicalType::kBool:
          builder.SetBool(c, random() % 2 == 0);
          break;
        case PhysicalType::kFloat:
        case PhysicalType::kDouble:
          builder.SetDouble(c, static_cast<double>(random()) / 3);
          break;
        case PhysicalType::kInt128:
          builder.SetDecimal(
              c, static_cast<int128_t>((random() & mask) >> 2) * static_cast<int128_t>((random() & mask) >> 2));
          break;
        case PhysicalType::kInterval:
          builder.SetInterval(c, {static_cast<int32_t>(random() % 99), static_cast<int32_t>(random() % 99),
                                  static_cast<int64_t>(random())});
          break;
        case PhysicalType::kString:
          builder.SetString(c, std::string(random() % 40, static_cast<char>('a' + random() % 26)));
          break;
        default:
          builder.SetInt(c, static_cast<int64_t>(random() & mask));
      }
    }
    builder.FinishRow(weights && random() % 2 == 0 ? -1 : 1);
  }
  return builder.Finish();
}

std::string Encoded(const RowBatch& rows) {
  PieceList pieces;
  EncodeBatch(rows, AllTypes(), &pieces);
  std::string bytes;
  for (const Piece& piece : pieces.Pieces()) bytes.append(static_cast<const char*>(piece.data), piece.size);
  return bytes;
}

struct Bytes final : RefCounted {
  explicit Bytes(std::string of) : text(std::move(of)) {}
  std::string text;
};

Result<Ref<RowBatch>> Decoded(const std::string& bytes) {
  Ref<Bytes> owner = MakeRef<Bytes>(bytes);
  ByteReader in(owner->text);
  Result<Ref<RowBatch>> batch = DecodeBatch(&in, AllTypes(), owner);
  if (batch.ok()) LAMINAR_RETURN_NOT_OK(in.Done("a batch"));
  return batch;
}

TEST(BatchCodecTest, RoundTrip) {
  for (const uint32_t count : {0u, 1u, 2u, 7u, 8u, 9u, 63u, 64u, 65u, 5000u}) {
    for (const uint64_t variant : {0, 1, 2, 3, 4, 5, 6, 7}) {
      constexpr uint64_t kMasks[] = {~uint64_t{0}, 0x7f, 0xfff, 0xffffff};
      const bool weights = variant % 2 != 0;
      const Ref<RowBatch> rows = Rows(count, count + 1, weights, kMasks[variant / 2]);
      const std::string bytes = Encoded(*rows);
      Result<Ref<RowBatch>> again = Decoded(bytes);
      ASSERT_TRUE(again.ok()) << again.status().message();
      ASSERT_EQ(again.value()->rows(), count);
      const Delta before = rows->delta();
      const Delta after = again.value()->delta();
      for (uint32_t row = 0; row < count; ++row) {
        ASSERT_EQ(before.WeightAt(row), after.WeightAt(row));
        for (size_t c = 0; c < AllTypes().size(); ++c) {
          ASSERT_EQ(before.columns[c].IsValid(row), after.columns[c].IsValid(row));
          if (!before.columns[c].IsValid(row)) continue;
          if (AllTypes()[c].physical() == PhysicalType::kString) {
            ASSERT_EQ(before.columns[c].data<StringRef>()[row], after.columns[c].data<StringRef>()[row]);
          } else {
            const size_t width = static_cast<size_t>(PhysicalWidth(AllTypes()[c].physical()));
            ASSERT_EQ(std::memcmp(before.columns[c].data<char>() + row * width,
                                  after.columns[c].data<char>() + row * width, width),
                      0);
          }
        }
      }
      // The bytes are a function of the rows: written again they are the same but for what stands under NULLs.
      ASSERT_EQ(Encoded(*again.value()).size(), bytes.size());
    }
  }
}

TEST(BatchCodecTest, BytesOfOtherColumnsAreRefused) {
  PieceList pieces;
  RowBatchBuilder builder({TypeId::kInt64});
  builder.SetInt(0, 1);
  builder.FinishRow();
  const Ref<RowBatch> narrow = builder.Finish();
  EncodeBatch(*narrow, std::vector<DataType>{TypeId::kInt64}, &pieces);
  std::string bytes;
  for (const Piece& piece : pieces.Pieces()) bytes.append(static_cast<const char*>(piece.data), piece.size);
  EXPECT_EQ(Decoded(bytes).status().message(), "rows of 1 columns where the relation has 14");
}

TEST(BatchCodecTest, ChangedBytesDoNoHarm) {
  std::mt19937_64 random(3);
  const std::string wide = Encoded(*Rows(70, 5, true));
  const std::string narrow = Encoded(*Rows(70, 5, true, 0xff));
  ASSERT_LT(narrow.size(), wide.size());
  size_t refused = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    std::string bytes = trial % 3 == 0 ? narrow : wide;
    for (uint64_t changes = 1 + random() % 3; changes-- != 0;) {
      bytes[random() % (trial % 2 == 0 ? std::min<size_t>(bytes.size(), 200) : bytes.size())] =
          static_cast<char>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    Result<Ref<RowBatch>> batch = Decoded(bytes);
    refused += batch.ok() ? 0 : 1;
    if (!batch.ok()) continue;
    // Everything that can be reached may be read.
    size_t sum = 0;
    const Delta delta = batch.value()->delta();
    for (uint32_t row = 0; row < delta.rows; ++row) {
      for (const char byte : delta.columns[10].data<StringRef>()[row].view()) sum += static_cast<size_t>(byte);
      sum += delta.columns[0].IsValid(row) ? 1 : 0;
    }
    ASSERT_NE(sum, 1u);
  }
  EXPECT_GT(refused, 1000u);
}

TEST(TypeCodecTest, RoundTrip) {
  std::vector<Field> fields;
  std::vector<DataType> types = AllTypes();
  types.push_back(DataType::Time(TimeUnit::kSecond));
  types.push_back(DataType(TypeId::kVarchar).WithArrowForm(ArrowForm::kDictionary, TypeId::kInt16));
  types.push_back(DataType(TypeId::kVarchar).WithArrowForm(ArrowForm::kView));
  types.push_back(DataType(TypeId::kBlob).WithFixedSize(7));
  types.push_back(DataType::List(DataType::Struct({{"a", TypeId::kInt8}, {"b", DataType::Decimal(5, 2)}})));
  types.push_back(DataType::Map(TypeId::kVarchar, TypeId::kUuid));
  for (size_t i = 0; i < types.size(); ++i) fields.push_back({"column " + std::to_string(i), types[i], i % 2 == 0});
  std::string bytes;
  ByteWriter out(&bytes);
  EncodeSchema(Schema(fields), &out);
  ByteReader in(bytes);
  const Schema again = DecodeSchema(&in);
  ASSERT_TRUE(in.Done("a schema").ok());
  ASSERT_EQ(again.size(), static_cast<int>(fields.size()));
  for (size_t i = 0; i < fields.size(); ++i) {
    const Field& field = again.field(static_cast<int>(i));
    EXPECT_EQ(field.name, fields[i].name);
    EXPECT_EQ(field.type, fields[i].type);
    EXPECT_EQ(field.nullable, fields[i].nullable);
    EXPECT_EQ(field.type.arrow_form(), fields[i].type.arrow_form());
    EXPECT_EQ(field.type.dictionary_index(), fields[i].type.dictionary_index());
    EXPECT_EQ(field.type.fixed_size(), fields[i].type.fixed_size());
    EXPECT_EQ(field.type.zone(), fields[i].type.zone());
  }
  std::mt19937_64 random(4);
  for (int trial = 0; trial < 20'000; ++trial) {
    std::string changed = bytes;
    for (int change = 0; change < 3; ++change) changed[random() % changed.size()] = static_cast<char>(random());
    ByteReader damaged(changed);
    DecodeSchema(&damaged);
  }
}

}  // namespace
}  // namespace laminar
