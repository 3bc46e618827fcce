// What is behind a Connection: a database, and whether this handle is still open.
#pragma once

#include <atomic>
#include <memory>

#include "laminar/connection.h"
#include "main/database.h"

namespace laminar {

struct Connection::Rep {
  explicit Rep(std::shared_ptr<Database> of) : database_(std::move(of)) { database_->Enter(); }
  ~Rep() { Close(); }

  /// Throws kConnectionClosed after Close.
  Database& database() const;
  void Close();

  const std::shared_ptr<Database> database_;
  std::atomic<bool> closed{false};
};

}  // namespace laminar
