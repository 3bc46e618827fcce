// Finding values inside JSON texts, without building a tree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laminar {

/// One step: a member of an object by its key, or an element of an array, from the end when negative.
struct JsonStep {
  std::string key;
  int64_t index = 0;
  bool is_key = false;
};
using JsonPath = std::vector<JsonStep>;

/// '$.a."b c"[0]', '/a/0', or a bare key. Throws Error for what is no path.
JsonPath ParseJsonPath(std::string_view text);

/// The value at the end of a path, as it stands in the text, which must be JSON; nothing when there is none. Of equal
/// keys the last one counts.
std::optional<std::string_view> FindJson(std::string_view json, const JsonPath& path);
std::optional<std::string_view> FindJson(std::string_view json, const JsonStep& step);

/// Kind of a value by its first character: '{', '[', '"', 't', 'f', 'n' or '0'.
char KindOfJson(std::string_view value);
int64_t CountJsonElements(std::string_view array);
/// A string's characters; anything else as it stands.
void AppendJsonText(std::string_view value, std::string* out);
/// A text as a JSON string.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace laminar
