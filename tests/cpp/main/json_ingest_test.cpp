#include "main/json_ingest.h"

#include <random>

#include "edge_test.h"
#include "main/json_mistake.h"

namespace laminar {
namespace {

using edge_test::Rows;
using edge_test::RowsOf;

const Schema kSchema({{"id", TypeId::kInt64, false}, {"price", TypeId::kDouble}, {"name", TypeId::kVarchar}});

Rows Read(std::string_view text, const Schema& schema = kSchema) {
  return RowsOf(JsonToRows(text, schema, "trades"), schema);
}
std::string ErrorOf(std::string_view text, ErrorCode code, const Schema& schema = kSchema) {
  const auto result = JsonToRows(text, schema, "trades");
  if (result.ok()) return "ok";
  EXPECT_EQ(result.status().error().code(), code) << result.status().message();
  return result.status().message();
}
std::string Malformed(std::string_view text) { return ErrorOf(text, ErrorCode::kIngestionFailed); }
std::string Misfit(std::string_view text, const Schema& schema = kSchema) {
  return ErrorOf(text, ErrorCode::kBatchSchemaMismatch, schema);
}
Rows Cell(const DataType& type, const std::string& json) {
  return Read("{\"x\": " + json + "}", Schema({{"x", type}}));
}
std::string CellMisfit(const DataType& type, const std::string& json) {
  return Misfit("{\"x\": " + json + "}", Schema({{"x", type}}));
}

TEST(JsonIngestTest, ObjectArrayAndLines) {
  const Rows one = {"1|1.5|a"};
  EXPECT_EQ(Read(R"({"id": 1, "price": 1.5, "name": "a"})"), one);
  EXPECT_EQ(Read(R"({"NAME": "a",
                     "price": 1.5,
                     "Id": 1})"),
            one);
  EXPECT_EQ(Read(R"([{"id": 1, "price": 1.5, "name": "a"}])"), one);
  EXPECT_EQ(Read(" \n[ ] "), Rows{});
  EXPECT_EQ(Read(""), Rows{});
  EXPECT_EQ(Read(" \n"), Rows{});
  EXPECT_EQ(Read("\xEF\xBB\xBF{\"id\": 1}"), Rows{"1|NULL|NULL"});
  EXPECT_EQ(Read("{\"id\": 1}\n{\"name\": null, \"id\": 2}\r\n{\"id\":3}{\"id\":4}\n"),
            (Rows{"1|NULL|NULL", "2|NULL|NULL", "3|NULL|NULL", "4|NULL|NULL"}));
}

TEST(JsonIngestTest, ManyLines) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "{\"id\": " + std::to_string(i) + ", \"name\": \"a name that is number " + std::to_string(i) + "\"}\n";
  const Rows rows = Read(text);
  ASSERT_EQ(rows.size(), 20'000U);
  EXPECT_EQ(rows[19'999], "19999|NULL|a name that is number 19999");
  EXPECT_EQ(Malformed(text + "{\"id\": }"), "malformed JSON for trades: line 20001, column 8: expected a value");
}

TEST(JsonIngestTest, Values) {
  EXPECT_EQ(Cell(TypeId::kInt64, "-9223372036854775808"), Rows{"-9223372036854775808"});
  EXPECT_EQ(Cell(TypeId::kUInt64, "18446744073709551615"), Rows{"18446744073709551615"});
  EXPECT_EQ(Cell(TypeId::kInt64, "1e3"), Rows{"1000"});
  EXPECT_EQ(Cell(TypeId::kInt8, "2.0"), Rows{"2"});
  EXPECT_EQ(Cell(TypeId::kDouble, "3"), Rows{"3"});
  EXPECT_EQ(Cell(TypeId::kDouble, "-1.25e-3"), Rows{"-0.00125"});
  EXPECT_EQ(Cell(TypeId::kFloat, "0.1"), Rows{"0.1"});
  EXPECT_EQ(Cell(DataType::Decimal(38, 18), "12345678901234567890.123456789012345678"),
            Rows{"12345678901234567890.123456789012345678"});
  EXPECT_EQ(Cell(DataType::Decimal(5, 2), "\"1.5\""), Rows{"1.50"});
  EXPECT_EQ(Cell(TypeId::kVarchar, R"("tab\t, quote\", \u00fc, \ud83d\ude00, and a long rest")"),
            Rows{"tab\t, quote\", ü, 😀, and a long rest"});
  EXPECT_EQ(Cell(TypeId::kBoolean, "true"), Rows{"true"});
  EXPECT_EQ(Cell(TypeId::kBoolean, "null"), Rows{"NULL"});
  EXPECT_EQ(Cell(DataType::Timestamp(TimeUnit::kMilli), "\"2013-02-08T06:00:00Z\""), Rows{"2013-02-08 06:00:00"});
  EXPECT_EQ(Cell(DataType::Timestamp(TimeUnit::kMilli), "1500"), Rows{"1970-01-01 00:00:01.5"});
  EXPECT_EQ(Cell(TypeId::kDate, "\"2013-02-08\""), Rows{"2013-02-08"});
  EXPECT_EQ(Cell(TypeId::kBlob, R"("\\x6162")"), Rows{"\\x6162"});
  EXPECT_EQ(Cell(TypeId::kJson, R"({"a": [1, {"b": null}]})"), Rows{R"({"a": [1, {"b": null}]})"});
  EXPECT_EQ(Cell(TypeId::kJson, "[1, 2 ]"), Rows{"[1, 2 ]"});
  EXPECT_EQ(Cell(TypeId::kJson, "1.50 "), Rows{"1.50"});
  EXPECT_EQ(Cell(TypeId::kJson, R"("text\n")"), Rows{R"("text\n")"});
  EXPECT_EQ(Cell(TypeId::kJson, "true"), Rows{"true"});
  EXPECT_EQ(Cell(TypeId::kJson, "null"), Rows{"NULL"});
}

TEST(JsonIngestTest, ValuesThatDoNotFit) {
  EXPECT_EQ(Misfit("{\"id\": 1}\n{\"id\": 2, \"price\": \"abc\"}"),
            "column \"price\" of trades: row 2: 'abc' is not a DOUBLE");
  EXPECT_EQ(Misfit(R"({"id": 1.5})"), "column \"id\" of trades: row 1: 1.5 cannot become a BIGINT without loss");
  EXPECT_EQ(Misfit(R"({"id": 9223372036854775808})"),
            "column \"id\" of trades: row 1: 9223372036854775808 is out of range for BIGINT");
  EXPECT_EQ(Misfit(R"({"id": 99999999999999999999999999999999999999999999})"),
            "column \"id\" of trades: row 1: 99999999999999999999999999999999999999999999 is out of range for BIGINT");
  EXPECT_EQ(Misfit(R"({"id": true})"), "column \"id\" of trades: row 1: true is not a BIGINT");
  EXPECT_EQ(Misfit(R"({"id": [1, 2]})"), "column \"id\" of trades: row 1: [1, 2] is not a BIGINT");
  EXPECT_EQ(Misfit(R"({"id": {"a": 1}})"), "column \"id\" of trades: row 1: {\"a\": 1} is not a BIGINT");
  EXPECT_EQ(Misfit(R"({"id": null})"), "column \"id\" of trades: row 1: NULL in a NOT NULL column");
  EXPECT_EQ(Misfit("[{\"id\": 1}, {}]"), "column \"id\" of trades: row 2: NULL in a NOT NULL column");
  EXPECT_EQ(Misfit(R"({"id": 1, "ID": 2})"), "column \"id\" of trades: row 1: the column is given twice");
  EXPECT_EQ(Misfit(R"({"id": 1, "prices": 2})"), "trades has no column \"prices\"; did you mean \"price\"?");
  EXPECT_EQ(Misfit(R"({"id": 1, "name": 2})"), "column \"name\" of trades: row 1: 2 is not a VARCHAR");
  EXPECT_EQ(CellMisfit(TypeId::kDouble, "1e400"), "column \"x\" of trades: row 1: 1e400 is out of range for DOUBLE");
  EXPECT_EQ(CellMisfit(DataType::Decimal(4, 1), "1.25"),
            "column \"x\" of trades: row 1: 1.25 cannot become a DECIMAL(4,1) without loss");
  EXPECT_EQ(CellMisfit(TypeId::kInt8, "300"), "column \"x\" of trades: row 1: 300 is out of range for TINYINT");
}

TEST(JsonIngestTest, MalformedTextNamesThePlace) {
  EXPECT_EQ(Malformed("{\"id\": 1,\n \"price\" 2}"), "malformed JSON for trades: line 2, column 10: expected ':'");
  EXPECT_EQ(Malformed("{\"id\": 1 \"price\": 2}"), "malformed JSON for trades: line 1, column 10: expected ',' or '}'");
  EXPECT_EQ(Malformed("{\"id\": 1"), "malformed JSON for trades: line 1, column 9: expected ',' or '}'");
  EXPECT_EQ(Malformed("{\"id\": 1}\n{\"id\""), "malformed JSON for trades: line 2, column 6: expected ':'");
  EXPECT_EQ(Malformed("[{\"id\": 1},]"), "malformed JSON for trades: line 1, column 12: expected a value");
  EXPECT_EQ(Malformed("[{\"id\": 1} {\"id\": 2}]"),
            "malformed JSON for trades: line 1, column 12: expected ',' or ']'");
  EXPECT_EQ(Malformed("[{\"id\": 1}"), "malformed JSON for trades: line 1, column 11: expected ',' or ']'");
  EXPECT_EQ(Malformed("{\"id\": 01}"), "malformed JSON for trades: line 1, column 8: malformed number");
  EXPECT_EQ(Malformed("{\"id\": 1, \"price\": 1.}"), "malformed JSON for trades: line 1, column 20: malformed number");
  EXPECT_EQ(Malformed("{\"id\": nul}"), "malformed JSON for trades: line 1, column 8: expected a value");
  EXPECT_EQ(Malformed("{\"id\": 1, \"name\": \"abc}"),
            "malformed JSON for trades: line 1, column 19: this string does not end");
  EXPECT_EQ(Malformed("{\"id\": 1, \"name\": \"\\q\"}"),
            "malformed JSON for trades: line 1, column 20: malformed escape sequence");
  EXPECT_EQ(Malformed("{\"id\": 1, \"name\": \"\xff\"}"),
            "malformed JSON for trades: line 1, column 20: invalid UTF-8");
  EXPECT_EQ(Malformed("{\"id\": 1, \"name\": \"a\nb\"}"),
            "malformed JSON for trades: line 1, column 21: a control character in a string must be escaped");
  EXPECT_EQ(Malformed("{\"id\": 1}}"), "malformed JSON for trades: line 1, column 10: expected a value");
  EXPECT_EQ(Malformed("{\"id\": 1}, {\"id\": 2}"), "malformed JSON for trades: line 1, column 10: expected a value");
  EXPECT_EQ(Malformed("{\"id\": 1} xyz"), "malformed JSON for trades: line 1, column 11: expected a value");
  EXPECT_EQ(Malformed("[{\"id\": 1}] {\"id\": 2"), "malformed JSON for trades: line 1, column 21: expected ',' or '}'");
  EXPECT_EQ(Malformed("id,price"), "malformed JSON for trades: line 1, column 1: expected a value");
  EXPECT_EQ(Malformed("[1]"),
            "malformed JSON for trades: line 1, column 2: expected an object: a row is names and values");
  EXPECT_EQ(Malformed("{\"id\": 1}\n42"),
            "malformed JSON for trades: line 2, column 1: expected an object: a row is names and values");
  EXPECT_EQ(Malformed("\"text\""),
            "malformed JSON for trades: line 1, column 1: expected an object: a row is names and values");
  // A refused row comes second to a mistake anywhere.
  EXPECT_EQ(Malformed("{\"id\": 1.5}\n{"),
            "malformed JSON for trades: line 2, column 2: expected a name in double quotes");
}

// What the fast reader takes is exactly what the strict one finds no mistake in, whatever is done to a text.
TEST(JsonIngestTest, RandomDamageIsNeverAccepted) {
  const Schema columns({{"id", TypeId::kInt64},
                        {"price", TypeId::kDouble},
                        {"d", DataType::Decimal(10, 3)},
                        {"name", TypeId::kVarchar},
                        {"doc", TypeId::kJson}});
  const std::vector<std::string> seeds = {
      R"([{"id": 12, "price": -1.5e3, "d": 1.25, "name": "a\u00fc\n", "doc": {"a": [1, "x", null]}}, {"id": null}])",
      "{\"id\": 12, \"price\": 1.5, \"name\": \"b\"}\n{\"doc\": [true, false], \"id\": 3}\n",
      R"({"name": "plain", "doc": "text", "id": 0})"};
  const std::string alphabet = "{}[]\",:0123456789.eE+-tfn\\ u\n\tx\x01\xc3";
  std::mt19937 random(20130208);
  int accepted = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text = seeds[random() % seeds.size()];
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text.erase(at, 1 + random() % 3);
          break;
        case 1:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
          break;
        case 2:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        default:
          text.resize(at);
          break;
      }
      if (text.empty()) text = " ";
    }
    const auto result = JsonToRows(text, columns, "trades");
    const bool malformed = FindJsonMistake(text).has_value();
    if (result.ok()) {
      ++accepted;
      ASSERT_FALSE(malformed) << text;
    } else if (malformed) {
      ASSERT_EQ(result.status().error().code(), ErrorCode::kIngestionFailed) << text << "\n"
                                                                             << result.status().message();
    }
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace laminar
