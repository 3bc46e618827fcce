// Parameters and tables of the program, as C++ gives them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "laminar/connection.h"

namespace laminar {
namespace {

using ::testing::HasSubstr;

class ParametersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    db_.Execute("CREATE TABLE t (k VARCHAR PRIMARY KEY, v BIGINT)");
    db_.Execute("INSERT INTO t VALUES (?, ?), (?, ?)", {{"a", 1, std::string("b"), int64_t{2}}, {}});
  }

  std::string TypeOf(ParameterValue value) {
    return db_.Query("SELECT ? AS x", {{std::move(value)}, {}}).schema().columns()[0].type;
  }
  std::string TextOf(ParameterValue value) { return db_.Query("SELECT ?", {{std::move(value)}, {}}).Format(0, 0); }
  std::string ErrorOf(std::string_view sql, const Parameters& parameters) {
    try {
      db_.Query(sql, parameters);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kQueryFailed);
      return error.what();
    }
    return "no error";
  }

  Connection db_ = Open(":memory:");
};

TEST_F(ParametersTest, InOrderAndByName) {
  EXPECT_EQ(db_.Query("SELECT v FROM t WHERE k = ?", {{"b"}, {}}).Int(0, 0), 2);
  EXPECT_EQ(db_.Query("SELECT v FROM t WHERE k = $2 AND v > $1", {{0, "b"}, {}}).Int(0, 0), 2);
  EXPECT_EQ(db_.Query("SELECT v FROM t WHERE k = $key", {{}, {{"key", "b"}}}).Int(0, 0), 2);
  const ParameterValue keys = ParameterValue::List({"a", "b", "z"});
  EXPECT_EQ(db_.Query("SELECT sum(v) FROM t WHERE k IN ?", {{keys}, {}}).Int(0, 0), 3);
  EXPECT_EQ(db_.ExecuteMany("UPDATE t SET v = ? WHERE k = ?", {{{10, "a"}, {}}, {{20, "b"}, {}}}).rows_affected, 2);
  EXPECT_EQ(db_.Query("SELECT sum(v) FROM t").Int(0, 0), 30);
}

TEST_F(ParametersTest, ValuesHaveTypes) {
  EXPECT_EQ(TypeOf(true), "BOOLEAN");
  EXPECT_EQ(TypeOf(1), "INTEGER");
  EXPECT_EQ(TypeOf(int64_t{1} << 40), "BIGINT");
  EXPECT_EQ(TypeOf(~uint64_t{0}), "DECIMAL(20,0)");
  EXPECT_EQ(TypeOf(1.5), "DOUBLE");
  EXPECT_EQ(TypeOf("x"), "VARCHAR");
  EXPECT_EQ(TypeOf(ParameterValue::Bytes("x")), "BLOB");
  EXPECT_EQ(TextOf(ParameterValue::Decimal("-12345", 2)), "-123.45");
  EXPECT_EQ(TextOf(ParameterValue::Date(-1)), "1969-12-31");
  EXPECT_EQ(TextOf(ParameterValue::TimeOfDay(3'600'000'000)), "01:00:00");
  EXPECT_EQ(TextOf(ParameterValue::Timestamp(1, false)), "1970-01-01 00:00:00.000001");
  EXPECT_EQ(TextOf(ParameterValue::TimestampNanos(1, false)), "1970-01-01 00:00:00.000000001");
  EXPECT_EQ(TextOf(ParameterValue::Uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(TextOf(ParameterValue()), "NULL");
  EXPECT_THROW(ParameterValue::Decimal("1x", 0), Error);
  EXPECT_THROW(ParameterValue::Decimal(std::string(39, '9'), 0), Error);
  EXPECT_THROW(ParameterValue::Uuid("x"), Error);
  EXPECT_THROW(ParameterValue::List({ParameterValue::List({1})}), Error);
}

TEST_F(ParametersTest, WhatDoesNotFitIsSaid) {
  EXPECT_THAT(ErrorOf("SELECT ?", {}), HasSubstr("the parameter ? has no value"));
  EXPECT_THAT(ErrorOf("SELECT ?", {{1, 2}, {}}), HasSubstr("no parameter takes number 2"));
  EXPECT_THAT(ErrorOf("SELECT $nme", {{}, {{"name", 1}}}), HasSubstr("did you mean \"name\"?"));
}

/// One table of one column, 0, 1, 2, from a query's own result.
class Numbers final : public ProgramTables {
 public:
  explicit Numbers(QueryResult rows) : rows_(std::move(rows)) {}
  std::optional<ProgramTable> Find(std::string_view name) override {
    if (name == "nothing") return ProgramTable{.description = "a void", .open = nullptr};
    if (name != "numbers") return std::nullopt;
    return ProgramTable{.description = "some numbers", .open = [this](ArrowArrayStream* out) {
                          ++opened;
                          rows_.ExportStream(out);
                        }};
  }
  std::vector<std::string> Names() override { return {"numbers"}; }

  int opened = 0;

 private:
  QueryResult rows_;
};

TEST(ProgramTablesTest, AreFoundBesideTheCatalog) {
  Connection source = Open(":memory:");
  auto numbers = std::make_shared<Numbers>(source.Query("SELECT * FROM (VALUES (0), (1), (2)) v(n)"));
  Connection db = Open(":memory:");
  db.SetProgramTables(numbers);
  EXPECT_EQ(db.Query("SELECT sum(n) FROM numbers").Int(0, 0), 3);
  EXPECT_EQ(numbers->opened, 1);
  EXPECT_EQ(db.Query("SELECT count(*) FROM numbers a JOIN numbers b ON a.n = b.n").Int(0, 0), 3);
  EXPECT_EQ(numbers->opened, 3);  // once for its columns and the first pass, once for the second
  EXPECT_EQ(db.Query("SELECT 1").Int(0, 0), 1);
  EXPECT_EQ(numbers->opened, 3);
  try {
    db.Query("SELECT * FROM numbrs");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"numbers\"?"));
  }
  try {
    db.Query("SELECT * FROM nothing");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is a void, which is no table"));
  }
  EXPECT_THROW(db.Subscribe("SELECT n FROM numbers"), Error);
}

}  // namespace
}  // namespace laminar
