#include "main/c/callbacks.h"

#include <stdexcept>

#include "main/c/handles.h"

namespace laminar::c {

std::shared_ptr<const Callbacks> Callbacks::Take(const laminar_callbacks* callbacks) {
  auto taken = std::make_shared<const Callbacks>(Need(callbacks, "callbacks"));
  if (callbacks->on_change == nullptr) throw std::invalid_argument("on_change is NULL");
  return taken;
}

int Callbacks::OnChange(const QueryResult& change) const {
  const laminar_result handle(change);
  return of_.on_change(&handle, of_.user_data);
}

int Callbacks::OnError(const Error& error) const {
  const laminar_error handle = {static_cast<laminar_status>(error.code()), error.what(), error.position(),
                                error.candidates(), error.rows_inserted()};
  return of_.on_error(&handle, of_.user_data);
}

}  // namespace laminar::c
