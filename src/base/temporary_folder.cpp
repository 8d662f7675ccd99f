#include "base/temporary_folder.h"

#include "scrawl/error.h"

#include "base/environment.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <stdlib.h>

namespace scrawl {

TemporaryFolder::TemporaryFolder() {
  const std::filesystem::path place = environment("TMPDIR").value_or("/tmp");
  std::error_code problem;
  if (!std::filesystem::is_directory(place, problem))
    throw Error(ErrorCode::io, "there is no folder for temporary files; set TMPDIR to one that exists",
                place.string());
  std::string name = (place / "scrawl-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(ErrorCode::io, std::string("cannot make a temporary folder: ") + std::strerror(errno), name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace scrawl
