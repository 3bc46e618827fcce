// RegisterFunction and RegisterAggregate: functions of the program in SQL.
#include "laminar/function.h"

#include <stdexcept>
#include <string>

#include "api_test.h"

namespace laminar {

namespace {

/// A function of one BIGINT, row by row.
FunctionBody Rows(std::function<int64_t(int64_t)> apply) {
  return [apply](FunctionCall& call) {
    for (int64_t row = 0; row < call.num_rows(); ++row) {
      call.results().SetInt(0, apply(call.Int(row, 0)));
      call.results().FinishRow();
    }
  };
}

const FunctionSignature kWhole{{"BIGINT"}, "BIGINT"};

class FunctionTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    Run("CREATE TABLE t (k BIGINT PRIMARY KEY, v BIGINT)");
    Run("INSERT INTO t VALUES (1, 10), (2, 20), (3, NULL)");
  }
  std::string MessageOf(const std::string& sql) {
    try {
      Run(sql);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(FunctionTest, RowsOfABatch) {
  db().RegisterFunction("twice", kWhole, Rows([](int64_t v) { return 2 * v; }));
  EXPECT_EQ(Ask("SELECT twice(v) AS d FROM t"), (Bag{{"20", 1}, {"40", 1}, {"NULL", 1}}));
  EXPECT_EQ(Ask("SELECT k FROM t WHERE twice(v) = 40"), (Bag{{"2", 1}}));
}

TEST_F(FunctionTest, ArrowInAndOut) {
  db().RegisterFunction("same", {{"VARCHAR", "BIGINT"}, "BIGINT"}, [](FunctionCall& call) {
    ArrowArray rows;
    ArrowSchema schema;
    call.ExportArguments(&rows, &schema);
    EXPECT_EQ(rows.n_children, 2);
    EXPECT_EQ(rows.length, call.num_rows());
    EXPECT_EQ(std::string(schema.children[1]->format), "l");
    // A child moves out of its parent by its release being cleared there.
    ArrowArray values = *rows.children[1];
    ArrowSchema type = *schema.children[1];
    rows.children[1]->release = nullptr;
    schema.children[1]->release = nullptr;
    rows.release(&rows);
    schema.release(&schema);
    call.SetResults(&values, &type);
  });
  EXPECT_EQ(Ask("SELECT same('x', v) AS s FROM t"), (Bag{{"10", 1}, {"20", 1}, {"NULL", 1}}));
}

TEST_F(FunctionTest, ReadersCheckTheType) {
  db().RegisterFunction("bad", kWhole, [](FunctionCall& call) { (void)call.Text(0, 0); });
  EXPECT_THAT(MessageOf("SELECT bad(v) FROM t"), testing::HasSubstr("argument 1 of bad is of type BIGINT"));
  db().RegisterFunction("worse", kWhole, [](FunctionCall& call) { (void)call.Int(0, 1); });
  EXPECT_THAT(MessageOf("SELECT worse(v) FROM t"), testing::HasSubstr("worse has no argument 2"));
}

TEST_F(FunctionTest, EveryPlainType) {
  const FunctionSignature signature{{"SMALLINT", "REAL", "BOOLEAN", "VARCHAR", "DATE", "TIMESTAMP"}, "VARCHAR"};
  db().RegisterFunction("show", signature, [](FunctionCall& call) {
    EXPECT_EQ(call.plain(0), FunctionCall::Plain::kInteger);
    EXPECT_EQ(call.plain(4), FunctionCall::Plain::kNo);
    call.results().SetText(0, std::to_string(call.Int(0, 0)) + (call.Double(0, 1) == 0.5 ? " half " : "") +
                                  (call.Bool(0, 2) ? "yes " : "no ") + std::string(call.Text(0, 3)) + " " +
                                  std::to_string(call.Int(0, 4)) + " " + std::to_string(call.Int(0, 5)));
    call.results().FinishRow();
  });
  EXPECT_EQ(Ask("SELECT show(CAST(7 AS SMALLINT), CAST(0.5 AS REAL), true, 'x', DATE '1970-01-02', "
                "TIMESTAMP '1970-01-01 00:00:01')"),
            (Bag{{"7 half yes x 1 1000000", 1}}));
}

TEST_F(FunctionTest, OnlyTheRowsThatFailAreSetAside) {
  int calls = 0;
  db().RegisterFunction("fragile", kWhole, [&calls](FunctionCall& call) {
    ++calls;
    for (int64_t row = 0; row < call.num_rows(); ++row) {
      if (call.Int(row, 0) % 10 == 3) throw std::runtime_error("three");
      call.results().SetInt(0, call.Int(row, 0));
      call.results().FinishRow();
    }
  });
  Run("CREATE SOURCE s (v BIGINT)");
  Run("CREATE STREAM f AS SELECT fragile(v) AS r FROM s");
  std::vector<std::vector<int64_t>> rows;
  for (int64_t i = 0; i < 64; ++i) rows.push_back({i});
  Insert("s", rows);
  EXPECT_EQ(AskOne("SELECT count(*) FROM f"), 57);
  EXPECT_EQ(db().MetricsOfStream("f")->error_events, 7);
  EXPECT_LT(calls, 4 * 64);
}

TEST_F(FunctionTest, FailLeavesTheOtherRowsAlone) {
  db().RegisterFunction("half", kWhole, [](FunctionCall& call) {
    for (int64_t row = 0; row < call.num_rows(); ++row) {
      if (call.Int(row, 0) == 20) call.Fail(row, "twenty");
      call.results().SetInt(0, call.Int(row, 0) / 2);
      call.results().FinishRow();
    }
  });
  Run("CREATE STREAM s AS SELECT half(v) AS h FROM t");
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"5", 1}, {"NULL", 1}}));
  EXPECT_THAT(MessageOf("SELECT half(v) FROM t"), testing::HasSubstr("twenty in half(v) (v = 20)"));
}

TEST_F(FunctionTest, WrongResultsAreSaid) {
  db().RegisterFunction("few", kWhole, [](FunctionCall&) {});
  EXPECT_THAT(MessageOf("SELECT few(v) FROM t"), testing::HasSubstr("few gave 0 results for 2 rows"));
  db().RegisterFunction("wide", {{"BIGINT"}, "TINYINT"}, Rows([](int64_t) { return 300; }));
  EXPECT_THAT(MessageOf("SELECT wide(v) FROM t"), testing::HasSubstr("the result of wide: 300 is out of range"));
}

TEST_F(FunctionTest, AnAggregateGetsTheRowsOfAGroupAndForgetsThoseThatGo) {
  db().RegisterAggregate("biggest", kWhole, [](FunctionCall& call) {
    EXPECT_EQ(call.num_results(), 1);
    int64_t biggest = INT64_MIN;
    for (int64_t row = 0; row < call.num_rows(); ++row) biggest = std::max(biggest, call.Int(row, 0));
    call.results().SetInt(0, biggest);
    call.results().FinishRow();
  });
  Run("CREATE STREAM s AS SELECT biggest(v) AS b, max(v) AS m FROM t");
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"20|20", 1}}));
  Run("DELETE FROM t WHERE k = 2");
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"10|10", 1}}));
  Run("DELETE FROM t");
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"NULL|NULL", 1}}));
}

TEST_F(FunctionTest, NamesAndReplacement) {
  db().RegisterFunction("f", kWhole, Rows([](int64_t v) { return v; }));
  const auto again = [&](const FunctionOptions& options) {
    db().RegisterFunction("f", kWhole, Rows([](int64_t v) { return v + 1; }), options);
  };
  EXPECT_EQ(CodeOf([&] { again({}); }), ErrorCode::kTableExists);
  again({.replace = true});
  EXPECT_EQ(AskOne("SELECT f(1)"), 2);
  Run("CREATE STREAM s AS SELECT f(v) AS f FROM t");
  EXPECT_EQ(CodeOf([&] { again({.replace = true}); }), ErrorCode::kQueryFailed);
  EXPECT_EQ(CodeOf([&] { db().UnregisterFunction("f"); }), ErrorCode::kQueryFailed);
  Run("DROP STREAM s");
  db().UnregisterFunction("F");
  EXPECT_EQ(CodeOf([&] { db().UnregisterFunction("f"); }), ErrorCode::kTableNotFound);
  EXPECT_EQ(CodeOf([&] { db().RegisterFunction("abs", kWhole, Rows([](int64_t v) { return v; })); }),
            ErrorCode::kTableExists);
  EXPECT_EQ(CodeOf([&] {
              db().RegisterFunction("g", {{"NO"}, "BIGINT"}, Rows([](int64_t v) { return v; }));
            }),
            ErrorCode::kInvalidSchema);
}

TEST_F(FunctionTest, AFunctionCannotUseTheDatabaseThatCallsIt) {
  std::optional<ErrorCode> code;
  db().RegisterFunction("f", kWhole, Rows([&](int64_t v) {
                          code = CodeOf([&] { db().Query("SELECT 1"); });
                          return v;
                        }));
  Run("CREATE STREAM s AS SELECT f(v) AS f FROM t");
  EXPECT_EQ(code, ErrorCode::kQueryFailed);
}

TEST_F(FunctionTest, WhatTheCodeHoldsGoesWithTheLastPlanThatCallsIt) {
  const auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> seen = held;
  db().RegisterFunction("f", kWhole, [held = std::shared_ptr<int>(held)](FunctionCall& call) {
    Rows([](int64_t v) { return v; })(call);
  });
  EXPECT_EQ(held.use_count(), 2);
  {
    Subscription subscription = db().Subscribe("SELECT f(v) AS f FROM t");
    db().UnregisterFunction("f");
    EXPECT_GE(held.use_count(), 2);
    Run("INSERT INTO t VALUES (4, 40)");
    EXPECT_EQ(subscription.Next()->num_rows(), 3);
    EXPECT_EQ(subscription.Next()->Int(0, 0), 40);
    subscription.Cancel();
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace

}  // namespace laminar
