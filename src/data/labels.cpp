#include "data/labels.h"

#include "base/natural_order.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace scrawl {
namespace {

std::optional<std::uint8_t> label_of(std::string_view text) {
  std::uint8_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Labels labels_of_texts(std::span<const std::uint8_t> places, const std::vector<std::string>& texts) {
  Labels labels;
  std::vector<std::uint8_t> values;  // of each text
  for (const auto& text : texts)
    if (const auto number = label_of(text)) values.push_back(*number);
  if (values.size() < texts.size()) {
    labels.names = texts;
    std::sort(labels.names.begin(), labels.names.end(), natural_less);
    values.clear();
    for (const auto& text : texts) {
      const auto at = std::find(labels.names.begin(), labels.names.end(), text);
      values.push_back(static_cast<std::uint8_t>(at - labels.names.begin()));
    }
  }
  labels.values.reserve(places.size());
  for (const auto place : places) labels.values.push_back(values[place]);
  return labels;
}

}  // namespace scrawl
