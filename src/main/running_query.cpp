#include "main/running_query.h"

#include <utility>

namespace laminar {

RunningQuery::RunningQuery(Database& database, std::string sql, std::unique_ptr<QueryRun> run)
    : database_(database), run_(std::move(run)), id_(database.queries().NewId()), scope_(&run_->cancel_token()) {
  database_.queries().Start(id_, std::move(sql), [weak = std::weak_ptr(run_)] {
    if (const auto running = weak.lock()) running->Cancel();
  });
}

RunningQuery::~RunningQuery() {
  database_.queries().Finish(id_);
  if (!run_->cancel_token().cancelled()) return;
  struct Remains {
    std::shared_ptr<QueryRun> run;
    std::vector<Ref<RowBatch>> rows;
  };
  scope_.reset();
  database_.background_release().Take(std::make_shared<Remains>(Remains{std::move(run_), std::move(rows_)}));
}

Ref<RowBatch> RunningQuery::Next() { return ValueOrThrow(run_->NextBatch()); }

const std::vector<Ref<RowBatch>>& RunningQuery::Collect() {
  while (Ref<RowBatch> batch = Next()) rows_.push_back(std::move(batch));
  return rows_;
}

}  // namespace laminar
