#include "base/file_system.h"

#include "scrawl/error.h"

#include "base/environment.h"

#include <string>
#include <system_error>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

Error trouble(const std::string& doing, const std::error_code& problem, const fs::path& path) {
  const bool is_missing = problem == std::errc::no_such_file_or_directory;
  return {is_missing ? ErrorCode::not_found : ErrorCode::io, "cannot " + doing + ": " + problem.message(),
          path.string()};
}

fs::file_status status_of(const fs::path& path) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (!problem || status.type() == fs::file_type::not_found || problem == std::errc::filename_too_long ||
      problem == std::errc::too_many_symbolic_link_levels)
    return status.type() == fs::file_type::none ? fs::file_status(fs::file_type::not_found) : status;
  throw trouble("be looked up", problem, path);
}

}  // namespace

bool file_exists(const fs::path& path) { return fs::exists(status_of(path)); }
bool is_file(const fs::path& path) { return fs::is_regular_file(status_of(path)); }
bool is_folder(const fs::path& path) { return fs::is_directory(status_of(path)); }

bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code leads_nowhere;
  return fs::equivalent(a, b, leads_nowhere);
}

std::vector<fs::path> list_folder(const fs::path& folder, std::size_t most) {
  std::vector<fs::path> found;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
    if (found.size() == most)
      throw Error(ErrorCode::bad_data,
                  "holds more than " + std::to_string(most) + " files; split it into several folders",
                  folder.string());
    found.push_back(at->path());
  }
  if (problem) throw trouble("be read as a folder", problem, folder);
  return found;
}

void make_folder(const fs::path& path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) throw Error(ErrorCode::io, "cannot create the folder: " + problem.message(), path.string());
}

void rename_file(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  fs::rename(from, to, problem);
  if (problem)
    throw Error(ErrorCode::io, "cannot take the name " + to.string() + ": " + problem.message(),
                from.string());
}

void remove_file(const fs::path& path) {
  std::error_code problem;
  fs::remove(path, problem);
  if (problem) throw Error(ErrorCode::io, "cannot be removed: " + problem.message(), path.string());
}

void remove_quietly(const fs::path& path) noexcept {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

void remove_if_empty(const fs::path& folder) noexcept {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) fs::remove(folder, ignored);
}

fs::path absolute_path(const fs::path& path) {
  std::error_code problem;
  fs::path absolute = fs::absolute(path, problem);
  if (problem) throw trouble("be found from the current folder", problem, path);
  return absolute.lexically_normal();
}

fs::path real_path(const fs::path& path) {
  std::error_code leads_nowhere;
  fs::path real = fs::canonical(path, leads_nowhere);
  return leads_nowhere ? path : real;
}

fs::path temporary_place() {
  fs::path place = environment("TMPDIR").value_or("/tmp");
  if (!is_folder(place))
    throw Error(ErrorCode::io, "there is no folder for temporary files; set TMPDIR to one that exists",
                place.string());
  return place;
}

}  // namespace scrawl
