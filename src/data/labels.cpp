#include "data/labels.h"

#include "base/natural_order.h"
#include "base/text.h"

#include <algorithm>

namespace scrawl {
Labels labels_of_texts(std::span<const std::uint8_t> places, const std::vector<std::string>& texts) {
  Labels labels;
  std::vector<std::uint8_t> values;  // of each text
  for (const auto& text : texts)
    if (const auto number = parse_number<std::uint8_t>(text)) values.push_back(*number);
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
