#include "data/staged_folder.h"

#include "scrawl/error.h"

#include "base/file_system.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

constexpr const char* staging_name = ".unfinished";

/// Throws unless the folder is empty, but for what an interrupted process may have left.
void check_empty(const fs::path& folder) {
  if (!file_exists(folder)) return;
  bool has_leftovers = false;
  bool has_others = !is_folder(folder);
  if (!has_others)
    for (const auto& entry : list_folder(folder))
      (entry.filename() == staging_name ? has_leftovers : has_others) = true;
  if (!has_others) return;
  throw Error(ErrorCode::invalid_argument,
              has_leftovers
                  ? "was being written when the process was killed, and is not complete; remove it, or "
                    "choose another name"
                  : "already exists and is not an empty folder; choose another name, so that nothing "
                    "is lost",
              folder.string());
}

}  // namespace

StagedFolder::StagedFolder(fs::path folder) : folder_(std::move(folder)), staging_(folder_ / staging_name) {
  check_empty(folder_);
  is_new_ = !file_exists(folder_);
  // Registered before they exist: a signal may arrive in between. Until the staging folder is locked, the
  // files in it may belong to another process.
  if (is_new_) made_folder_.emplace(folder_.string(), Temporary::Kind::only_if_empty);
  if (!file_exists(staging_)) empty_staging_.emplace(staging_.string(), Temporary::Kind::only_if_empty);
  make_folder(folder_);
  make_folder(staging_);
  lock_ = ::open(staging_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(lock_);
    throw Error(ErrorCode::io, "is being written by another process; wait for it or choose another name",
                folder_.string());
  }
  made_staging_.emplace(staging_.string());
  for (const auto& leftover : list_folder(staging_)) remove_quietly(leftover);
}

StagedFolder::~StagedFolder() {
  remove_quietly(staging_);
  if (is_new_) remove_if_empty(folder_);
  if (lock_ >= 0) ::close(lock_);
}

void StagedFolder::commit() {
  auto entries = list_folder(staging_);
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) rename_file(entry, folder_ / entry.filename());
}

}  // namespace scrawl
