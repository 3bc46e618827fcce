#include "main/function/user_code.h"

#include "laminar/error.h"

namespace laminar {

namespace {

thread_local const UserCode* innermost = nullptr;

}  // namespace

UserCode::UserCode(const Database* database) : database_(database), outer_(innermost) { innermost = this; }
UserCode::~UserCode() { innermost = outer_; }

bool UserCode::Within(const Database& database) {
  for (const UserCode* code = innermost; code != nullptr; code = code->outer_) {
    if (code->database_ == &database) return true;
  }
  return false;
}

void UserCode::Check(const Database& database) {
  if (!Within(database)) return;
  throw Error(ErrorCode::kQueryFailed,
              "a user-defined function cannot use the database it is called by, which waits for its result: give it "
              "what it needs as arguments, or look it up before");
}

}  // namespace laminar
