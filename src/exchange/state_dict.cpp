#include "exchange/state_dict.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

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

std::string_view last_part(std::string_view name) { return name.substr(name.find_last_of("./") + 1); }

/// The dictionary at the top of a checkpoint that the array lies in; "" for none.
std::string top_part(const std::string& name) {
  const auto cut = name.find_first_of("./");
  return cut == std::string::npos ? "" : name.substr(0, cut);
}

bool is_of_a_layer(const Tensor& array) { return meaning_of(array.name).role != ArrayRole::unknown; }

/// What an optimizer or a training loop keeps beside the weights.
bool belongs_to_training(const Tensor& array) {
  static constexpr std::array<std::string_view, 5> names = {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq",
                                                            "momentum_buffer"};
  const std::string name = lower_case(array.name);
  const std::string_view last = last_part(name);
  const std::string_view folders = std::string_view(name).substr(0, name.size() - last.size());
  if (folders.find("optim") != std::string_view::npos ||
      std::find(names.begin(), names.end(), last) != names.end())
    return true;
  return !is_of_a_layer(array) && count_values(array.shape) == 1;
}

/// What the arrays at the top of one dictionary are.
struct Dictionary {
  std::size_t weights = 0;
  bool known_arrays_only = true;
  bool is_layer = false;  // "fc1" of "fc1.weight"
};

/// The names of the dictionaries that hold a network of so many layers.
std::vector<std::string> complete_ones(const std::vector<Tensor>& arrays, std::size_t layers) {
  std::map<std::string, Dictionary> dictionaries;
  for (const auto& array : arrays) {
    const std::string top = top_part(array.name);
    Dictionary& dictionary = dictionaries[top];
    const NameMeaning meaning = meaning_of(array.name);
    dictionary.weights += meaning.role == ArrayRole::weight ? 1 : 0;
    if (meaning.role == ArrayRole::unknown) dictionary.known_arrays_only = false;
    if (meaning.key == top && lower_case(top).find("model") == std::string::npos &&
        lower_case(top).find("state_dict") == std::string::npos)
      dictionary.is_layer = true;
  }
  std::vector<std::string> names;
  for (const auto& [name, dictionary] : dictionaries)
    if (!name.empty() && !dictionary.is_layer && dictionary.known_arrays_only && dictionary.weights == layers)
      names.push_back(name);
  return names;
}

/// Counts what is left out, by the dictionaries that it lay in.
class LeftOut {
 public:
  void add(const Tensor& array) {
    const std::string top = top_part(array.name);
    if (top.empty())
      alone_.push_back(printable(array.name));
    else
      ++counts_[top];
  }
  std::string text() const {
    constexpr std::size_t most = 10;
    std::vector<std::string> parts;
    for (const auto& [top, count] : counts_)
      parts.push_back(std::to_string(count) + (count == 1 ? " array of " : " arrays of ") + printable(top));
    parts.insert(parts.end(), alone_.begin(), alone_.end());
    const bool are_all = parts.size() <= most;
    parts.resize(std::min(parts.size(), most));
    return (parts.empty() ? "" : "left out: ") + joined(parts) + (are_all ? "" : ", and more");
  }

 private:
  std::map<std::string, std::size_t> counts_;
  std::vector<std::string> alone_;
};

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

std::string keep_state_dict(std::vector<Tensor>& arrays, std::size_t layers, const std::string& file) {
  if (std::none_of(arrays.begin(), arrays.end(), is_of_a_layer)) return "";
  // Batch normalisation counts its steps, which nothing needs in recognition.
  std::erase_if(arrays, [](const Tensor& array) { return last_part(array.name) == "num_batches_tracked"; });
  LeftOut left_out;
  const auto leave_out = [&](const auto& unwanted) {
    std::erase_if(arrays, [&](const Tensor& array) {
      const bool goes = unwanted(array);
      if (goes) left_out.add(array);
      return goes;
    });
  };
  leave_out(belongs_to_training);
  const auto weights = std::count_if(arrays.begin(), arrays.end(), [](const Tensor& array) {
    return meaning_of(array.name).role == ArrayRole::weight;
  });
  if (static_cast<std::size_t>(weights) == layers && std::all_of(arrays.begin(), arrays.end(), is_of_a_layer))
    return left_out.text();
  const auto at_top = std::count_if(arrays.begin(), arrays.end(), [](const Tensor& array) {
    return top_part(array.name).empty() && meaning_of(array.name).role == ArrayRole::weight;
  });
  if (static_cast<std::size_t>(at_top) == layers && layers > 0) {
    // W1 beside m/W1: what lies in dictionaries is of an optimizer.
    leave_out([](const Tensor& array) { return !top_part(array.name).empty(); });
    return left_out.text();
  }
  const auto candidates = complete_ones(arrays, layers);
  if (candidates.size() > 1)
    throw Error(ErrorCode::bad_data,
                "contains several networks that fit, '" + printable(candidates[0]) + "' and '" +
                    printable(candidates[1]) +
                    "'; save only the one you want, as in torch.save(checkpoint[\"" +
                    printable(candidates[0]) + "\"], \"weights.pt\")",
                file);
  if (candidates.size() == 1)
    leave_out([&](const Tensor& array) { return top_part(array.name) != candidates[0]; });
  return left_out.text();
}

}  // namespace scrawl
