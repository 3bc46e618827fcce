#include "laminar/check.h"

#include "main/database.h"
#include "main/durable/recovery.h"
#include "storage/folder.h"

namespace laminar {

DirectoryCheck CheckDirectory(std::string_view path) {
  const std::string where(path);
  Database scratch(where, Config{}, TestOptions{}, ValueOrThrow(Folder::OpenExisting(FileSystem::Posix(), where)));
  return scratch.Check();
}

}  // namespace laminar
