#include "storage/history_file.h"

#include <numeric>

#include "storage/batch_codec.h"
#include "storage/byte_reader.h"

namespace laminar {

namespace {

// Rows of a frame: large enough that what stands around them is nothing, small enough to be read at once.
constexpr uint32_t kFrameRows = 16'384;

// Calls differ little from one to the next: their differences, seven bits a byte.
void PutDifference(uint64_t value, uint64_t before, PieceList* out) {
  const uint64_t difference = value - before;
  uint64_t left = (difference << 1) ^ (0 - (difference >> 63));
  for (; left >= 0x80; left >>= 7) out->Put(static_cast<uint8_t>(left | 0x80));
  out->Put(static_cast<uint8_t>(left));
}

uint64_t GetDifference(uint64_t before, ByteReader* in) {
  uint64_t bits = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = in->Get<uint8_t>();
    bits |= uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return before + ((bits >> 1) ^ (0 - (bits & 1)));
  }
  in->Fail();
  return 0;
}

void PutCall(const HistoryCall& call, const HistoryCall& before, PieceList* out) {
  PutDifference(call.first_row, before.first_row, out);
  PutDifference(call.sequence, before.sequence, out);
  PutDifference(static_cast<uint64_t>(call.time), static_cast<uint64_t>(before.time), out);
  PutDifference(static_cast<uint64_t>(call.watermark), static_cast<uint64_t>(before.watermark), out);
  PutDifference(call.first_number, before.first_number, out);
}

HistoryCall GetCall(const HistoryCall& before, ByteReader* in) {
  HistoryCall call{};
  call.first_row = GetDifference(before.first_row, in);
  call.sequence = GetDifference(before.sequence, in);
  call.time = static_cast<int64_t>(GetDifference(static_cast<uint64_t>(before.time), in));
  call.watermark = static_cast<int64_t>(GetDifference(static_cast<uint64_t>(before.watermark), in));
  call.first_number = GetDifference(before.first_number, in);
  return call;
}

}  // namespace

Status WriteHistory(const HistorySnapshot& history, uint64_t from_row, size_t from_call,
                    std::span<const DataType> types, FrameWriter& out) {
  size_t next_call = from_call;
  uint64_t first_row = from_row;
  PieceList frame;
  const auto write = [&](const Ref<RowBatch>& rows, uint64_t end) {
    size_t calls = 0;
    while (next_call + calls < history.call_count() && history.call(next_call + calls).first_row < end) ++calls;
    frame.Clear();
    frame.Put(first_row);
    frame.Put(static_cast<uint32_t>(calls));
    HistoryCall before{};
    for (size_t i = 0; i < calls; ++i) {
      const HistoryCall call = history.call(next_call++);
      PutCall(call, before, &frame);
      before = call;
    }
    EncodeBatch(*rows, types, &frame);
    out.WriteFrame(frame);
    first_row += rows->rows();
  };
  std::vector<int> columns(types.size());
  std::iota(columns.begin(), columns.end(), 0);
  LAMINAR_RETURN_NOT_OK(history.Scan(
      from_row, columns,
      [&](const Delta& rows) {
        Delta plain = rows;
        plain.marks = {};
        write(RowBatch::FromDelta(plain, types), first_row + rows.rows);
        return out.status().ok();
      },
      kFrameRows));
  // Those behind the last row brought none.
  if (out.status().ok() && next_call < history.call_count()) {
    write(RowBatchBuilder({types.begin(), types.end()}).Finish(), first_row + 1);
  }
  return out.status().Clone();
}

Status ReadHistory(FrameReader& in, std::span<const DataType> types, History* history) {
  size_t size = 0;
  while (Ref<Buffer> frame = in.NextFrame(&size)) {
    ByteReader bytes(frame->data(), size);
    const uint64_t first_row = bytes.Get<uint64_t>();
    const uint32_t count = bytes.Get<uint32_t>();
    if (first_row != history->rows()) bytes.Fail();
    std::vector<HistoryCall> calls;
    HistoryCall before{};
    for (uint32_t i = 0; i < count && bytes.ok(); ++i) {
      before = GetCall(before, &bytes);
      calls.push_back(before);
      calls.back().first_row -= first_row;
    }
    LAMINAR_ASSIGN_OR_RETURN(const Ref<RowBatch> rows, DecodeBatch(&bytes, types, frame));
    LAMINAR_RETURN_NOT_OK(bytes.Done("a history"));
    history->Append(rows, calls);
  }
  return in.status().Clone();
}

}  // namespace laminar
