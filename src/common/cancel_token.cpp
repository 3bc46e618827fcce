#include "common/cancel_token.h"

#include "common/status.h"

namespace laminar {

void ThrowIfCancelled() {
  if (CancelScope::cancelled()) throw Error(ErrorCode::kQueryCancelled, "the query was cancelled");
}

}  // namespace laminar
