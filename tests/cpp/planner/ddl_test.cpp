#include "planner/ddl.h"

#include "planner/planner_test.h"

namespace laminar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DdlTest : public PlannerTest {
 protected:
  PlannedInsert Insert(std::string_view sql) {
    const sql::StatementPtr statement = sql::ParseStatement(sql);
    return PlanInsert(catalog_, statement->As<sql::InsertStatement>(), sql, {});
  }
  std::string ErrorOfInsert(std::string_view sql) {
    try {
      Insert(sql);
    } catch (const Error& error) {
      return Describe(error, sql);
    }
    return "no error";
  }
};

TEST_F(DdlTest, SourcesHaveTypesWatermarkAndOptions) {
  Run("CREATE SOURCE s (a TINYINT NOT NULL, b DECIMAL(10,2), c TIMESTAMP(3) WITH TIME ZONE, WATERMARK FOR c AS c - "
      "INTERVAL '1' MINUTE) WITH (time_unit = 'us', retention = 'forever')");
  const SourceEntry& source = catalog_.GetSource("s");
  EXPECT_EQ(source.schema.field(0).type.ToString(), "TINYINT");
  EXPECT_FALSE(source.schema.field(0).nullable);
  ASSERT_TRUE(source.watermark);
  EXPECT_EQ(source.watermark->column, 2);
  EXPECT_EQ(source.watermark->slack, 60'000);
  EXPECT_EQ(source.time_unit, TimeUnit::kMicro);
}

TEST_F(DdlTest, SlackIsInTheUnitOfTheColumn) {
  const auto slack = [&](std::string_view sql) {
    const sql::StatementPtr statement = sql::ParseStatement(sql);
    return BindCreateSource(statement->As<sql::CreateSourceStatement>(), sql)->watermark->slack;
  };
  EXPECT_EQ(slack("CREATE SOURCE s (ts BIGINT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)"), 5000);
  EXPECT_EQ(slack("CREATE SOURCE s (ts BIGINT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH (time_unit = 's')"),
            5);
  EXPECT_EQ(slack("CREATE SOURCE s (ts BIGINT, WATERMARK FOR ts AS ts - 7) WITH (time_unit = 's')"), 7);
  EXPECT_EQ(slack("CREATE SOURCE s (ts DATE, WATERMARK FOR ts AS ts - INTERVAL '2' DAY)"), 2);
  EXPECT_EQ(slack("CREATE SOURCE s (ts TIMESTAMP, WATERMARK FOR ts)"), 0);
  EXPECT_EQ(slack("CREATE SOURCE s (ts TIMESTAMP, WATERMARK FOR ts AS ts)"), 0);
}

TEST_F(DdlTest, DefinitionsThatMakeNoSense) {
  EXPECT_EQ(ErrorOfRun("CREATE SOURCE s (a INT, A BIGINT)"),
            "203 at [A BIGINT)] column \"A\" is there twice; give one another name");
  EXPECT_EQ(ErrorOfRun("CREATE SOURCE s (price INT, WATERMARK FOR prise)"),
            "400 at [prise)] column \"prise\" does not exist in \"s\"; did you mean \"price\"?");
  EXPECT_EQ(ErrorOfRun("CREATE SOURCE s (a VARCHAR, WATERMARK FOR a)"),
            "203 at [a)] an event time is a TIMESTAMP, a DATE, an INTEGER or a BIGINT; \"a\" is VARCHAR");
  EXPECT_EQ(ErrorOfRun("CREATE SOURCE s (a TIMESTAMP, WATERMARK FOR a AS a + INTERVAL '1' SECOND)"),
            "203 at [a + INTERV] a watermark is a, or a - INTERVAL '…'");
  EXPECT_EQ(ErrorOfRun("CREATE SOURCE s (a TIMESTAMP, WATERMARK FOR a AS a - INTERVAL '-1' SECOND)"),
            "400 at [INTERVAL '] the slack must not be negative");
  EXPECT_EQ(ErrorOfRun("CREATE SOURCE s (a INT) WITH (time_units = 's')"),
            "400 at [time_units] there is no option \"time_units\"; did you mean \"time_unit\"?");
  EXPECT_EQ(ErrorOfRun("CREATE SOURCE s (a INT) WITH (time_unit = 'h')"),
            "400 at ['h')] time_unit is 's', 'ms', 'us' or 'ns', not 'h'");
  EXPECT_THAT(ErrorOfRun("CREATE SOURCE s (a INT) WITH (retention = '1 hours ago')"), HasSubstr("a retention is"));
  EXPECT_THAT(ErrorOfRun("CREATE SOURCE s (a INT) FROM KAFKA (topic = 't')"),
              HasSubstr("connectors are not supported yet"));
  EXPECT_THAT(ErrorOfRun("CREATE SOURCE s (a INT PRIMARY KEY)"), HasSubstr("a source has no PRIMARY KEY"));
  EXPECT_EQ(ErrorOfRun("CREATE SOURCE s (a STRUCT(b INT, B INT))"), "203 at [B INT))] field \"B\" is there twice");
  EXPECT_THAT(ErrorOfRun("CREATE SOURCE s (__weight INT)"), HasSubstr("is reserved"));
}

TEST_F(DdlTest, ASourceMadeFromASchemaReadsBack) {
  const auto source =
      MakeSource("My Source", Schema({{"a", TypeId::kInt64, false}, {"select", TypeId::kVarchar, true}}));
  EXPECT_EQ(source->sql, "CREATE SOURCE \"My Source\" (a BIGINT NOT NULL, \"select\" VARCHAR)");
  Run(source->sql);
  EXPECT_EQ(catalog_.GetSource("my source").schema.size(), 2);
}

TEST_F(DdlTest, StreamsRememberWhatTheyAre) {
  const std::string_view sql =
      "CREATE STREAM hourly (who, at, n) AS SELECT origin, window_end, count(*) FROM flights GROUP BY origin, "
      "TUMBLE(time_hour, INTERVAL '1' HOUR)";
  Run(sql);
  const StreamEntry& stream = catalog_.GetStream("hourly");
  EXPECT_THAT(stream.schema.names(), ElementsAre("who", "at", "n"));
  EXPECT_EQ(stream.sql, sql);
  EXPECT_THAT(stream.query_sql, HasSubstr("SELECT origin"));
  EXPECT_TRUE(stream.append_only);
  EXPECT_TRUE(stream.on_window_close);
  EXPECT_THAT(stream.reads, ElementsAre("flights"));
  EXPECT_THAT(stream.keys, ElementsAre(ElementsAre(0, 1)));
}

TEST_F(DdlTest, StreamsThatMakeNoSense) {
  EXPECT_EQ(ErrorOfRun("CREATE STREAM s AS SELECT count(a), count(b) FROM t"),
            "203 at [count(b) F] column \"count\" is there twice; name one with AS");
  EXPECT_EQ(ErrorOfRun("CREATE STREAM s (x) AS SELECT a, b FROM t"),
            "400 at [x) AS SELE] 1 column names are given, but the query has 2 columns");
  EXPECT_THAT(ErrorOfRun("CREATE STREAM s WITH (retnetion = '1h') AS SELECT a FROM t"),
              HasSubstr("did you mean \"retention\"?"));
  Run("CREATE VIEW v AS SELECT a FROM t");
  const std::string_view self = "CREATE OR REPLACE VIEW v AS SELECT * FROM v";
  EXPECT_THROW(BindCreateView(catalog_, sql::ParseStatement(self), self), Error);
  EXPECT_THAT(ErrorOfRun("CREATE STREAM flight AS SELECT a FROM flight"), HasSubstr("table \"flight\" does not exist"));
}

TEST_F(DdlTest, InsertFitsTheSource) {
  const PlannedInsert insert = Insert("INSERT INTO T (c, a) VALUES ('x', 1), (NULL, 2.0), ('y', DEFAULT)");
  EXPECT_EQ(insert.source, "t");
  EXPECT_EQ(insert.query.schema.names(), catalog_.Find("t")->schema.names());
  EXPECT_EQ(insert.query.dataflow.schema.field(1).type, DataType(TypeId::kInt64));
  Insert("INSERT INTO t (g, f, d) SELECT '2013-01-01', g, a FROM t");
  Insert("INSERT INTO t (a) SELECT b FROM t ORDER BY b LIMIT 1");
}

TEST_F(DdlTest, InsertsThatDoNotFit) {
  EXPECT_EQ(ErrorOfInsert("INSERT INTO flight VALUES (1)"),
            "200 at [flight VAL] table \"flight\" does not exist; did you mean \"flights\"?");
  EXPECT_EQ(ErrorOfInsert("INSERT INTO t (z) VALUES (1)"), "400 at [z) VALUES ] column \"z\" does not exist in \"t\"");
  EXPECT_EQ(ErrorOfInsert("INSERT INTO t (a, A) VALUES (1, 2)"), "400 at [A) VALUES ] column \"A\" is given twice");
  EXPECT_EQ(ErrorOfInsert("INSERT INTO t (a, b) VALUES (1)"), "400 at [(1)] 1 values are given for 2 columns");
  EXPECT_THAT(ErrorOfInsert("INSERT INTO t (a) VALUES (99999999999)"), HasSubstr("400 at [9999999999]"));
  EXPECT_THAT(ErrorOfInsert("INSERT INTO t (a) VALUES ('x')"), HasSubstr("400 at ['x')]"));
  EXPECT_EQ(ErrorOfInsert("INSERT INTO t (a) SELECT c FROM t"),
            "400 at [SELECT c F] column \"a\" is of type INTEGER, but the value is of type VARCHAR; write CAST(… AS "
            "INTEGER)");
  EXPECT_EQ(ErrorOfInsert("INSERT INTO flights (carrier) VALUES ('AA')"),
            "400 at [flights (c] column \"origin\" is NOT NULL and is given no value");
  EXPECT_EQ(ErrorOfInsert("INSERT INTO flights (origin, time_hour) VALUES (NULL, '2013-01-01')"),
            "400 at [NULL, '201] column \"origin\" is NOT NULL");
  Run("CREATE STREAM s AS SELECT a FROM t");
  EXPECT_EQ(ErrorOfInsert("INSERT INTO s VALUES (1)"),
            "400 at [s VALUES (] \"s\" is a stream; rows are inserted into sources and tables");
}

TEST_F(DdlTest, SubscribeFiltersARelation) {
  const std::string_view sql = "SUBSCRIBE flights WHERE dep_delay > 60.0";
  const sql::StatementPtr statement = sql::ParseStatement(sql);
  const PlannedQuery planned = PlanSubscribe(catalog_, statement->As<sql::SubscribeStatement>(), sql, {});
  EXPECT_TRUE(planned.append_only);
  EXPECT_THAT(planned.reads, ElementsAre("flights"));
}

}  // namespace
}  // namespace laminar
