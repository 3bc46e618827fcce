#include "state/store_image.h"

#include <map>
#include <utility>

#include "state/store.h"

namespace laminar {

StoreImage StoreImage::Take(Store& store, bool whole) {
  StoreImage image;
  ImageBytes rest;
  store.SaveRest(rest);
  image.rest_ = rest.Release();
  for (ChunkList* list : store.chunk_lists()) image.lists_.push_back(list->TakeImage(whole));
  return image;
}

void StoreImage::Write(ImageWriter& out) const {
  out.PutText(rest_);
  out.Put(static_cast<uint32_t>(lists_.size()));
  for (const ChunkImage& list : lists_) {
    out.Put(list.id());
    out.Put(static_cast<uint32_t>(list.widths().size()));
    for (const uint32_t width : list.widths()) out.Put(width);
    list.Write(out);
  }
}

void StoreImage::CopyOut() {
  for (ChunkImage& list : lists_) list.CopyOut();
}

Status LoadStore(Store* store, std::span<ImageReader* const> images) {
  // Lists come and go, as windows open and close: by the name that their first image gave them.
  std::map<uint64_t, SavedChunks> saved;
  std::vector<uint64_t> names;
  std::map<uint64_t, std::vector<uint32_t>> widths;
  std::string rest;
  for (ImageReader* in : images) {
    rest = in->GetText();
    const uint32_t count = in->GetCount(8);
    names.clear();
    std::map<uint64_t, SavedChunks> current;
    for (uint32_t i = 0; i < count && in->status().ok(); ++i) {
      const uint64_t name = in->Get<uint64_t>();
      std::vector<uint32_t> list_widths(in->GetCount(sizeof(uint32_t)));
      for (uint32_t& width : list_widths) width = in->Get<uint32_t>();
      if (const auto before = saved.find(name); before != saved.end()) {
        current.emplace(name, std::move(before->second));
        if (widths[name] != list_widths) in->Fail("rows have another shape than before");
      }
      widths[name] = list_widths;
      current[name].Read(list_widths, *in);
      names.push_back(name);
    }
    LAMINAR_RETURN_NOT_OK(in->status().Clone());
    saved = std::move(current);
  }

  ImageView reader(rest);
  store->LoadRest(reader);
  if (reader.left() != 0) reader.Fail("something is left over");
  LAMINAR_RETURN_NOT_OK(reader.status().Clone());
  const std::vector<ChunkList*> lists = store->chunk_lists();
  if (lists.size() != names.size()) return Status::Internal("saved state cannot be read: it is another operator's");
  for (size_t i = 0; i < lists.size(); ++i) {
    if (lists[i]->widths() != widths[names[i]]) {
      return Status::Internal("saved state cannot be read: its rows have another shape");
    }
    lists[i]->Adopt(std::move(saved[names[i]]));
  }
  store->Restore();
  for (ChunkList* list : lists) {
    if (!list->arena().EndAdoption()) return Status::Internal("saved state cannot be read: a text is not there");
  }
  return Status::OK();
}

}  // namespace laminar
