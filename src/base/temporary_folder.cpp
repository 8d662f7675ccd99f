#include "base/temporary_folder.h"

#include "scrawl/error.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <stdlib.h>

namespace scrawl {

TemporaryFolder::TemporaryFolder() {
  std::error_code problem;
  std::string name = (std::filesystem::temp_directory_path(problem) / "scrawl-XXXXXX").string();
  if (problem)
    throw Error(ErrorCode::io, "there is no folder for temporary files (TMPDIR): " + problem.message());
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(ErrorCode::io, std::string("cannot make a temporary folder: ") + std::strerror(errno), name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace scrawl
