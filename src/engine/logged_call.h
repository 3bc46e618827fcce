// What the log says of a call, as bytes (docs/storage.md, "Records").
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "storage/byte_reader.h"
#include "storage/log_body.h"
#include "storage/piece_list.h"

namespace laminar {

/// The body of a call, made in the thread that brings it and mostly without a lock.
class Engine::LoggedCall {
 public:
  /// With the intake lock held: how the rows of the parts lie. A part of an unknown source has none.
  void TakeLayouts(const Engine& engine, std::span<const CallPart> parts);
  /// Without it. The batches must stay until the body has been appended.
  void Encode(std::span<const CallPart> parts, std::string_view definition);
  /// With it: nothing has become another meanwhile.
  bool LayoutsHold(const Engine& engine, std::span<const CallPart> parts) const;
  const LogBody& body() const { return body_; }

 private:
  std::vector<std::shared_ptr<const RowLayout>> layouts_;
  PieceList pieces_;
  LogBody body_;
};

/// An announcement; of a writer that closes, without a watermark.
struct LoggedAnnouncement {
  uint32_t source = 0;
  uint64_t writer = 0;
  Timestamp watermark = kNoWatermark;
};
std::string EncodeAnnouncement(const LoggedAnnouncement& announcement);
LoggedAnnouncement DecodeAnnouncement(ByteReader* in);

}  // namespace laminar
