#include "catalog/catalog.h"

#include "planner/planner_test.h"

namespace laminar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CatalogTest : public PlannerTest {
 protected:
  std::string Message(const std::function<void()>& action, ErrorCode code) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
      return error.what();
    }
    return "no error";
  }
};

TEST_F(CatalogTest, NamesKeepTheirCaseAndMatchWithoutIt) {
  Run("CREATE SOURCE Sensors (id BIGINT)");
  ASSERT_NE(catalog_.Find("SENSORS"), nullptr);
  EXPECT_EQ(catalog_.Find("sensors")->name, "Sensors");
  EXPECT_EQ(catalog_.FindStream("sensors"), nullptr);
  EXPECT_EQ(Message([&] { Run("CREATE STREAM sensors AS SELECT 1 AS one"); }, ErrorCode::kTableExists),
            "source \"Sensors\" already exists");
}

TEST_F(CatalogTest, UnknownNamesSayWhatIsNear) {
  EXPECT_EQ(Message([&] { catalog_.Get("fligths"); }, ErrorCode::kTableNotFound),
            "there is no table named \"fligths\"; did you mean \"flights\"?");
  EXPECT_EQ(Message([&] { catalog_.GetStream("flights"); }, ErrorCode::kTableNotFound),
            "there is no stream named \"flights\"; \"flights\" is a source");
}

TEST_F(CatalogTest, DropIsRefusedNamingDependants) {
  Run("CREATE VIEW late AS SELECT * FROM flights WHERE dep_delay > 60");
  Run("CREATE STREAM per_origin AS SELECT origin, count(*) AS n FROM late GROUP BY origin");
  EXPECT_EQ(Message([&] { catalog_.PlanDrop("flights", RelationKind::kSource, false); }, ErrorCode::kQueryFailed),
            "cannot drop source \"flights\": view \"late\" and stream \"per_origin\" read it; drop them first or write "
            "CASCADE");
  EXPECT_THAT(catalog_.PlanDrop("FLIGHTS", RelationKind::kSource, true), ElementsAre("per_origin", "late", "flights"));
  EXPECT_THAT(catalog_.PlanDrop("per_origin", RelationKind::kStream, false), ElementsAre("per_origin"));
  EXPECT_THAT(Message([&] { catalog_.PlanDrop("late", RelationKind::kStream, false); }, ErrorCode::kTableNotFound),
              HasSubstr("\"late\" is a view"));
}

TEST_F(CatalogTest, ListsByKindAndInOrderOfCreation) {
  Run("CREATE STREAM zebra AS SELECT a FROM t");
  Run("CREATE STREAM ant AS SELECT a FROM zebra");
  std::vector<std::string> streams;
  for (const CatalogEntry* entry : catalog_.List(RelationKind::kStream)) streams.push_back(entry->name);
  EXPECT_THAT(streams, ElementsAre("ant", "zebra"));
  EXPECT_EQ(catalog_.All().back()->name, "ant");
  catalog_.Erase("ANT");
  EXPECT_EQ(catalog_.Find("ant"), nullptr);
}

}  // namespace
}  // namespace laminar
