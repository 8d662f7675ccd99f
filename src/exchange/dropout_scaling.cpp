#include "exchange/dropout_scaling.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <optional>
#include <string>
#include <utility>

namespace scrawl {
namespace {

bool has_weights(const LayerSpec& layer) {
  return std::holds_alternative<Dense>(layer) || std::holds_alternative<Conv2d>(layer);
}

/// f(a x) = a f(x) for a > 0.
bool keeps_factors(const LayerSpec& layer) {
  return std::holds_alternative<Relu>(layer) || std::holds_alternative<LeakyRelu>(layer) ||
         std::holds_alternative<MaxPool>(layer) || std::holds_alternative<AveragePool>(layer) ||
         std::holds_alternative<GlobalAveragePool>(layer) || std::holds_alternative<Flatten>(layer) ||
         std::holds_alternative<Dropout>(layer);
}

std::optional<std::size_t> weights_behind(const ModelSpec& spec, std::size_t place) {
  for (std::size_t i = place + 1; i < spec.layers.size(); ++i) {
    if (has_weights(spec.layers[i])) return i;
    if (!keeps_factors(spec.layers[i])) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::size_t> weights_before(const ModelSpec& spec, std::size_t place) {
  for (std::size_t i = place; i-- > 0;) {
    if (has_weights(spec.layers[i])) return i;
    if (!keeps_factors(spec.layers[i])) return std::nullopt;
  }
  return std::nullopt;
}

void scale(Network& network, const std::string& name, float factor) {
  for (const auto& info : network.parameter_infos())
    if (info.name == name)
      for (auto& value : network.parameters().subspan(info.offset, info.size())) value *= factor;
}

}  // namespace

std::vector<std::string> fold_dropout_scaling(Network& network, const std::string& file) {
  const ModelSpec& spec = network.spec();
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const auto* dropout = std::get_if<Dropout>(&spec.layers[i]);
    if (dropout == nullptr) continue;
    const float factor = 1 - dropout->rate;
    const auto behind = weights_behind(spec, i);
    const auto target = behind ? behind : weights_before(spec, i);
    const std::string text = "layer " + std::to_string(i) + ", " + to_string(spec.layers[i]);
    if (!target)
      throw Error(
          ErrorCode::invalid_argument,
          "the factor of " + text +
              " fits into no layer beside it; leave --dropout-scaling out, and scale the weights where "
              "they were trained",
          file);
    const std::string place = std::to_string(*target);
    scale(network, place + ".weight", factor);
    if (!behind) scale(network, place + ".bias", factor);
    std::string line = text;
    line.append(": its factor ").append(shortest(factor)).append(" went into layer ").append(place);
    lines.push_back(std::move(line));
  }
  if (lines.empty())
    throw Error(
        ErrorCode::invalid_argument,
        "the model has no dropout, whose factor --dropout-scaling could take along; say where it stands, "
        "as in 'dense 50 > relu > dropout 0.5 > dense 10'",
        file);
  return lines;
}

}  // namespace scrawl
