#include "predict/fold.h"

#include "nn/layers.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>
#include <vector>

namespace scrawl {
namespace {

/// A layer of the new network, with its values in double until all that follows is folded into it.
struct FoldedLayer {
  LayerSpec spec;
  std::vector<double> parameters;
  std::vector<float> state;
};

/// What stands in a network for one of its layers.
struct Part {
  const LayerSpec& spec;
  const Shape& output;
  std::span<const float> parameters;
  std::span<const float> state;
};

/// The number of outputs of a layer with weights (inputs, outputs) that a normalisation of its `output` can
/// be folded into, after it got a bias; otherwise 0.
std::size_t prepare(FoldedLayer& layer, const Shape& output) {
  const auto add_bias = [&](auto& spec) {
    if (!std::exchange(spec.bias, true)) layer.parameters.resize(layer.parameters.size() + spec.outputs);
    return spec.outputs;
  };
  if (auto* dense = std::get_if<Dense>(&layer.spec)) return add_bias(*dense);
  auto* conv = std::get_if<Conv2d>(&layer.spec);
  // A picture of one channel and one row is normalised as a plain vector: each place by itself.
  if (conv == nullptr || normalised_channels(output) != output.channels) return 0;
  return add_bias(*conv);
}

bool fold_into(FoldedLayer& layer, const BatchNorm& norm, const Part& part) {
  const std::size_t outputs = prepare(layer, part.output);
  if (outputs == 0) return false;
  const std::size_t weights = layer.parameters.size() - outputs;
  std::vector<double> scale(outputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    const double variance = static_cast<double>(part.state[outputs + o]);
    scale[o] =
        static_cast<double>(part.parameters[o]) / std::sqrt(variance + static_cast<double>(norm.epsilon));
    double& bias = layer.parameters[weights + o];
    bias = (bias - static_cast<double>(part.state[o])) * scale[o] +
           static_cast<double>(part.parameters[outputs + o]);
  }
  for (std::size_t i = 0; i < weights; ++i) layer.parameters[i] *= scale[i % outputs];
  return true;
}

std::vector<FoldedLayer> fold_layers(const Network& network) {
  const ModelSpec& spec = network.spec();
  std::vector<FoldedLayer> layers;
  layers.reserve(spec.layers.size());
  std::size_t parameter = 0;
  std::size_t state = 0;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const auto layer = make_layer<float>(spec.layers[i], i == 0 ? spec.input : network.shapes()[i - 1]);
    std::size_t parameters = 0;
    for (const auto& info : layer->parameters()) parameters += info.size();
    const Part part{spec.layers[i], network.shapes()[i], network.parameters().subspan(parameter, parameters),
                    network.state().subspan(state, layer->state_size())};
    parameter += parameters;
    state += layer->state_size();
    const bool is_last_of_none = i + 1 == spec.layers.size() && layers.empty();
    if (std::holds_alternative<Dropout>(part.spec) && !is_last_of_none) continue;
    const auto* norm = std::get_if<BatchNorm>(&part.spec);
    if (norm && !layers.empty() && fold_into(layers.back(), *norm, part)) continue;
    layers.push_back({part.spec,
                      {part.parameters.begin(), part.parameters.end()},
                      {part.state.begin(), part.state.end()}});
  }
  return layers;
}

/// weights (rows x columns) for what whitening does to the pixels: W x = W' p, where x = whitening p.
std::vector<double> whitened(const std::vector<float>& whitening, const std::vector<double>& weights,
                             std::size_t rows, std::size_t columns) {
  std::vector<double> product(weights.size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t p = 0; p < rows; ++p)
      for (std::size_t c = 0; c < columns; ++c)
        product[p * columns + c] += double{whitening[r * rows + p]} * weights[r * columns + c];
  return product;
}

}  // namespace

Network fold_batchnorm(const Network& network) {
  const auto layers = fold_layers(network);
  ModelSpec spec{.input = network.spec().input, .layers = {}};
  for (const auto& layer : layers) spec.layers.push_back(layer.spec);
  Network folded(std::move(spec));
  auto parameter = folded.parameters().begin();
  auto state = folded.state().begin();
  for (const auto& layer : layers) {
    parameter = std::transform(layer.parameters.begin(), layer.parameters.end(), parameter,
                               [](double value) { return static_cast<float>(value); });
    state = std::copy(layer.state.begin(), layer.state.end(), state);
  }
  return folded;
}

void fold_preprocessing(const Preprocessing& preprocessing, DenseArrays& layer) {
  const std::size_t columns = layer.outputs;
  std::vector<double> weights(layer.weight.begin(), layer.weight.end());
  std::vector<double> bias(layer.bias.begin(), layer.bias.end());
  if (!preprocessing.whitening.empty())
    weights = whitened(preprocessing.whitening, weights, layer.inputs, columns);
  const auto of = [](const std::vector<float>& values, std::size_t pixel, double otherwise) {
    return values.empty() ? otherwise : double{values[values.size() == 1 ? 0 : pixel]};
  };
  for (std::size_t p = 0; p < layer.inputs; ++p) {
    const double deviation = of(preprocessing.deviation, p, 1);
    const double factor = double{preprocessing.factor} / preprocessing.divisor / deviation;
    const double background = (preprocessing.offset - of(preprocessing.mean, p, 0)) / deviation;
    for (std::size_t c = 0; c < columns; ++c) {
      double& weight = weights[p * columns + c];
      bias[c] += background * weight;
      weight *= factor;
    }
  }
  std::copy(weights.begin(), weights.end(), layer.weight.begin());
  std::copy(bias.begin(), bias.end(), layer.bias.begin());
}

Preprocessing fold_standardisation(const Preprocessing& preprocessing) {
  if (!preprocessing.maps_bytes()) return preprocessing;
  const double mean = preprocessing.mean.empty() ? 0 : preprocessing.mean[0];
  const double deviation = preprocessing.deviation.empty() ? 1 : preprocessing.deviation[0];
  return {.divisor = preprocessing.divisor,
          .factor = static_cast<float>(preprocessing.factor / deviation),
          .offset = static_cast<float>((preprocessing.offset - mean) / deviation)};
}

}  // namespace scrawl
