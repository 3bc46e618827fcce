#include "exec/union.h"

namespace laminar {

Status Union::Push(Step&, int, const Delta& delta, Output& output) {
  if (!delta.empty()) output.Emit(delta);
  return Status::OK();
}

}  // namespace laminar
