// A catalog filled by SQL, and the ways to look at what the planner makes of a query.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "catalog/catalog.h"
#include "planner/binder/query_binder.h"
#include "planner/bound_query.h"
#include "planner/ddl.h"
#include "planner/planner.h"
#include "sql/parser.h"

namespace laminar {

class PlannerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Run("CREATE SOURCE flights (origin VARCHAR NOT NULL, carrier VARCHAR, dep_delay DOUBLE, distance BIGINT, "
        "time_hour TIMESTAMP NOT NULL, WATERMARK FOR time_hour AS time_hour - INTERVAL '5' SECOND)");
    Run("CREATE SOURCE trades (symbol VARCHAR, price DOUBLE, qty BIGINT, ts BIGINT)");
    Run("CREATE SOURCE t (a INTEGER, b BIGINT, c VARCHAR, d DECIMAL(10,2), e BOOLEAN, f TIMESTAMP, g DATE)");
  }

  /// CREATE SOURCE, STREAM, MATERIALIZED VIEW or VIEW.
  const CatalogEntry& Run(std::string_view sql) {
    sql::StatementPtr statement = sql::ParseStatement(sql);
    if (const auto* source = statement->If<sql::CreateSourceStatement>()) {
      return catalog_.Add(BindCreateSource(*source, sql));
    }
    if (const auto* stream = statement->If<sql::CreateStreamStatement>()) {
      return catalog_.Add(PlanCreateStream(catalog_, *stream, sql, {}).entry);
    }
    return catalog_.Add(BindCreateView(catalog_, std::move(statement), sql));
  }

  PlannedQuery Plan(std::string_view sql, PlanOptions options = PlanOptions::Stream()) {
    const sql::StatementPtr statement = sql::ParseStatement(sql);
    return PlanQuery(catalog_, *statement->As<sql::QueryStatement>().query, sql, options);
  }
  PlannedQuery Once(std::string_view sql) { return Plan(sql, PlanOptions::Query()); }

  /// The plan as bound.
  LogicalNodePtr Bound(std::string_view sql, bool continuous = false) {
    const sql::StatementPtr statement = sql::ParseStatement(sql);
    BindContext context{.catalog = catalog_, .continuous = continuous, .reads = {}};
    return QueryBinder(context, sql, nullptr).BindOutermost(*statement->As<sql::QueryStatement>().query);
  }
  std::string BoundText(std::string_view sql) { return "\n" + ToString(*Bound(sql)); }
  /// The plan after the rules.
  std::string RuledText(std::string_view sql) {
    LogicalNodePtr plan = Bound(sql);
    ApplyRules(plan, {});
    return "\n" + ToString(*plan);
  }

  /// What planning `sql` throws: "code@position message's first line"; the position as the text from there, ten bytes
  /// long.
  std::string ErrorOf(std::string_view sql, PlanOptions options = PlanOptions::Stream()) {
    try {
      Plan(sql, options);
    } catch (const Error& error) {
      return Describe(error, sql);
    }
    return "no error";
  }
  std::string ErrorOfOnce(std::string_view sql) { return ErrorOf(sql, PlanOptions::Query()); }
  /// Likewise for a CREATE.
  std::string ErrorOfRun(std::string_view sql) {
    try {
      Run(sql);
    } catch (const Error& error) {
      return Describe(error, sql);
    }
    return "no error";
  }
  static std::string Describe(const Error& error, std::string_view sql) {
    std::string text = error.what();
    text = text.substr(0, text.find('\n'));
    const std::string place = error.position() ? std::string(sql.substr(*error.position(), 10)) : "nowhere";
    return std::to_string(static_cast<int>(error.code())) + " at [" + place + "] " + text;
  }
  std::string TypesOf(std::string_view select) {
    std::string text;
    const LogicalNodePtr plan = Bound(select);
    for (const Field& field : plan->schema.fields()) {
      text += (text.empty() ? "" : ", ") + field.name + " " + field.type.ToString();
    }
    return text;
  }

  Catalog catalog_;
};

}  // namespace laminar
