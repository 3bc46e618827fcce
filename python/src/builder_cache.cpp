#include "builder_cache.h"

#include <utility>

#include "engine_call.h"

namespace laminar::python {

BuilderCache::Lease::Lease(BuilderCache& cache, std::string_view relation)
    : cache_(cache), relation_(relation), was_cached_(false) {
  const auto found = cache_.idle_.find(relation);
  if (found != cache_.idle_.end() && found->second != nullptr) {
    builder_ = std::move(found->second);
    was_cached_ = true;
    return;
  }
  BatchBuilder batch = [&] {
    EngineCall call;
    return cache_.connection_.NewBatch(relation);
  }();
  builder_ = std::make_unique<RowBuilder>(std::move(batch));
}

BuilderCache::Lease::~Lease() {
  if (builder_ == nullptr) return;
  builder_->batch().AbandonRow();
  builder_->batch().Clear();
  const auto found = cache_.idle_.find(relation_);
  if (found != cache_.idle_.end()) {
    found->second = std::move(builder_);
  } else if (!cache_.connection_.is_closed()) {
    cache_.idle_.emplace(relation_, std::move(builder_));
  }
}

}  // namespace laminar::python
