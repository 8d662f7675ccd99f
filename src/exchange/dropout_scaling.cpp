#include "exchange/dropout_scaling.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "nn/layer_kinds.h"

#include <optional>
#include <string>
#include <utility>

namespace scrawl {
namespace {

std::optional<std::size_t> weights_behind(const ModelSpec& spec, std::size_t place) {
  for (std::size_t i = place + 1; i < spec.layers.size(); ++i) {
    if (has_products(spec.layers[i])) return i;
    if (!facts_of(spec.layers[i]).keeps_factors) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::size_t> weights_before(const ModelSpec& spec, std::size_t place) {
  for (std::size_t i = place; i-- > 0;) {
    if (has_products(spec.layers[i])) return i;
    if (!facts_of(spec.layers[i]).keeps_factors) return std::nullopt;
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
    const auto* dropout = as<Dropout>(spec.layers[i]);
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
    throw Error(ErrorCode::invalid_argument,
                "the model has no dropout layer for --dropout-scaling; add it to the model text, "
                "as in 'dense 50 > relu > dropout 0.5 > dense 10'",
                file);
  return lines;
}

}  // namespace scrawl
