// What the binders of DDL share: pieces of the statement's text, columns by name, options.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/retention.h"
#include "common/source_span.h"
#include "common/type.h"
#include "sql/ast_statement.h"

namespace laminar {

std::string TextOf(std::string_view sql, SourceSpan span);

/// Index of the column, or an error with the nearest names.
int ColumnIndex(const Schema& schema, const sql::Identifier& name, std::string_view relation, std::string_view sql);

/// Refuses columns of one name, and of a reserved one. `span_of(i)` is where column i is named, `advice` what to do
/// about a name that is there twice.
void CheckColumnNames(const Schema& schema, std::string_view sql, const std::function<SourceSpan(int)>& span_of,
                      std::string_view advice);

/// The text of an option's value: a string, number, word or interval.
std::string OptionText(const sql::Option& option, std::string_view sql);
Retention BindRetention(const sql::Option& option, std::string_view sql);
/// Refuses what is no retention.
Retention BindRetention(const sql::Option& option, std::string_view sql);
/// "there is no option "retantion"", with the nearest of `known`.
[[noreturn]] void ThrowUnknownOption(const sql::Option& option, const std::vector<std::string>& known,
                                     std::string_view sql);

}  // namespace laminar
