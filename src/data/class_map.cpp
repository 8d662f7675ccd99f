#include "scrawl/data_files.h"
#include "scrawl/error.h"

#include "base/text.h"
#include "data/arrays.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace scrawl {
namespace {

constexpr std::string_view by_position = "by-position";

Error bad(const std::string& message) { return {ErrorCode::invalid_argument, message}; }

/// "0, 1, 2", cut where there are very many.
std::string list(std::span<const std::string> names) {
  constexpr std::size_t most_names = 64;
  constexpr std::size_t most_letters = 32;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most_names); ++i)
    text += (i ? ", " : "") + printable(names[i], most_letters);
  return names.size() > most_names ? text + " ... (" + std::to_string(names.size()) + " in all)" : text;
}

/// The index of a name; throws Error that lists all names if it is unknown.
std::size_t place_of(const std::string& name, std::span<const std::string> names, const std::string& owner) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  throw bad("--map: there is no class '" + printable(name) + "' in " + owner + ", which has the classes " +
            list(names));
}

/// For each class of the data set the one that it is; nothing for a class of which `classes` knows nothing.
std::vector<std::optional<std::size_t>> places_of(const Dataset& data, const std::vector<std::string>& names,
                                                  std::span<const std::string> classes, const ClassMap& map,
                                                  const ClassOwner& owner) {
  std::vector<std::optional<std::size_t>> places(names.size());
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto at = std::find(classes.begin(), classes.end(), names[c]);
    if (map.by_position ? c < classes.size() : at != classes.end())
      places[c] = map.by_position ? c : static_cast<std::size_t>(at - classes.begin());
  }
  for (const auto& [from, to] : map.pairs)
    places[place_of(from, names, data.name)] = place_of(to, classes, std::string(owner.name));
  return places;
}

Error disagreement(const Dataset& data, std::span<const std::string> names, std::size_t missing,
                   std::span<const std::string> classes, const ClassOwner& owner) {
  const std::string name = printable(names[missing]);
  std::string message = "has the classes " + list(names) + ", and " + std::string(owner.name) + " has " +
                        list(classes) + ": there is no '" + name + "'; ";
  if (owner.remedy.empty())
    message += "say which is which with --map, such as --map " + name + "=" +
               (classes.empty() ? "0" : printable(classes[0])) +
               ", or --map by-position if the order is the same";
  else
    message += owner.remedy;
  return {ErrorCode::invalid_argument, message, data.name};
}

}  // namespace

std::vector<std::string> names_of_classes(const Dataset& data) {
  std::vector<std::string> names = data.class_names;
  std::size_t classes = data.classes;
  for (const auto label : data.labels) classes = std::max<std::size_t>(classes, label + 1U);
  for (std::size_t c = names.size(); c < classes; ++c) names.push_back(std::to_string(c));
  return names;
}

ClassMap parse_class_map(std::string_view text) {
  ClassMap map;
  if (text == by_position) {
    map.by_position = true;
    return map;
  }
  for (const std::string_view pair : split(text, ',')) {
    const auto equals = pair.find('=');
    const std::string from(trimmed(pair.substr(0, equals)));
    const std::string to(trimmed(equals == pair.npos ? "" : pair.substr(equals + 1)));
    if (from.empty() || to.empty())
      throw bad("--map: '" + printable(pair) +
                "' is not a pair of classes; expected pairs DATA=MODEL, such as 0=A,1=B, or by-position");
    if (std::any_of(map.pairs.begin(), map.pairs.end(),
                    [&](const auto& other) { return other.first == from; }))
      throw bad("--map: the class '" + printable(from) + "' is given twice");
    map.pairs.emplace_back(from, to);
  }
  return map;
}

void match_classes(Dataset& data, std::span<const std::string> classes, const ClassMap& map,
                   const ClassOwner& owner) {
  const std::vector<std::string> names = names_of_classes(data);
  const auto places =
      places_of(data, names, classes.first(std::min(classes.size(), most_classes)), map, owner);
  std::vector<bool> has_images(names.size());
  for (const auto label : data.labels) has_images[label] = true;
  bool changes = !data.class_names.empty() || map.by_position;
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (!has_images[c]) continue;
    if (!places[c]) throw disagreement(data, names, c, classes, owner);
    changes = changes || *places[c] != c;
  }
  if (!changes) return;
  for (auto& label : data.labels) label = static_cast<std::uint8_t>(*places[label]);
  data.classes = classes.size();
  data.class_names.assign(classes.begin(), classes.end());
}

}  // namespace scrawl
