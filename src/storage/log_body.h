// The body of a log record, ready to be written.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/crc32c.h"
#include "storage/piece_list.h"

namespace laminar {

/// Its checksum is worked out here, so that whoever appends it under a lock has nothing left to do but write.
struct LogBody {
  LogBody() = default;
  /// Good as long as the list is, unchanged.
  explicit LogBody(PieceList& list) : pieces(list.Pieces()) {
    for (const Piece& piece : pieces) {
      bytes += piece.size;
      checksum = Crc32c(piece.data, piece.size, checksum);
    }
  }
  explicit LogBody(std::string_view whole)
      : pieces{{whole.data(), whole.size()}}, bytes(whole.size()), checksum(Crc32c(whole.data(), whole.size())) {}

  std::vector<Piece> pieces;
  uint64_t bytes = 0;
  uint32_t checksum = 0;
};

}  // namespace laminar
