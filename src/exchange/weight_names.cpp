#include "exchange/weight_names.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace scrawl {
namespace {

struct NormPart {
  std::string_view name;
  ArrayRole role;
};
constexpr std::array<NormPart, 7> norm_parts = {{{"gamma", ArrayRole::weight},
                                                 {"beta", ArrayRole::bias},
                                                 {"running_mean", ArrayRole::mean},
                                                 {"moving_mean", ArrayRole::mean},
                                                 {"running_var", ArrayRole::variance},
                                                 {"moving_var", ArrayRole::variance},
                                                 {"moving_variance", ArrayRole::variance}}};

}  // namespace

NameMeaning meaning_of(std::string_view name) {
  if (name.ends_with(":0")) name.remove_suffix(2);  // TensorFlow's
  const auto cut = name.find_last_of("./");
  const auto last = cut == std::string_view::npos ? name : name.substr(cut + 1);
  const std::string key(cut == std::string_view::npos ? "" : name.substr(0, cut));
  if (last == "weight") return {ArrayRole::weight, key, WeightOrder::out_in, WeightOrder::out_in};
  if (last == "kernel") return {ArrayRole::weight, key, WeightOrder::in_out, WeightOrder::in_out};
  if (last == "bias") return {ArrayRole::bias, key};
  // NumPy tutorials: W1, b1, W2 ...; params.W1 where they lie in a dictionary.
  const auto digits =
      static_cast<std::size_t>(std::find_if_not(last.rbegin(), last.rend(), is_digit) - last.rbegin());
  const auto word = last.substr(0, last.size() - digits);
  if (digits > 0) {
    const std::string numbered = key + std::string(last.substr(word.size()));
    if (word == "W" || word == "w")
      return {ArrayRole::weight, numbered, WeightOrder::in_out, WeightOrder::out_in};
    if (word == "b" || word == "B") return {ArrayRole::bias, numbered};
  }
  // Those of batch normalisation are counted by themselves: gamma1 may stand beside W1 or W7.
  const auto part = std::find_if(norm_parts.begin(), norm_parts.end(),
                                 [&](const NormPart& known) { return known.name == word; });
  if (part == norm_parts.end()) return {};
  return {part->role, digits == 0 ? key : key + "norm" + std::string(last.substr(word.size()))};
}

std::string skeleton(std::string text) {
  std::erase_if(text, is_digit);
  return text;
}

}  // namespace scrawl
