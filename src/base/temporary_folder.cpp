#include "base/temporary_folder.h"

#include "scrawl/error.h"

#include "base/file_system.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <stdlib.h>

namespace scrawl {

TemporaryFolder::TemporaryFolder(const std::filesystem::path& place, const std::string& prefix) {
  std::string name = (place / (prefix + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(ErrorCode::io, std::string("cannot make a temporary folder: ") + std::strerror(errno), name);
  temporary_.emplace(name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() { remove_quietly(path_); }

}  // namespace scrawl
