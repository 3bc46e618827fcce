#include "main/sink/callback_sink.h"

#include <exception>
#include <utility>

#include "main/result_rep.h"

namespace laminar {

namespace {

class CallbackSink final : public SinkOutput {
 public:
  CallbackSink(SinkFunction function, const SinkInput& input)
      : function_(std::move(function)), schema_(MakeSchemaRep(input.schema, !input.append_only)) {}

  Status Deliver(const Change& change) override {
    try {
      function_(MakeQueryResult(schema_, {change.rows}, change.epoch, change.is_snapshot));
      return Status::OK();
    } catch (const Error& error) {
      return Status(Error(error));
    } catch (const std::exception& error) {
      return {ErrorCode::kInternalError, error.what()};
    }
  }
  Status Flush() override { return Status::OK(); }
  Status Close() override {
    // What the function holds goes before the end is announced.
    function_ = nullptr;
    return Status::OK();
  }
  bool outlives_errors() const override { return true; }

 private:
  SinkFunction function_;
  const std::shared_ptr<const ResultSchema::Rep> schema_;
};

}  // namespace

std::unique_ptr<SinkOutput> MakeCallbackSink(SinkFunction function, const SinkInput& input) {
  return std::make_unique<CallbackSink>(std::move(function), input);
}

}  // namespace laminar
