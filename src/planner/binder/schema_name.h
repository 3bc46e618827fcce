// Names with a schema: the default one, and those of facts about the database.
#pragma once

#include <string_view>

#include "catalog/catalog.h"
#include "sql/ast_statement.h"

namespace laminar {

/// "public.t" and "main.t" are "t".
bool IsInDefaultSchema(const sql::QualifiedName& name);

/// The relation of a name of more than one part that is not in the default schema. Throws kQueryFailed at the part that
/// does not exist, with the nearest names.
SystemTable ReadSystemTable(const Catalog& catalog, const sql::QualifiedName& name, std::string_view sql);

}  // namespace laminar
