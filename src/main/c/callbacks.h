// Functions and data of a C program, held until nobody can call them any more.
#pragma once

#include <memory>

#include "laminar/connection.h"
#include "laminar/laminar.h"

namespace laminar::c {

/// Calls `destroy` when the last that holds it is gone. Shared by the functions made from it.
class Callbacks {
 public:
  /// Takes the data over at once, so that it is destroyed even if what follows fails. Throws std::invalid_argument
  /// without callbacks, or without on_change.
  static std::shared_ptr<const Callbacks> Take(const laminar_callbacks* callbacks);

  explicit Callbacks(const laminar_callbacks& of) : of_(of) {}
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;
  ~Callbacks() {
    if (of_.destroy != nullptr) of_.destroy(of_.user_data);
  }

  /// What on_change returned.
  int OnChange(const QueryResult& change) const;
  int OnError(const Error& error) const;
  bool has_on_error() const { return of_.on_error != nullptr; }

 private:
  const laminar_callbacks of_;
};

}  // namespace laminar::c
