#include "exec/keep_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "state/store.h"

namespace laminar {

namespace {

// What is given up at once is about this share of what is kept.
constexpr int64_t kPieces = 8;
constexpr int64_t kFewestPieceRows = 1024;
constexpr int64_t kMostPieceRows = 65'536;

/// Some rows of a delta, in pieces of one time.
Delta RowsOf(const Delta& delta, const uint32_t* rows, uint32_t count) {
  Delta some = delta;
  some.Select(rows, count);
  some.weights = nullptr;
  some.marks = {};
  return some;
}

/// The rows of a chunk from one on.
struct LaterRows final : RefCounted {
  Ref<RefCounted> chunk;
  std::vector<uint32_t> selection;
};

class KeptRows final : public OperatorSnapshot {
 public:
  struct Piece {
    RowStoreSnapshot rows;
    uint32_t skipped;  // of its first rows
  };
  explicit KeptRows(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  Status Contents(Output& output, const CancelToken* cancel) override {
    bool done = false;
    for (const Piece& piece : pieces_) {
      LAMINAR_RETURN_NOT_OK(piece.rows.ForEachChunk([&](uint32_t first_slot, const Delta& delta) {
        done = (cancel != nullptr && cancel->cancelled()) || EmitLater(delta, piece.skipped, first_slot, output);
        return !done;
      }));
      if (done) break;
    }
    if (cancel != nullptr && cancel->cancelled()) return {ErrorCode::kQueryCancelled, "the query was cancelled"};
    return Status::OK();
  }

 private:
  static bool EmitLater(const Delta& delta, uint32_t skipped, uint32_t first_slot, Output& output) {
    if (skipped <= first_slot) return output.Emit(delta) == Answer::kDone;
    if (skipped >= first_slot + delta.rows) return false;
    Ref<LaterRows> later = MakeRef<LaterRows>();
    later->chunk = delta.owner;
    later->selection.resize(first_slot + delta.rows - skipped);
    std::iota(later->selection.begin(), later->selection.end(), skipped - first_slot);
    Delta rest = delta;
    rest.Select(later->selection.data(), static_cast<uint32_t>(later->selection.size()));
    rest.owner = later;
    return output.Emit(rest) == Answer::kDone;
  }

  std::vector<Piece> pieces_;
};

}  // namespace

class KeepRows::RowsStore final : public Store {
 public:
  explicit RowsStore(KeepRows* kept) : Store("kept"), kept_(*kept) {}
  int64_t rows() const override { return static_cast<int64_t>(kept_.end_ - kept_.begin_); }
  size_t memory_bytes() const override {
    size_t bytes = kept_.times_.size() * sizeof(TimeMark);
    for (const auto& piece : kept_.pieces_) bytes += piece->rows.memory_bytes();
    return bytes;
  }
  std::vector<ChunkList*> chunk_lists() override {
    std::vector<ChunkList*> lists;
    for (const auto& piece : kept_.pieces_) lists.push_back(&piece->rows.chunks());
    return lists;
  }
  Status Spill(SpillSpace& space, size_t bytes, size_t* freed) override {
    *freed = 0;
    for (const auto& piece : kept_.pieces_) {
      if (*freed >= bytes) break;
      size_t of_piece = 0;
      LAMINAR_RETURN_NOT_OK(piece->rows.Spill(space, bytes - *freed, &of_piece));
      *freed += of_piece;
    }
    return Status::OK();
  }
  size_t disk_bytes() const override {
    size_t bytes = 0;
    for (const auto& piece : kept_.pieces_) bytes += piece->rows.chunks().disk_bytes();
    return bytes;
  }
  void SaveRest(ImageWriter& out) const override {
    out.Put(kept_.begin_);
    out.Put(kept_.end_);
    out.Put(static_cast<uint32_t>(kept_.times_.size()));
    for (const TimeMark& mark : kept_.times_) out.Put(mark);
    out.Put(static_cast<uint32_t>(kept_.pieces_.size()));
    for (const auto& piece : kept_.pieces_) {
      out.Put(piece->first_row);
      out.Put(piece->first_time);
      piece->rows.SaveRest(out);
    }
  }
  void LoadRest(ImageReader& in) override {
    kept_.begin_ = in.Get<uint64_t>();
    kept_.end_ = in.Get<uint64_t>();
    kept_.times_.clear();
    for (uint32_t left = in.GetCount(sizeof(TimeMark)); left > 0 && in.status().ok(); --left) {
      kept_.times_.push_back(in.Get<TimeMark>());
    }
    kept_.pieces_.clear();
    for (uint32_t left = in.GetCount(2 * sizeof(uint64_t)); left > 0 && in.status().ok(); --left) {
      auto piece = std::make_unique<Piece>(Piece{0, 0, RowStore(kept_.types_)});
      piece->first_row = in.Get<uint64_t>();
      piece->first_time = in.Get<int64_t>();
      piece->rows.LoadRest(in);
      kept_.pieces_.push_back(std::move(piece));
    }
  }
  void Restore() override {
    for (const auto& piece : kept_.pieces_) piece->rows.Restore();
  }

 private:
  KeepRows& kept_;
};

KeepRows::KeepRows(std::vector<DataType> types, Retention retention)
    : types_(std::move(types)), retention_(retention), store_(std::make_unique<RowsStore>(this)) {
  RegisterStore(store_.get());
}

KeepRows::~KeepRows() = default;

Status KeepRows::Push(Step& step, int, const Delta& delta, Output& output) {
  if (delta.empty()) return Status::OK();
  if (retention_.kind != Retention::Kind::kNone) {
    // A bag: a row of weight n is n rows.
    std::vector<uint32_t> rows;
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      const int64_t weight = delta.WeightAt(row);
      if (weight < 0) return Status::Internal("a stream that is append-only retracts a row");
      rows.insert(rows.end(), static_cast<size_t>(weight), row);
    }
    const auto count = static_cast<uint32_t>(rows.size());
    if (retention_.kind != Retention::Kind::kTime || delta.marks.empty()) {
      Append(RowsOf(delta, rows.data(), count), step.now());
    } else {
      MarkCursor marks(delta.marks);
      for (uint32_t begin = 0; begin < count;) {
        const int64_t time = marks.At(rows[begin]).time;
        uint32_t end = begin + 1;
        while (end < count && marks.At(rows[end]).time == time) ++end;
        Append(RowsOf(delta, rows.data() + begin, end - begin), time);
        begin = end;
      }
    }
    Retain();
  }
  output.Emit(delta);
  return Status::OK();
}

void KeepRows::Append(const Delta& delta, int64_t time) {
  const auto most = retention_.kind == Retention::Kind::kRows
                        ? std::clamp(retention_.amount / kPieces, kFewestPieceRows, kMostPieceRows)
                        : kMostPieceRows;
  const bool full =
      retention_.bounded() && !pieces_.empty() &&
      (pieces_.back()->rows.rows() >= most ||
       (retention_.kind == Retention::Kind::kTime && time - pieces_.back()->first_time > retention_.amount / kPieces));
  if (pieces_.empty() || full) pieces_.push_back(std::make_unique<Piece>(Piece{end_, time, RowStore(types_)}));
  if (retention_.kind == Retention::Kind::kTime) NoteTime(end_, time);
  pieces_.back()->rows.Append(delta);
  end_ += delta.size();
}

void KeepRows::NoteTime(uint64_t row, int64_t time) {
  if (times_.empty() || times_.back().time < time) times_.push_back({row, time});
}

void KeepRows::Retain() {
  if (!retention_.bounded()) return;
  if (retention_.kind == Retention::Kind::kRows) {
    begin_ = end_ - std::min(end_, static_cast<uint64_t>(retention_.amount));
  } else if (!times_.empty()) {
    const int64_t oldest = times_.back().time - retention_.amount;
    while (times_.front().time < oldest) times_.pop_front();
    begin_ = std::max(begin_, times_.front().first_row);
  }
  while (!pieces_.empty() && pieces_.front()->first_row + pieces_.front()->rows.rows() <= begin_) pieces_.pop_front();
}

std::unique_ptr<Operator> KeepRows::Clone() const { return std::make_unique<KeepRows>(types_, retention_); }

std::unique_ptr<OperatorSnapshot> KeepRows::Snapshot() {
  std::vector<KeptRows::Piece> pieces;
  for (const auto& piece : pieces_) {
    const uint64_t skipped = begin_ - std::min(begin_, piece->first_row);
    pieces.push_back({piece->rows.Snapshot(), static_cast<uint32_t>(skipped)});
  }
  return std::make_unique<KeptRows>(std::move(pieces));
}

std::string KeepRows::Describe() const {
  return retention_.bounded() ? fmt::format("KeepRows {}", FormatRetention(retention_)) : "KeepRows";
}

}  // namespace laminar
