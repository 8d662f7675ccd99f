#include "judged_images.h"

#include "base/text.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace scrawl::tool {

std::string class_text(std::span<const std::string> classes, std::size_t c) {
  const bool printable =
      c < classes.size() && !classes[c].empty() &&
      std::all_of(classes[c].begin(), classes[c].end(), [](char byte) { return byte >= ' ' && byte <= '~'; });
  return printable ? classes[c] : std::to_string(c);
}

std::vector<std::string> printable_names(std::span<const std::string> classes) {
  std::vector<std::string> names;
  names.reserve(classes.size());
  for (const auto& name : classes) names.push_back(printable(name));
  return names;
}

std::string reading(const Judgement& judgement, std::span<const std::string> classes) {
  const std::string label = class_text(classes, judgement.label);
  return judgement.is_mistake() ? label + " read as " + class_text(classes, judgement.prediction) : label;
}

Tile to_tile(const Judgement& judgement, std::span<const std::string> classes,
             std::span<const std::uint8_t> pixels) {
  return {pixels, reading(judgement, classes), judgement.is_mistake()};
}

nlohmann::ordered_json to_json(const Judgement& judgement) {
  return {{"index", judgement.index},
          {"label", judgement.label},
          {"prediction", judgement.prediction},
          {"label_probability", judgement.label_probability},
          {"confidence", judgement.confidence}};
}

}  // namespace scrawl::tool
