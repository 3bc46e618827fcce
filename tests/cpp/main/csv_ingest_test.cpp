#include "main/csv_ingest.h"

#include "edge_test.h"

namespace laminar {
namespace {

using edge_test::Rows;
using edge_test::RowsOf;

const Schema kSchema({{"id", TypeId::kInt64, false}, {"price", TypeId::kDouble}, {"name", TypeId::kVarchar}});

Rows Read(std::string_view text, const Schema& schema = kSchema) {
  return RowsOf(CsvToRows(text, schema, "trades"), schema);
}
std::string ErrorOf(std::string_view text, ErrorCode code) {
  const auto result = CsvToRows(text, kSchema, "trades");
  if (result.ok()) return "ok";
  EXPECT_EQ(result.status().error().code(), code) << result.status().message();
  return result.status().message();
}
std::string Malformed(std::string_view text) { return ErrorOf(text, ErrorCode::kIngestionFailed); }
std::string Misfit(std::string_view text) { return ErrorOf(text, ErrorCode::kBatchSchemaMismatch); }

TEST(CsvIngestTest, Records) {
  EXPECT_EQ(Read("id,price,name\n1,1.5,a\n2,,\n"), (Rows{"1|1.5|a", "2|NULL|NULL"}));
  EXPECT_EQ(Read("NAME,Id\r\nx,1\r\n\r\ny,2"), (Rows{"1|NULL|x", "2|NULL|y"}));
  EXPECT_EQ(Read("\xEF\xBB\xBFid\n1\n"), (Rows{"1|NULL|NULL"}));
  EXPECT_EQ(Read("\"id\",\"name\"\n1,\"\"\n2,\n"), (Rows{"1|NULL|", "2|NULL|NULL"}));
  EXPECT_EQ(Read("id,name\n1,\"a, \"\"quoted\"\"\r\nlong text\"\r\n2,\"\"\"\"\n"),
            (Rows{"1|NULL|a, \"quoted\"\r\nlong text", "2|NULL|\""}));
  EXPECT_EQ(Read("id,name\n1,\"x\"\r\n2,\"y\"\r"), (Rows{"1|NULL|x", "2|NULL|y"}));
  EXPECT_EQ(Read("id,name\n1, padded \n"), (Rows{"1|NULL| padded "}));
  EXPECT_EQ(Read("id,name\n"), Rows{});
  EXPECT_EQ(Read("id,name"), Rows{});
  EXPECT_EQ(Read("id,name\n 7 ,\xc3\xbc\n"), (Rows{"7|NULL|ü"}));
}

TEST(CsvIngestTest, EveryType) {
  const Schema schema({{"b", TypeId::kBoolean},
                       {"i", TypeId::kInt8},
                       {"u", TypeId::kUInt64},
                       {"f", TypeId::kFloat},
                       {"d", DataType::Decimal(10, 2)},
                       {"x", TypeId::kBlob},
                       {"day", TypeId::kDate},
                       {"t", DataType::Time(TimeUnit::kMilli)},
                       {"ts", DataType::Timestamp(TimeUnit::kMicro)},
                       {"iv", TypeId::kInterval},
                       {"id", TypeId::kUuid},
                       {"j", TypeId::kJson}});
  EXPECT_EQ(Read("b,i,u,f,d,x,day,t,ts,iv,id,j\n"
                 "t,-1,18446744073709551615,0.1,1.5,\\x6162,2013-02-08,06:30,2013-02-08T06:00:00Z,1 hour,"
                 "3245f057-20e4-4d7d-af77-8cb8a8f968f3,\"[1, 2]\"\n"
                 ",,,,,,,,,,,\n",
                 schema),
            (Rows{"true|-1|18446744073709551615|0.1|1.50|\\x6162|2013-02-08|06:30:00|2013-02-08 06:00:00|01:00:00|"
                  "3245f057-20e4-4d7d-af77-8cb8a8f968f3|[1, 2]",
                  "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL"}));
}

TEST(CsvIngestTest, RowsThatDoNotFit) {
  EXPECT_EQ(Misfit("id,price\n1,2\n2,abc\n"), "column \"price\" of trades: row 2: 'abc' is not a DOUBLE");
  EXPECT_EQ(Misfit("id,price\n,2\n"), "column \"id\" of trades: row 1: NULL in a NOT NULL column");
  EXPECT_EQ(Misfit("id\n9223372036854775808\n"),
            "column \"id\" of trades: row 1: '9223372036854775808' is out of range for BIGINT");
  EXPECT_EQ(Misfit("id\n\"\"\n"), "column \"id\" of trades: row 1: '' is not a BIGINT");
  EXPECT_EQ(Misfit("id,nam\n1,2\n"), "trades has no column \"nam\"; did you mean \"name\"?");
  EXPECT_EQ(Misfit("id,ID\n1,2\n"), "column \"id\" of trades is given twice");
  EXPECT_EQ(Misfit("name\nx\n"), "column \"id\" of trades is NOT NULL and missing from the input");
}

TEST(CsvIngestTest, MalformedTextNamesThePlace) {
  EXPECT_EQ(Malformed(""),
            "malformed CSV for trades: line 1, column 1: expected a header row with the names of the columns");
  EXPECT_EQ(Malformed("id,price\n1,2\n3\n"),
            "malformed CSV for trades: line 3, column 1: 1 fields in this record, but 2 in the header");
  EXPECT_EQ(Malformed("id,price\n1,2,3\n"),
            "malformed CSV for trades: line 2, column 1: 3 fields in this record, but 2 in the header");
  EXPECT_EQ(Malformed("id,name\n1,\"two\nlines\"\n2,\"open\n"),
            "malformed CSV for trades: line 4, column 3: this quoted field does not end");
  EXPECT_EQ(Malformed("id,name\n1,ab\"c\n"),
            "malformed CSV for trades: line 2, column 5: a double quote in a field that does not begin with one");
  EXPECT_EQ(Malformed("id,name\n1,\"a\"b\n"),
            "malformed CSV for trades: line 2, column 6: expected ',' or the end of the line after a quoted field");
  EXPECT_EQ(Malformed("id,name\n1,\xc3\xbc\xff\n"), "malformed CSV for trades: line 2, column 4: invalid UTF-8");
}

}  // namespace
}  // namespace laminar
