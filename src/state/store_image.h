// A store at one epoch, on its way to a file, and back.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/status.h"
#include "state/chunk_list.h"
#include "state/image_stream.h"

namespace laminar {

class Store;

/// Taken between two steps, written by any thread while steps go on.
class StoreImage {
 public:
  /// `whole`: not only what changed since the last image.
  static StoreImage Take(Store& store, bool whole);
  void Write(ImageWriter& out) const;
  /// ChunkImage::CopyOut.
  void CopyOut();

 private:
  std::string rest_;
  std::vector<ChunkImage> lists_;
};

/// Loads a store that has seen no input from a whole image and those that were taken after it, oldest first. Each
/// reader is left behind its image. After an error the store is not to be used.
Status LoadStore(Store* store, std::span<ImageReader* const> images);

}  // namespace laminar
