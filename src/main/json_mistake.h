// Where a JSON text is malformed. The fast parser says only that it is; this slower reader, run after it has failed,
// says where and what was expected.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace laminar {

struct JsonMistake {
  size_t offset;
  std::string_view what;  // "expected ',' or '}'"
};

/// The first mistake in a sequence of JSON values (RFC 8259) with blanks between them; nothing when there is none.
std::optional<JsonMistake> FindJsonMistake(std::string_view text);

}  // namespace laminar
