// The files of this process' file systems, as the planner meets them.
#pragma once

#include <memory>

#include "exec/file_table.h"

namespace laminar {

/// Stateless: one serves every database.
class OpenFiles final : public FileTables {
 public:
  std::shared_ptr<const FileTable> Open(const FileRequest& request) const override;

  static const OpenFiles& Get();
};

}  // namespace laminar
