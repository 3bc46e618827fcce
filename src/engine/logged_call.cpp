#include "engine/logged_call.h"

#include "storage/batch_codec.h"
#include "storage/byte_writer.h"

namespace laminar {

void Engine::LoggedCall::TakeLayouts(const Engine& engine, std::span<const CallPart> parts) {
  for (const CallPart& part : parts) {
    const Source* source = engine.SourceOf(part.source);
    layouts_.push_back(source != nullptr ? source->layout() : nullptr);
  }
}

void Engine::LoggedCall::Encode(std::span<const CallPart> parts, std::string_view definition) {
  pieces_.PutText(definition);
  pieces_.Put(static_cast<uint32_t>(parts.size()));
  for (size_t i = 0; i < parts.size(); ++i) {
    if (layouts_[i] == nullptr) continue;  // the call will be refused
    pieces_.Put(layouts_[i]->id);
    pieces_.Put(static_cast<uint32_t>(parts[i].batches.size()));
    for (const Ref<RowBatch>& batch : parts[i].batches) EncodeBatch(*batch, layouts_[i]->types, &pieces_);
  }
  body_ = LogBody(pieces_);
}

bool Engine::LoggedCall::LayoutsHold(const Engine& engine, std::span<const CallPart> parts) const {
  for (size_t i = 0; i < parts.size(); ++i) {
    const Source* source = engine.SourceOf(parts[i].source);
    if (source == nullptr || source->layout() != layouts_[i]) return false;
  }
  return true;
}

std::string EncodeAnnouncement(const LoggedAnnouncement& announcement) {
  std::string body;
  ByteWriter out(&body);
  out.Put(announcement.source);
  out.Put(announcement.writer);
  out.Put(announcement.watermark);
  return body;
}

LoggedAnnouncement DecodeAnnouncement(ByteReader* in) {
  LoggedAnnouncement announcement;
  announcement.source = in->Get<uint32_t>();
  announcement.writer = in->Get<uint64_t>();
  announcement.watermark = in->Get<Timestamp>();
  return announcement;
}

}  // namespace laminar
