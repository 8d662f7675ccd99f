#include "nn/layer_text.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace scrawl {
namespace {

/// " name value" where the value is not the usual one.
template <class Value>
std::string option(std::string_view name, Value value, Value usual) {
  if (value == usual) return "";
  const std::string text = [&] {
    if constexpr (std::is_floating_point_v<Value>)
      return shortest(value);
    else
      return std::to_string(value);
  }();
  return " " + std::string(name) + " " + text;
}

struct LayerWriter {
  std::string operator()(const Dense& dense) const {
    return "dense " + std::to_string(dense.outputs) + (dense.bias ? "" : " nobias");
  }
  std::string operator()(const Conv2d& conv) const {
    return "conv " + std::to_string(conv.outputs) + " " + std::to_string(conv.kernel_height) + "x" +
           std::to_string(conv.kernel_width) + option("stride", conv.stride, Conv2d().stride) +
           option("pad", conv.padding, Conv2d().padding) + (conv.bias ? "" : " nobias");
  }
  std::string operator()(const MaxPool& pool) const { return "maxpool " + pooling(pool); }
  std::string operator()(const AveragePool& pool) const { return "avgpool " + pooling(pool); }
  std::string operator()(const GlobalAveragePool&) const { return "globalavgpool"; }
  std::string operator()(const BatchNorm& norm) const {
    return "batchnorm" + option("momentum", norm.momentum, BatchNorm().momentum) +
           option("epsilon", norm.epsilon, BatchNorm().epsilon);
  }
  std::string operator()(const Dropout& dropout) const { return "dropout " + shortest(dropout.rate); }
  std::string operator()(const Flatten&) const { return "flatten"; }
  std::string operator()(const Sigmoid&) const { return "sigmoid"; }
  std::string operator()(const Relu&) const { return "relu"; }
  std::string operator()(const Tanh&) const { return "tanh"; }
  std::string operator()(const LeakyRelu& relu) const {
    return "leaky-relu" + (relu == LeakyRelu() ? "" : " " + shortest(relu.slope));
  }
  std::string operator()(const Silu&) const { return "silu"; }
  std::string operator()(const CustomLayer& custom) const { return custom.name; }

 private:
  template <class Pool>
  static std::string pooling(const Pool& pool) {
    return std::to_string(pool.size) + option("stride", pool.stride, pool.size) +
           option("pad", pool.padding, Pool().padding);
  }
};

/// Takes a layer's words one by one; the first is its name.
class Words {
 public:
  explicit Words(std::string_view part) : part_(part), words_(layer_words_of(part)) {}

  bool empty() const { return next_ == words_.size(); }

  std::size_t whole(std::string_view what, std::string_view example, std::size_t least = 1) {
    return to_whole(take(what, example), what, least);
  }

  float real(std::string_view what, std::string_view example, float least, float below) {
    const auto word = take(what, example);
    float value = 0;
    const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (status != std::errc{} || end != word.data() + word.size() || !(value >= least && value < below))
      refuse("'" + std::string(word) + "' is not a " + std::string(what) + "; write a number from " +
             shortest(least) + " to below " + shortest(below));
    return value;
  }

  /// HEIGHTxWIDTH.
  std::pair<std::size_t, std::size_t> extents(std::string_view what, std::string_view example) {
    const auto word = take(what, example);
    const auto sides = split(word, 'x');
    if (sides.size() != 2)
      refuse("'" + std::string(word) + "' is not a " + std::string(what) +
             "; write HEIGHTxWIDTH, such as 5x5");
    return {to_whole(sides[0], what, 1), to_whole(sides[1], what, 1)};
  }

  /// Calls read(option) for every option left, each once at most.
  template <std::size_t kCount, class Read>
  void options(const std::array<std::string_view, kCount>& known, const Read& read) {
    std::array<bool, kCount> seen = {};
    while (!empty()) {
      const auto word = words_[next_];
      const auto at = static_cast<std::size_t>(std::find(known.begin(), known.end(), word) - known.begin());
      if (at == kCount) refuse("unknown word '" + std::string(word) + "'" + suggestion(word, known));
      if (std::exchange(seen[at], true)) refuse("'" + std::string(word) + "' stands there twice");
      ++next_;
      read(word);
    }
  }

  void end() const {
    if (!empty()) refuse("'" + std::string(words_[0]) + "' takes no options");
  }

 private:
  std::string_view take(std::string_view what, std::string_view example) {
    if (empty())
      refuse("'" + std::string(words_[0]) + "' needs its " + std::string(what) + ", such as '" +
             std::string(example) + "'");
    return words_[next_++];
  }

  std::size_t to_whole(std::string_view word, std::string_view what, std::size_t least) const {
    std::size_t value = 0;
    const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (status != std::errc{} || end != word.data() + word.size() || value < least)
      refuse("'" + std::string(word) + "' is not a " + std::string(what) + "; write a whole number from " +
             std::to_string(least) + " up");
    return value;
  }

  [[noreturn]] void refuse(const std::string& why) const { refuse_layer(part_, why); }

  std::string_view part_;
  std::vector<std::string_view> words_;
  std::size_t next_ = 1;
};

Dense parse_dense(Words& words) {
  Dense dense{.outputs = words.whole("number of outputs", "dense 50")};
  constexpr std::array<std::string_view, 1> options = {"nobias"};
  words.options(options, [&](std::string_view) { dense.bias = false; });
  return dense;
}

Conv2d parse_conv(Words& words) {
  Conv2d conv{.outputs = words.whole("number of outputs", "conv 16 5x5")};
  std::tie(conv.kernel_height, conv.kernel_width) = words.extents("window", "conv 16 5x5");
  constexpr std::array<std::string_view, 3> options = {"stride", "pad", "nobias"};
  words.options(options, [&](std::string_view option) {
    if (option == "stride") conv.stride = words.whole("number of places", "stride 2");
    if (option == "pad") conv.padding = words.whole("number of places", "pad 2", 0);
    if (option == "nobias") conv.bias = false;
  });
  return conv;
}

template <class Pool>
Pool parse_pool(Words& words) {
  Pool pool;
  pool.size = pool.stride = words.whole("size of window", "maxpool 2");
  constexpr std::array<std::string_view, 2> options = {"stride", "pad"};
  words.options(options, [&](std::string_view option) {
    if (option == "stride") pool.stride = words.whole("number of places", "stride 2");
    if (option == "pad") pool.padding = words.whole("number of places", "pad 1", 0);
  });
  return pool;
}

BatchNorm parse_batchnorm(Words& words) {
  BatchNorm norm;
  constexpr std::array<std::string_view, 2> options = {"momentum", "epsilon"};
  words.options(options, [&](std::string_view option) {
    if (option == "momentum") norm.momentum = words.real("momentum", "momentum 0.1", 0, 1.00001F);
    if (option == "epsilon") norm.epsilon = words.real("small number", "epsilon 1e-5", 1e-12F, 1);
  });
  return norm;
}

}  // namespace

std::string to_string(const LayerSpec& layer) { return std::visit(LayerWriter(), layer); }

std::vector<std::string_view> layer_words_of(std::string_view part) {
  std::vector<std::string_view> words;
  for (const auto word : split(part, ' '))
    if (!trimmed(word).empty()) words.push_back(trimmed(word));
  return words;
}

void refuse_layer(std::string_view part, const std::string& why) {
  throw Error(ErrorCode::invalid_argument, "model text, at '" + std::string(trimmed(part)) + "': " + why);
}

LayerSpec parse_layer(std::string_view part) {
  Words words(part);
  const auto name = layer_words_of(part).at(0);
  if (name == "dense") return parse_dense(words);
  if (name == "conv") return parse_conv(words);
  if (name == "maxpool") return parse_pool<MaxPool>(words);
  if (name == "avgpool") return parse_pool<AveragePool>(words);
  if (name == "batchnorm") return parse_batchnorm(words);
  if (name == "dropout") {
    const Dropout dropout{.rate = words.real("rate", "dropout 0.5", 0, 1)};
    words.end();
    return dropout;
  }
  if (name == "leaky-relu") {
    LeakyRelu relu;
    if (!words.empty()) relu.slope = words.real("slope", "leaky-relu 0.01", 0, 1);
    words.end();
    return relu;
  }
  words.end();
  if (name == "globalavgpool") return GlobalAveragePool{};
  if (name == "flatten") return Flatten{};
  if (name == "sigmoid") return Sigmoid{};
  if (name == "relu") return Relu{};
  if (name == "tanh") return Tanh{};
  return Silu{};
}

}  // namespace scrawl
