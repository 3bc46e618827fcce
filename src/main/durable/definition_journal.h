// The definitions that made the catalog what it is: those of a log, without what has been dropped since.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace laminar {

/// A definition means something only behind those that came before it: SELECT * has the columns of its time. So a
/// checkpoint keeps them in their order, and not what they came to.
class DefinitionJournal {
 public:
  /// One or several, as they were logged. Throws kConnectionFailed for bytes that are none.
  void Append(std::string_view definitions);
  /// All that is left, in order, as Append takes them.
  std::string Bytes() const;

 private:
  friend class JournalNames;
  /// Of one definition.
  struct Item {
    std::string bytes;
    uint64_t of;  // the relation or function that goes with it
  };
  void Forget(std::map<std::string, uint64_t>* names, const std::string& name);

  std::vector<Item> items_;
  // How far files have been read, by source: of each file, what was said last counts.
  std::map<uint64_t, std::map<std::string, std::string>> files_;
  // By name in lower case.
  std::map<std::string, uint64_t> relations_;
  std::map<std::string, uint64_t> functions_;
  uint64_t next_ = 1;
};

}  // namespace laminar
