#include "main/file/text_writers.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "function/scalar/json_path.h"
#include "main/file/cell_text.h"
#include "main/file/text_output.h"
#include "main/result_rep.h"

namespace laminar {

namespace {

constexpr std::string_view kDeletedColumn = "__deleted";

class CsvWriter final : public FileWriter {
 public:
  CsvWriter(std::unique_ptr<TextOutput> output, const WriteOptions& options, Schema schema)
      : output_(std::move(output)), options_(options), schema_(std::move(schema)) {
    for (const char c : {options.delimiter, options.quote, '\n', '\r'}) quoted_[static_cast<unsigned char>(c)] = true;
    if (!options.header || output_->continues()) return;
    for (int column = 0; column < schema_.size(); ++column) {
      if (column != 0) output_->buffer().push_back(options_.delimiter);
      AppendField(schema_.field(column).name);
    }
    if (options_.form == RowForm::kWeights) output_->buffer().append({options_.delimiter}).append(kWeightColumn);
    if (options_.form == RowForm::kUpserts) output_->buffer().append({options_.delimiter}).append(kDeletedColumn);
    output_->buffer().push_back('\n');
  }

  Status Write(const Ref<RowBatch>& batch) override {
    const Delta delta = batch->delta();
    std::string& out = output_->buffer();
    for (uint32_t row = 0; row < delta.rows; ++row) {
      for (size_t column = 0; column < delta.columns.size(); ++column) {
        if (column != 0) out.push_back(options_.delimiter);
        if (!delta.columns[column].IsValid(row)) {
          out.append(options_.null_text);
          continue;
        }
        cell_.clear();
        AppendCellText(schema_.field(static_cast<int>(column)).type, delta.columns[column], row, &cell_);
        AppendField(cell_);
      }
      if (options_.form == RowForm::kWeights) {
        out.push_back(options_.delimiter);
        out.append(std::to_string(delta.WeightAt(row)));
      } else if (options_.form == RowForm::kUpserts) {
        out.push_back(options_.delimiter);
        out.append(delta.WeightAt(row) < 0 ? "true" : "false");
      }
      out.push_back('\n');
      LAMINAR_RETURN_NOT_OK(output_->Drain());
    }
    return Status::OK();
  }
  Status Flush() override { return output_->Flush(); }
  Status Close() override { return output_->Close(); }
  int64_t bytes() const override { return output_->bytes(); }

 private:
  void AppendField(std::string_view text) {
    std::string& out = output_->buffer();
    bool quote = text.empty() || text == options_.null_text;
    for (const char c : text) quote = quote || quoted_[static_cast<unsigned char>(c)];
    if (!quote) {
      out.append(text);
      return;
    }
    out.push_back(options_.quote);
    for (const char c : text) {
      if (c == options_.quote) out.push_back(c);
      out.push_back(c);
    }
    out.push_back(options_.quote);
  }

  const std::unique_ptr<TextOutput> output_;
  const WriteOptions options_;
  const Schema schema_;
  std::array<bool, 256> quoted_{};
  std::string cell_;
};

class JsonWriter final : public FileWriter {
 public:
  JsonWriter(std::unique_ptr<TextOutput> output, RowForm form, Schema schema)
      : output_(std::move(output)), form_(form), schema_(std::move(schema)) {
    for (const Field& field : schema_.fields()) {
      std::string& name = names_.emplace_back(names_.empty() ? "{" : ",");
      AppendJsonString(field.name, &name);
      name.push_back(':');
    }
  }

  Status Write(const Ref<RowBatch>& batch) override {
    const Delta delta = batch->delta();
    for (uint32_t row = 0; row < delta.rows; ++row) {
      const int64_t weight = delta.WeightAt(row);
      if (form_ == RowForm::kDebezium) {
        for (int64_t copies = weight < 0 ? -weight : weight; copies > 0; --copies) AppendEvent(delta, row, weight > 0);
      } else {
        AppendRow(delta, row);
        if (form_ == RowForm::kWeights) {
          output_->buffer().pop_back();
          output_->buffer().append(fmt::format(",\"{}\":{}}}", kWeightColumn, weight));
        } else if (form_ == RowForm::kUpserts) {
          output_->buffer().pop_back();
          output_->buffer().append(fmt::format(",\"{}\":{}}}", kDeletedColumn, weight < 0));
        }
        output_->buffer().push_back('\n');
      }
      LAMINAR_RETURN_NOT_OK(output_->Drain());
    }
    return Status::OK();
  }
  Status Flush() override { return output_->Flush(); }
  Status Close() override { return output_->Close(); }
  int64_t bytes() const override { return output_->bytes(); }

 private:
  void AppendRow(const Delta& delta, uint32_t row) {
    std::string& out = output_->buffer();
    for (size_t column = 0; column < names_.size(); ++column) {
      out.append(names_[column]);
      AppendJsonCell(schema_.field(static_cast<int>(column)).type, delta.columns[column], row, &out);
    }
    out.push_back('}');
  }
  void AppendEvent(const Delta& delta, uint32_t row, bool comes) {
    std::string& out = output_->buffer();
    out.append(comes ? "{\"before\":null,\"after\":" : "{\"before\":");
    AppendRow(delta, row);
    out.append(comes ? ",\"op\":\"c\"}\n" : ",\"after\":null,\"op\":\"d\"}\n");
  }

  const std::unique_ptr<TextOutput> output_;
  const RowForm form_;
  const Schema schema_;
  std::vector<std::string> names_;  // with what goes before and behind them
};

}  // namespace

Result<std::unique_ptr<FileWriter>> OpenCsvWriter(const FileLocation& file, const WriteOptions& options,
                                                  const Schema& schema) {
  LAMINAR_ASSIGN_OR_RETURN(auto output, TextOutput::Open(file, options.compression, options.append));
  return std::unique_ptr<FileWriter>(std::make_unique<CsvWriter>(std::move(output), options, schema));
}

Result<std::unique_ptr<FileWriter>> OpenJsonWriter(const FileLocation& file, const WriteOptions& options,
                                                   const Schema& schema) {
  LAMINAR_ASSIGN_OR_RETURN(auto output, TextOutput::Open(file, options.compression, options.append));
  return std::unique_ptr<FileWriter>(std::make_unique<JsonWriter>(std::move(output), options.form, schema));
}

}  // namespace laminar
