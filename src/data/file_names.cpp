#include "data/file_names.h"

#include "base/file_system.h"
#include "base/text.h"

#include <algorithm>
#include <cctype>
#include <tuple>
#include <utility>

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

DataName parse_data_name(std::string_view name) {
  using Role = DataName::Role;
  static constexpr std::pair<std::string_view, Part> part_words[] = {
      {"train", Part::train},          {"training", Part::train}, {"test", Part::test},
      {"testing", Part::test},         {"val", Part::validation}, {"valid", Part::validation},
      {"validation", Part::validation}};
  static constexpr std::pair<std::string_view, Role> role_words[] = {
      {"images", Role::images},  {"image", Role::images},  {"img", Role::images},
      {"imgs", Role::images},    {"x", Role::images},      {"features", Role::images},
      {"pixels", Role::images},  {"labels", Role::labels}, {"label", Role::labels},
      {"lbl", Role::labels},     {"lbls", Role::labels},   {"y", Role::labels},
      {"targets", Role::labels}, {"target", Role::labels}};
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  const auto role_of = [](std::string_view word) {
    const auto at = std::find_if(std::begin(role_words), std::end(role_words),
                                 [&](const auto& known) { return known.first == word; });
    return at == std::end(role_words) ? Role::unknown : at->second;
  };
  DataName result;
  // A word is a part, a role, or both without a gap, as in "trainX" and "Ytest".
  const auto read_word = [&](std::string_view word) {
    if (const Role role = role_of(word); role != Role::unknown) result.role = role;
    for (const auto& [part_word, part] : part_words) {
      std::string_view rest = word;
      if (word.starts_with(part_word))
        rest.remove_prefix(part_word.size());
      else if (word.ends_with(part_word))
        rest.remove_suffix(part_word.size());
      else
        continue;
      const Role role = role_of(rest);
      if (!rest.empty() && role == Role::unknown) continue;
      if (!result.part) result.part = part;
      if (role != Role::unknown) result.role = role;
    }
  };
  std::string word;
  for (std::size_t i = 0; i <= name.size(); ++i) {
    const std::string_view rest = name.substr(std::min(i, name.size()));
    if (word.empty() && lower_case(rest.substr(0, 4)) == "t10k" &&
        (rest.size() == 4 || !is_letter(rest[4])) && !result.part)
      result.part = Part::test;
    if (i < name.size() && is_letter(name[i])) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
      continue;
    }
    read_word(word);
    word.clear();
  }
  return result;
}

}  // namespace scrawl
