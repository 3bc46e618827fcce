// The history of a source in a file, and back (docs/storage.md, "Histories").
#pragma once

#include <span>
#include <vector>

#include "common/type.h"
#include "state/history.h"
#include "storage/frame_file.h"

namespace laminar {

/// The rows from `from_row` on and the calls from `from_call` on, which are the first that are not in the file yet.
Status WriteHistory(const HistorySnapshot& history, uint64_t from_row, size_t from_call,
                    std::span<const DataType> types, FrameWriter& out);

/// All that was written to a section, at the end of `history`. Long strings stay in what was read.
Status ReadHistory(FrameReader& in, std::span<const DataType> types, History* history);

}  // namespace laminar
