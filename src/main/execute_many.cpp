// One change of rows for each of many sets of parameters.
#include <fmt/format.h>

#include <optional>

#include "main/parameters.h"
#include "main/statement_runner.h"
#include "sql/parser.h"

namespace laminar {

ExecuteResult Database::ExecuteMany(std::string_view sql, const std::vector<Parameters>& sets, ProgramTables* tables,
                                    Session& session) {
  if (state() == PipelineState::kStopped) throw Error(ErrorCode::kShutdown, "the database is shut down");
  const sql::StatementPtr statement = sql::ParseStatement(sql);
  if (sets.empty()) throw Error(ErrorCode::kQueryFailed, "there is no set of parameters: give a list of at least one");
  const ProgramNames program = NamesOf(tables, *statement);
  return session.Within([&](WriteSet* within) {
    std::optional<WriteSet> alone;
    WriteSet& writer = within != nullptr ? *within : alone.emplace(*this, true);
    ExecuteResult result;
    result.type = ExecuteResult::Type::kRowsAffected;
    for (size_t i = 0; i < sets.size(); ++i) {
      try {
        GiveParameters(*statement, sql, sets[i]);
        result.rows_affected += StatementRunner(*this, sql, &writer, &program).ChangeRows(*statement);
      } catch (const Error& error) {
        Error numbered(error.code(), fmt::format("set {} of {}: {}", i + 1, sets.size(), error.what()));
        if (error.position()) throw std::move(numbered).At(*error.position()).WithCandidates(error.candidates());
        throw std::move(numbered).WithCandidates(error.candidates());
      }
    }
    if (alone) alone->Commit();
    return result;
  });
}

QueryResult Database::QueryRelation(std::string_view name, const SqlCall& call, Session& session) {
  SchemaOf(name);  // a name that is not there is a schema error, not a mistake in SQL the user never wrote
  const SourceSpan whole{0, static_cast<uint32_t>(call.sql.size())};
  auto star = std::make_unique<sql::StarExpression>();
  auto table = std::make_unique<sql::NamedTable>();
  sql::Identifier identifier;
  identifier.name = std::string(name);
  star->span = table->span = table->name.span = identifier.span = whole;
  table->name.parts.push_back(std::move(identifier));
  auto select = std::make_unique<sql::SelectBody>();
  select->span = whole;
  select->items.emplace_back();
  select->items.back().span = whole;
  select->items.back().value = std::move(star);
  select->from.push_back(std::move(table));
  try {
    if (!call.sql.empty()) select->where = sql::ParseExpression(call.sql);
  } catch (const Error& error) {
    ThrowAsQueryError(error);
  }
  sql::QueryStatement statement;
  statement.span = whole;
  statement.query = std::make_unique<sql::Query>();
  statement.query->span = whole;
  statement.query->body = std::move(select);
  GiveParameters(statement, call.sql, call.parameters);
  return Rows(statement, call, session);
}

}  // namespace laminar
