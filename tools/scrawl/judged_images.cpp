#include "judged_images.h"

#include "base/text.h"
#include "output.h"

#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

using NameOf = std::string (*)(std::span<const std::string> classes, std::size_t c);

std::string reading(const Judgement& judgement, std::span<const std::string> classes, NameOf name) {
  const std::string label = name(classes, judgement.label);
  return judgement.is_mistake() ? label + " read as " + name(classes, judgement.prediction) : label;
}

}  // namespace

std::string class_text(std::span<const std::string> classes, std::size_t c) {
  return c < classes.size() && !classes[c].empty() ? printable(classes[c]) : std::to_string(c);
}

std::vector<std::string> printable_names(std::span<const std::string> classes) {
  std::vector<std::string> names;
  names.reserve(classes.size());
  for (const auto& name : classes) names.push_back(printable(name));
  return names;
}

std::string reading(const Judgement& judgement, std::span<const std::string> classes) {
  return reading(judgement, classes, class_text);
}

Tile to_tile(const Judgement& judgement, std::span<const std::string> classes,
             std::span<const std::uint8_t> pixels) {
  return {pixels, reading(judgement, classes, picture_class_name), judgement.is_mistake()};
}

void print_legend(std::span<const std::string> classes) {
  for (const auto& line : picture_legend(classes)) print_line("  " + line);
}

nlohmann::ordered_json to_json(const Judgement& judgement) {
  return {{"index", judgement.index},
          {"label", judgement.label},
          {"prediction", judgement.prediction},
          {"label_probability", judgement.label_probability},
          {"confidence", judgement.confidence}};
}

}  // namespace scrawl::tool
