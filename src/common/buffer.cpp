#include "common/buffer.h"

#include <cstring>

namespace laminar {

Ref<Buffer> Buffer::AllocateZeroed(size_t size) {
  Ref<Buffer> buffer = Allocate(size);
  std::memset(buffer->data(), 0, (size + 63) & ~size_t{63});
  return buffer;
}

}  // namespace laminar
