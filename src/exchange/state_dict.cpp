#include "exchange/state_dict.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "exchange/weight_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>

namespace scrawl {
namespace {

template <std::size_t Size>
bool is_one_of(std::string_view text, const std::array<std::string_view, Size>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

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
  const std::string name = lower(array.name);
  const std::string_view last = last_part(name);
  const std::string_view folders = std::string_view(name).substr(0, name.size() - last.size());
  if (folders.find("optim") != std::string_view::npos || is_one_of(last, names)) return true;
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
    if (meaning.key == top && lower(top).find("model") == std::string::npos &&
        lower(top).find("state_dict") == std::string::npos)
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
    std::string text;
    for (std::size_t i = 0; i < std::min(parts.size(), most); ++i)
      text += (i == 0 ? "left out: " : ", ") + parts[i];
    return parts.size() > most ? text + ", and more" : text;
  }

 private:
  std::map<std::string, std::size_t> counts_;
  std::vector<std::string> alone_;
};

}  // namespace

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
