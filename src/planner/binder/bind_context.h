// What the binders of one statement share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "exec/file_table.h"
#include "sql/ast_query.h"

namespace laminar {

class Scope;

/// The common tables that a query may name, innermost first. Lives on the stack beside the WITH it stands for.
struct CommonTableScope {
  const sql::CommonTable* table = nullptr;
  std::string_view sql;                       // what its spans point into
  const CommonTableScope* visible = nullptr;  // to its own query
  const CommonTableScope* outer = nullptr;    // the rest of the list
};

struct BindContext {
  const Catalog& catalog;
  bool continuous = false;
  const ProgramNames* program = nullptr;  // tables beside the catalog's; null: none
  bool kept = false;                      // the query is kept by its text: a view
  std::vector<std::string> reads;         // names of relations met, views included, each once
  std::vector<std::string> calls{};       // functions of the database, likewise
  bool once_only = false;                 // something read has no changes to follow: facts about the database
  int relations = 0;                      // met so far, expanded: bounds what views over views may blow up to
  int depth = 0;                          // of views and common tables being expanded
  const Scope* outer = nullptr;           // of the query whose subquery is being bound: to tell what is correlated

  static constexpr int kMaxRelations = 10'000;
  static constexpr int kMaxDepth = 200;
};

}  // namespace laminar
