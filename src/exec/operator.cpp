#include "exec/operator.h"

namespace laminar {

Status Operator::AdvanceWatermark(Step&, int, Timestamp, Output&) { return Status::OK(); }

Status Operator::OnTimer(Step&, int64_t, Output&) { return Status::OK(); }

Status Operator::Flush(Step&, Output&) { return Status::OK(); }

Status Operator::EndInput(Step&, Output&) { return Status::OK(); }

std::unique_ptr<OperatorSnapshot> Operator::Snapshot() { return nullptr; }

}  // namespace laminar
