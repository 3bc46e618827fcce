// Which words mean something to the parser. Almost none is reserved: a word is a name wherever the grammar lets it be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace laminar::sql {

/// ASCII case-insensitive.
bool SameWord(std::string_view a, std::string_view b);
std::string UpperAscii(std::string_view text);

/// Never a name unless quoted (or after a dot, or after AS).
bool IsReserved(std::string_view word);

/// A name, but not as an alias without AS, where it would swallow the clause that it starts.
bool StartsClause(std::string_view word);

/// True when `name` can be written without quotes as a column or a table and be read back as one.
bool IsPlainName(std::string_view name);

/// Looks like a word to the lexer.
bool IsWord(std::string_view text);

/// The words a statement can start with.
const std::vector<std::string>& StatementWords();

}  // namespace laminar::sql
