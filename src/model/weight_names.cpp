#include "model/weight_names.h"

#include <algorithm>

namespace scrawl {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

NameMeaning meaning_of(std::string_view name) {
  if (name.ends_with(":0")) name.remove_suffix(2);  // TensorFlow's
  const auto cut = name.find_last_of("./");
  const auto last = cut == std::string_view::npos ? name : name.substr(cut + 1);
  const std::string key(cut == std::string_view::npos ? "" : name.substr(0, cut));
  if (last == "weight") return {ArrayRole::weight, key, WeightOrder::out_in};
  if (last == "kernel") return {ArrayRole::weight, key, WeightOrder::in_out};
  if (last == "bias") return {ArrayRole::bias, key, std::nullopt};
  // NumPy tutorials: W1, b1, W2 ...; params.W1 where they lie in a dictionary.
  if (last.size() > 1 && std::all_of(last.begin() + 1, last.end(), is_digit)) {
    const std::string numbered = key + std::string(last.substr(1));
    if (last[0] == 'W' || last[0] == 'w') return {ArrayRole::weight, numbered, WeightOrder::in_out};
    if (last[0] == 'b' || last[0] == 'B') return {ArrayRole::bias, numbered, std::nullopt};
  }
  return {};
}

std::string skeleton(std::string text) {
  std::erase_if(text, is_digit);
  return text;
}

}  // namespace scrawl
