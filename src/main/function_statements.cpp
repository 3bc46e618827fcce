// CREATE FUNCTION, DROP FUNCTION, SHOW CREATE FUNCTION; and the functions of a database.
#include <fmt/format.h>

#include <utility>

#include "common/sql_error.h"
#include "main/durable/definition.h"
#include "main/facts.h"
#include "main/statement_runner.h"
#include "planner/ddl.h"

namespace laminar {

namespace {

ExecuteResult Ddl(std::string type, std::string object) {
  ExecuteResult result;
  result.type = ExecuteResult::Type::kDdl;
  result.ddl_type = std::move(type);
  result.ddl_object = std::move(object);
  return result;
}

}  // namespace

ExecuteResult StatementRunner::CreateFunction(const sql::CreateFunctionStatement& statement) {
  FunctionPtr function;
  FunctionPtr replaced;  // goes when no lock is held
  std::lock_guard create(database_.create_mutex_);
  {
    std::shared_lock catalog(database_.catalog_mutex_);
    AtPlace(statement.head.name.span, [&] {
      database_.catalog_.functions().CheckName(RelationName(statement.head.name, sql_), FunctionKind::kMacro);
    });
    function = BindCreateFunction(database_.catalog_, statement, sql_);
    const bool exists = database_.catalog_.functions().Find(function->name, function->parameters) != nullptr;
    if (exists && statement.head.if_not_exists) return Ddl("CREATE FUNCTION", function->name);
  }
  AtPlace(statement.head.name.span,
          [&] { replaced = database_.AddFunctionLocked(function, statement.head.or_replace); });
  return Ddl("CREATE FUNCTION", function->name);
}

ExecuteResult StatementRunner::DropFunction(const sql::DropStatement& statement) {
  database_.engine_.Synchronize();  // a sink that goes has been given what was accepted before
  std::vector<FunctionPtr> erased;  // go when no lock is held: what they hold is the program's
  struct Finish {
    Sinks& sinks;
    ~Finish() { sinks.FinishRetired(); }
  } finish{database_.sinks_};
  std::unique_lock create(database_.create_mutex_);
  std::unique_lock relations(database_.relations_mutex_);
  std::unique_lock catalog(database_.catalog_mutex_);
  std::string last;
  for (const sql::QualifiedName& qualified : statement.names) {
    const std::string& name = RelationName(qualified, sql_);
    last = name;
    FunctionCatalog& functions = database_.catalog_.functions();
    if (statement.if_exists && functions.Find(name) == nullptr) continue;
    Catalog::FunctionDrop drop;
    AtPlace(qualified.span, [&] { drop = database_.catalog_.PlanDropFunction(name, statement.cascade); });
    std::string dropped;
    for (const std::string& relation : drop.relations) dropped += DropDefinition(relation);
    for (const std::string& function : drop.functions) {
      if (functions.Find(function)->front()->kind == FunctionKind::kMacro) dropped += FunctionDropped(function);
    }
    ThrowIfError(database_.engine_.Define(dropped));
    for (const std::string& relation : drop.relations) EraseLocked(relation);
    for (const std::string& function : drop.functions) {
      for (FunctionPtr& overload : functions.Erase(function)) erased.push_back(std::move(overload));
    }
  }
  return Ddl("DROP FUNCTION", last);
}

QueryResult StatementRunner::ShowCreateFunction(const sql::ShowCreateStatement& statement) {
  const std::string& name = RelationName(statement.name, sql_);
  std::shared_lock catalog(database_.catalog_mutex_);
  const FunctionCatalog& functions = database_.catalog_.functions();
  const std::vector<FunctionPtr>* overloads = functions.Find(name);
  if (overloads == nullptr) {
    const bool built_in = FunctionRegistry::Get().Has(name);
    throw MakeSqlError(built_in ? ErrorCode::kQueryFailed : ErrorCode::kTableNotFound, sql_, statement.name.span,
                       built_in ? fmt::format("{} is a built-in function; SHOW FUNCTIONS describes it", name)
                                : fmt::format("there is no function named \"{}\"", name),
                       NearestNames(name, functions.Names()));
  }
  if (overloads->front()->kind != FunctionKind::kMacro) {
    throw MakeSqlError(
        ErrorCode::kQueryFailed, sql_, statement.name.span,
        fmt::format("{} was registered by the program: no SQL statement makes it", overloads->front()->name));
  }
  MetadataTable table({{"name", TypeId::kVarchar}, {"sql", TypeId::kVarchar}});
  for (const FunctionPtr& overload : *overloads) {
    table.AddRow({Value::Varchar(overload->name), Value::Varchar(overload->sql)});
  }
  return table.Finish();
}

// ------------------------------------------------------------------------------------------------ Database

std::vector<FunctionDoc> Database::FunctionDocsLocked() const {
  std::vector<FunctionDoc> docs = FunctionRegistry::Get().docs();
  for (const FunctionPtr& function : catalog_.functions().All()) docs.push_back(function->Doc());
  return docs;
}

std::vector<FunctionDoc> Database::FunctionDocs() {
  std::shared_lock catalog(catalog_mutex_);
  return FunctionDocsLocked();
}

FunctionPtr Database::AddFunctionLocked(FunctionPtr function, bool replace) {
  std::unique_lock catalog(catalog_mutex_);
  catalog_.functions().CheckName(function->name, function->kind);
  if (const auto* existing = catalog_.functions().Find(function->name, function->parameters)) {
    if (!replace) {
      throw Error(ErrorCode::kTableExists, fmt::format("function {} already exists", existing->Signature()));
    }
    catalog_.CheckUncalled(function->name, "replace");
  }
  if (function->kind == FunctionKind::kMacro) ThrowIfError(engine_.Define(FunctionCreated(function->sql)));
  return catalog_.functions().Put(std::move(function));
}

void Database::AddFunction(FunctionPtr function, bool replace) {
  FunctionPtr replaced;  // goes when no lock is held: what it holds is the program's
  {
    std::lock_guard create(create_mutex_);
    replaced = AddFunctionLocked(std::move(function), replace);
  }
  // What of a directory had to wait for it goes on, and whatever reads that.
  while (ResumeSuspended() != 0) {
  }
}

void Database::RemoveFunction(std::string_view name) {
  std::vector<FunctionPtr> erased;
  std::lock_guard create(create_mutex_);
  std::unique_lock catalog(catalog_mutex_);
  catalog_.PlanDropFunction(name, false);
  erased = catalog_.functions().Erase(name);
}

}  // namespace laminar
