// Whether a thread is running code of the program on behalf of a database.
#pragma once

namespace laminar {

class Database;

/// While one exists its thread runs a function that the program registered, inside a statement or a step of `database`.
/// The function may hold up locks of that database, so it must not come back to it: whoever could wait for one of them
/// calls Check first.
class UserCode {
 public:
  explicit UserCode(const Database* database);
  ~UserCode();
  UserCode(const UserCode&) = delete;
  UserCode& operator=(const UserCode&) = delete;

  /// Is this thread inside a function of the database?
  static bool Within(const Database& database);
  /// Throws kQueryFailed if it is.
  static void Check(const Database& database);

 private:
  const Database* const database_;
  const UserCode* const outer_;  // a function of one database may use another
};

}  // namespace laminar
