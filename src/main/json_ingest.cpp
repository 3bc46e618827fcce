#include "main/json_ingest.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/nested.h"
#include "common/text_cast.h"
#include "main/json_mistake.h"
#include "main/malformed_text.h"
#include "main/row_writer.h"

namespace laminar {
namespace {

namespace ondemand = simdjson::ondemand;

/// What the cells of a row, or the parts of a nested value, are written to; and the same for columns that are nested
/// themselves.
struct JsonTarget {
  JsonTarget(std::string_view relation, Schema schema) : writer(std::string(relation), std::move(schema)) {
    for (const Field& field : writer.schema().fields()) {
      nested.push_back(field.type.is_nested() ? std::make_unique<JsonTarget>(relation, PartsOf(field)) : nullptr);
    }
  }

  /// The parts of a nested column as columns, named by the way to them: v[], s.a.
  static Schema PartsOf(const Field& field) {
    std::vector<Field> parts;
    for (const TypeChild& child : field.type.children()) {
      const bool key = field.type.id() == TypeId::kMap && parts.empty();
      const std::string way = field.type.id() == TypeId::kStruct ? field.name + "." + child.name : field.name + "[]";
      parts.push_back({way, child.type, !key});
    }
    return Schema(std::move(parts));
  }

  RowWriter writer;
  std::vector<std::unique_ptr<JsonTarget>> nested;  // null for a flat column
};

class JsonReader {
 public:
  JsonReader(std::string_view text, const Schema& schema, std::string_view relation, const JsonPart& part)
      : part_(part),
        text_(SkipByteOrderMark(text)),
        padded_(text_),
        target_(relation, schema),
        writer_(target_.writer) {
    writer_.SetRowsBefore(part.before.rows);
  }

  Result<Ref<RowBatch>> Read() {
    const size_t first = text_.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos) {
      LAMINAR_RETURN_NOT_OK(text_[first] == '[' ? ReadArray() : ReadSequence());
    }
    return writer_.Finish();
  }

 private:
  Status ReadArray() {
    ondemand::document document;
    ondemand::array rows;
    if (const auto error = parser_.iterate(padded_).get(document)) return Malformed(error);
    if (const auto error = document.get_array().get(rows)) return Malformed(error);
    for (auto element : rows) {
      ondemand::value value;
      if (const auto error = element.get(value)) return Malformed(error);
      LAMINAR_RETURN_NOT_OK(ReadRow(value, value.raw_json_token().data() - padded_.data()));
    }
    // There is a location exactly when something follows.
    return document.current_location().error() ? Status::OK() : Malformed(simdjson::TRAILING_CONTENT);
  }

  Status ReadSequence() {
    ondemand::document_stream documents;
    // One batch whatever the size: a document must not be longer than a batch.
    if (const auto error = parser_.iterate_many(padded_, std::max<size_t>(text_.size(), 64)).get(documents)) {
      return Malformed(error);
    }
    for (auto it = documents.begin(); it != documents.end(); ++it) {
      ondemand::document_reference document;
      if (const auto error = (*it).get(document)) return Malformed(error);
      LAMINAR_RETURN_NOT_OK(ReadRow(document, static_cast<std::ptrdiff_t>(it.current_index())));
    }
    return documents.truncated_bytes() == 0 ? Status::OK() : Malformed(simdjson::INCOMPLETE_ARRAY_OR_OBJECT);
  }

  template <typename Source>
  Status ReadRow(Source& source, std::ptrdiff_t offset) {
    ondemand::json_type type;
    if (const auto error = source.type().get(type)) return Malformed(error);
    if (type != ondemand::json_type::object) {
      if (const auto mistake = FindJsonMistake(text_)) return MalformedAt(mistake->offset, mistake->what);
      return MalformedAt(static_cast<size_t>(offset), "expected an object: a row is names and values");
    }
    ondemand::object object;
    if (const auto error = source.get_object().get(object)) return Malformed(error);
    size_t place = 0;
    for (auto element : object) {
      ondemand::field field;
      std::string_view name;
      if (const auto error = std::move(element).get(field)) return Malformed(error);
      if (const auto error = field.unescaped_key().get(name)) return Malformed(error);
      const int column = ColumnOf(name, place++);
      if (column < 0 && Ignored(name)) {
        LAMINAR_RETURN_NOT_OK(PassOver(field.value()));
        continue;
      }
      if (column < 0) {
        const auto mistake = FindJsonMistake(text_);
        return mistake ? MalformedAt(mistake->offset, mistake->what)
                       : UnknownColumn(writer_.relation(), writer_.schema(), name);
      }
      LAMINAR_RETURN_NOT_OK(ReadCell(target_, column, field.value()));
    }
    return writer_.FinishRow();
  }

  // Objects of one source mostly have the same names in the same order.
  int ColumnOf(std::string_view name, size_t place) {
    if (place < names_.size() && names_[place] == name) return columns_[place];
    if (place >= names_.size()) {
      names_.resize(place + 1);
      columns_.resize(place + 1);
    }
    names_[place] = name;
    return columns_[place] = writer_.schema().IndexOf(name);
  }

  bool Ignored(std::string_view name) const {
    return part_.ignore_unknown || (part_.ignored != nullptr && part_.ignored->IndexOf(name) >= 0);
  }

  /// A value that nobody asked for must still be one.
  Status PassOver(ondemand::value value) {
    ondemand::json_type type;
    if (const auto error = value.type().get(type)) return Malformed(error);
    std::string_view text;
    if (type == ondemand::json_type::object || type == ondemand::json_type::array) {
      return NestedText(value, type, &text);
    }
    return ScalarText(value, &text) && IsJson(text) ? Status::OK() : Malformed(simdjson::TAPE_ERROR);
  }

  Status ReadCell(JsonTarget& target, int column, ondemand::value value) {
    RowWriter& writer = target.writer;
    const TypeId id = writer.schema().field(column).type.id();
    ondemand::json_type type;
    if (const auto error = value.type().get(type)) return Malformed(error);
    if (type == ondemand::json_type::null) {
      bool is_null = false;
      if (const auto error = value.is_null().get(is_null)) return Malformed(error);
      return is_null ? Accepted(writer, column, writer.SetNull(column), "NULL") : Malformed(simdjson::N_ATOM_ERROR);
    }
    if (JsonTarget* parts = target.nested[static_cast<size_t>(column)].get()) {
      return ReadNested(target, column, *parts, value, type);
    }
    if (id == TypeId::kJson) return ReadJson(writer, column, value, type);
    switch (type) {
      case ondemand::json_type::boolean: {
        bool flag;
        if (const auto error = value.get_bool().get(flag)) return Malformed(error);
        return Accepted(writer, column, writer.SetBool(column, flag), flag ? "true" : "false");
      }
      case ondemand::json_type::string: {
        std::string_view text;
        if (const auto error = value.get_string().get(text)) return Malformed(error);
        // JSON has no numbers for these; they are written as words.
        const bool word = (id == TypeId::kFloat || id == TypeId::kDouble) &&
                          (text == "NaN" || text == "Infinity" || text == "-Infinity");
        const Refusal refusal =
            word || id == TypeId::kBlob ? writer.SetParsed(column, text) : writer.SetText(column, text);
        return refusal == Refusal::kNone ? Status::OK() : Accepted(writer, column, refusal, QuotedText(text));
      }
      case ondemand::json_type::number:
        return ReadNumber(writer, column, id, value);
      default: {
        std::string_view text;
        LAMINAR_RETURN_NOT_OK(NestedText(value, type, &text));
        return Accepted(writer, column, Refusal::kWrongType, text);
      }
    }
  }

  Status ReadNumber(RowWriter& writer, int column, TypeId id, ondemand::value value) {
    int64_t integer;
    double number;
    if (id == TypeId::kInt64 || id == TypeId::kInt32 || id == TypeId::kTimestamp) {
      if (value.get_int64().get(integer) == simdjson::SUCCESS) {
        const Refusal refusal = writer.SetInt(column, integer);
        return refusal == Refusal::kNone ? Status::OK() : Accepted(writer, column, refusal, std::to_string(integer));
      }
    } else if (id == TypeId::kDouble && value.get_double().get(number) == simdjson::SUCCESS) {
      return Accepted(writer, column, writer.SetDouble(column, number), "");
    }
    std::string_view text;
    if (!ScalarText(value, &text) || !IsJson(text)) return Malformed(simdjson::NUMBER_ERROR);
    return Accepted(writer, column, writer.SetNumber(column, text), text);
  }

  Status ReadJson(RowWriter& writer, int column, ondemand::value value, ondemand::json_type type) {
    std::string_view text;
    if (type == ondemand::json_type::object || type == ondemand::json_type::array) {
      LAMINAR_RETURN_NOT_OK(NestedText(value, type, &text));
    } else if (!ScalarText(value, &text)) {
      return Malformed(simdjson::TAPE_ERROR);
    }
    const Refusal refusal = writer.SetText(column, text);
    if (refusal == Refusal::kWrongType) return Malformed(simdjson::TAPE_ERROR);
    return Accepted(writer, column, refusal, text);
  }

  /// A list from an array, a struct or a map from an object.
  Status ReadNested(JsonTarget& target, int column, JsonTarget& parts, ondemand::value value,
                    ondemand::json_type given) {
    const DataType& type = target.writer.schema().field(column).type;
    const bool is_list = type.id() == TypeId::kList;
    if (given != (is_list ? ondemand::json_type::array : ondemand::json_type::object)) {
      std::string_view text;
      if (given == ondemand::json_type::object || given == ondemand::json_type::array) {
        LAMINAR_RETURN_NOT_OK(NestedText(value, given, &text));
      } else if (!ScalarText(value, &text)) {
        return Malformed(simdjson::TAPE_ERROR);
      }
      return Accepted(target.writer, column, Refusal::kWrongType, text);
    }
    // Errors in the parts name the row that they are in.
    const int64_t row = target.writer.row_number();
    const auto begin_part = [&] { parts.writer.SetRowsBefore(row - 1 - parts.writer.rows()); };
    begin_part();
    if (is_list) {
      ondemand::array elements;
      if (const auto error = value.get_array().get(elements)) return Malformed(error);
      for (auto element : elements) {
        ondemand::value part;
        if (const auto error = element.get(part)) return Malformed(error);
        begin_part();
        LAMINAR_RETURN_NOT_OK(ReadCell(parts, 0, part));
        LAMINAR_RETURN_NOT_OK(parts.writer.FinishRow());
      }
    } else {
      ondemand::object object;
      if (const auto error = value.get_object().get(object)) return Malformed(error);
      for (auto member : object) {
        ondemand::field field;
        std::string_view name;
        if (const auto error = std::move(member).get(field)) return Malformed(error);
        if (const auto error = field.unescaped_key().get(name)) return Malformed(error);
        LAMINAR_RETURN_NOT_OK(type.id() == TypeId::kMap ? ReadEntry(parts, name, field.value())
                                                        : ReadField(target, column, parts, name, field.value()));
        begin_part();
      }
      if (type.id() == TypeId::kStruct) LAMINAR_RETURN_NOT_OK(parts.writer.FinishRow());
    }
    const Ref<RowBatch> rows = parts.writer.Finish();
    const Refusal refusal = Encode(type, rows->delta());
    return Accepted(target.writer, column,
                    refusal == Refusal::kNone ? target.writer.SetNested(column, bytes_) : refusal,
                    "an object with a name twice");
  }

  Status ReadEntry(JsonTarget& parts, std::string_view name, ondemand::value value) {
    const bool text = parts.writer.schema().field(0).type.id() == TypeId::kVarchar;
    const Refusal refusal = text ? parts.writer.SetText(0, name) : parts.writer.SetParsed(0, name);
    LAMINAR_RETURN_NOT_OK(Accepted(parts.writer, 0, refusal, QuotedText(name)));
    LAMINAR_RETURN_NOT_OK(ReadCell(parts, 1, value));
    return parts.writer.FinishRow();
  }

  Status ReadField(JsonTarget& target, int column, JsonTarget& parts, std::string_view name, ondemand::value value) {
    const std::vector<TypeChild>& fields = target.writer.schema().field(column).type.children();
    for (size_t i = 0; i < fields.size(); ++i) {
      if (NamesEqual(fields[i].name, name)) return ReadCell(parts, static_cast<int>(i), value);
    }
    return Accepted(target.writer, column, Refusal::kWrongType,
                    fmt::format("an object with the name {}", QuotedText(name)));
  }

  /// Rows of parts as one value, in `bytes_`.
  Refusal Encode(const DataType& type, const Delta& rows) {
    bytes_.clear();
    std::vector<std::string> keys;
    for (size_t row = 0; row < rows.rows; ++row) {
      for (size_t c = 0; c < rows.columns.size(); ++c) {
        const size_t begin = bytes_.size();
        AppendNestedPart(type.children()[c].type, rows.columns[c], row, &bytes_);
        if (type.id() == TypeId::kMap && c == 0) keys.push_back(bytes_.substr(begin));
      }
    }
    if (type.id() != TypeId::kStruct) AppendNestedEnd(&bytes_);
    std::ranges::sort(keys);
    return std::ranges::adjacent_find(keys) == keys.end() ? Refusal::kNone : Refusal::kWrongType;
  }

  /// A number, string or word as it is written. The parser does not look at what follows a token that is taken raw, so
  /// that is done here: false unless the member ends.
  static bool ScalarText(ondemand::value value, std::string_view* text) {
    const std::string_view token = value.raw_json_token();
    *text = TrimBlanks(token);
    const char next = token.data()[token.size()];  // the padding, at the end of the text
    return next == ',' || next == '}' || next == ']';
  }

  Status NestedText(ondemand::value value, ondemand::json_type type, std::string_view* text) {
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      if (const auto error = value.get_object().get(object)) return Malformed(error);
      if (const auto error = object.raw_json().get(*text)) return Malformed(error);
      return Status::OK();
    }
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return Malformed(error);
    if (const auto error = array.raw_json().get(*text)) return Malformed(error);
    return Status::OK();
  }

  Status Accepted(const RowWriter& writer, int column, Refusal refusal, std::string_view value) const {
    if (refusal == Refusal::kNone) [[likely]]
      return Status::OK();
    // A row that does not fit is reported only of a text that can be read.
    if (const auto mistake = FindJsonMistake(text_)) return MalformedAt(mistake->offset, mistake->what);
    return writer.Refused(column, refusal, value);
  }

  Status Malformed(simdjson::error_code error) const {
    if (const auto mistake = FindJsonMistake(text_)) return MalformedAt(mistake->offset, mistake->what);
    // The text is well formed, but beyond a limit: of nesting or of size.
    return {ErrorCode::kIngestionFailed,
            fmt::format("the JSON for {} cannot be read: {}", writer_.relation(), simdjson::error_message(error))};
  }

  Status MalformedAt(size_t offset, std::string_view what) const {
    return MalformedText("JSON", writer_.relation(), text_, offset, what, part_.before);
  }

  const JsonPart& part_;
  const std::string_view text_;
  const simdjson::padded_string padded_;
  simdjson::ondemand::parser parser_;
  JsonTarget target_;
  RowWriter& writer_;               // of the rows
  std::string bytes_;               // of the nested value that was read last
  std::vector<std::string> names_;  // at each place of the last object that had it
  std::vector<int> columns_;
};

}  // namespace

Result<Ref<RowBatch>> JsonToRows(std::string_view text, const Schema& schema, std::string_view relation,
                                 const JsonPart& part) {
  return JsonReader(text, schema, relation, part).Read();
}

}  // namespace laminar
