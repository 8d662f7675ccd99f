#include "data/file_names.h"

#include "base/file_system.h"
#include "base/text.h"

#include <algorithm>
#include <tuple>

namespace scrawl {

namespace fs = std::filesystem;

std::string file_names(std::span<const std::filesystem::path> files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.filename().string());
  return joined(names);
}

bool is_gzip_name(std::string_view name) { return lower_case(name).ends_with(".gz"); }

std::string plain_name(std::string_view name) {
  if (is_gzip_name(name)) name.remove_suffix(3);
  std::string plain = lower_case(name);
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return c == '.' || c == '_' || c == ' '; }, '-');
  return plain;
}

std::optional<fs::path> find_file(const fs::path& folder, std::span<const std::string> names) {
  using Rank = std::tuple<std::ptrdiff_t, bool, std::string>;  // the least is the best
  std::optional<Rank> best;
  for (const auto& entry : list_folder(folder)) {
    std::string name = entry.filename().string();
    const auto place = std::find(names.begin(), names.end(), plain_name(name));
    if (place == names.end() || !is_file(entry)) continue;
    Rank rank{place - names.begin(), is_gzip_name(name), std::move(name)};
    if (!best || rank < *best) best = std::move(rank);
  }
  if (!best) return std::nullopt;
  return folder / std::get<std::string>(*best);
}

}  // namespace scrawl
