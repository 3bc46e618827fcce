// Any bytes through the parser: it answers with trees or with a syntax error that has its place, and what it parsed
// survives printing. Built by libFuzzer (cmake --preset fuzz), or with mutate_main.cpp where there is none.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "../cpp/sql/sample_statements.h"
#include "common/utf8_validity.h"
#include "fuzz_target.h"
#include "laminar/error.h"
#include "sql/ast_json.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace {

using laminar::sql::StatementPtr;

void CheckError(const laminar::Error& error, std::string_view sql) {
  if (error.code() != laminar::ErrorCode::kSqlParseError) Die("not a syntax error", sql, error.what());
  if (!error.position() || *error.position() > sql.size()) Die("no place in the text", sql, error.what());
  if (laminar::FindInvalidUtf8(error.what()) != std::string_view::npos) Die("message is not UTF-8", sql, error.what());
}

void CheckRoundTrip(const laminar::sql::Statement& statement, std::string_view sql) {
  const std::string printed = laminar::sql::PrintStatement(statement);
  try {
    const StatementPtr again = laminar::sql::ParseStatement(printed);
    if (!laminar::sql::Equal(statement, *again)) {
      Die("another tree", sql,
          printed + "\n" + laminar::sql::DumpJson(statement) + "\n" + laminar::sql::DumpJson(*again));
    }
    if (laminar::sql::PrintStatement(*again) != printed) Die("another print", sql, printed);
  } catch (const laminar::Error& error) {
    Die("printed SQL does not parse", sql, printed + "\n" + error.what());
  }
}

}  // namespace

std::vector<std::string> FuzzSamples() {
  return {std::begin(laminar::sql::kSampleStatements), std::end(laminar::sql::kSampleStatements)};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  try {
    const std::vector<StatementPtr> statements = laminar::sql::ParseStatements(sql);
    for (const StatementPtr& statement : statements) CheckRoundTrip(*statement, sql);
    if (laminar::FindInvalidUtf8(laminar::sql::DumpJson(statements)) != std::string::npos)
      Die("JSON is not UTF-8", sql);
  } catch (const laminar::Error& error) {
    CheckError(error, sql);
  }
  return 0;
}
