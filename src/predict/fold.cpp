#include "predict/fold.h"

#include "model/layer_arrays.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

namespace scrawl {
namespace {

/// Whether the normalisation could be folded into the layer before it.
bool fold_norm(const NormScale& norm, FoldedLayer& layer) {
  // A picture of one channel and one row is normalised as a plain vector: each place by itself.
  if (as<Conv2d>(layer.spec) && layer.output.channels != norm.factors.size()) return false;
  const std::size_t outputs = add_bias(layer);
  if (outputs == 0) return false;
  for (std::size_t i = 0; i < layer.parameters.size(); ++i) layer.parameters[i] *= norm.factors[i % outputs];
  double* const bias = layer.parameters.data() + layer.parameters.size() - outputs;
  for (std::size_t o = 0; o < outputs; ++o) bias[o] += norm.offsets[o];
  return true;
}

/// The layer into which a normalisation after it can be folded; null if there is none. Max pooling may stand
/// between them if all factors are above 0, because these keep the order of the values.
FoldedLayer* layer_to_norm(std::vector<FoldedLayer>& layers, const NormScale& norm) {
  const auto before = std::find_if(layers.rbegin(), layers.rend(),
                                   [](const auto& layer) { return as<MaxPool>(layer.spec) == nullptr; });
  if (before == layers.rend()) return nullptr;
  if (before == layers.rbegin()) return &*before;
  const bool keeps_order =
      std::all_of(norm.factors.begin(), norm.factors.end(), [](double factor) { return factor > 0; });
  return keeps_order && as<Conv2d>(before->spec) ? &*before : nullptr;
}

/// weights (rows x columns) for what whitening does to the pixels: W x = W' p, where x = whitening p.
std::vector<double> whitened(const std::vector<float>& whitening, const double* weights, std::size_t rows,
                             std::size_t columns) {
  std::vector<double> product(rows * columns);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t p = 0; p < rows; ++p)
      for (std::size_t c = 0; c < columns; ++c)
        product[p * columns + c] += double{whitening[r * rows + p]} * weights[r * columns + c];
  return product;
}

}  // namespace

NormScale norm_scale(const Network& network, std::size_t layer) {
  const NormArrays arrays = norm_arrays(network, layer);
  FoldedLayer norm{
      .spec = network.spec().layers[layer], .input = {}, .output = {}, .parameters = {}, .state = {}};
  norm.parameters.assign(arrays.weight.begin(), arrays.weight.end());
  norm.parameters.insert(norm.parameters.end(), arrays.bias.begin(), arrays.bias.end());
  norm.state = arrays.mean;
  norm.state.insert(norm.state.end(), arrays.variance.begin(), arrays.variance.end());
  return norm_scale(norm);
}

NormScale norm_scale(const FoldedLayer& layer) {
  const double epsilon = double{std::get<BatchNorm>(layer.spec).epsilon};
  const std::size_t channels = layer.parameters.size() / 2;
  NormScale scale{std::vector<double>(channels), std::vector<double>(channels)};
  for (std::size_t c = 0; c < channels; ++c) {
    scale.factors[c] = layer.parameters[c] / std::sqrt(double{layer.state[channels + c]} + epsilon);
    scale.offsets[c] = layer.parameters[channels + c] - double{layer.state[c]} * scale.factors[c];
  }
  return scale;
}

std::vector<FoldedLayer> fold_layers(const Network& network) {
  const ModelSpec& spec = network.spec();
  std::vector<FoldedLayer> layers;
  layers.reserve(spec.layers.size());
  const float* parameter = network.parameters().data();
  const float* state = network.state().data();
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    FoldedLayer next{.spec = spec.layers[i],
                     .input = i == 0 ? spec.input : network.shapes()[i - 1],
                     .output = network.shapes()[i],
                     .parameters = {},
                     .state = {}};
    const auto layer = make_layer<float>(next.spec, next.input);
    std::size_t parameters = 0;
    for (const auto& info : layer->parameters()) parameters += info.size();
    next.parameters.assign(parameter, parameter + parameters);
    const std::size_t states = layer->traits().state_size;
    next.state.assign(state, state + states);
    parameter += parameters;
    state += states;
    const bool is_last_of_none = i + 1 == spec.layers.size() && layers.empty();
    if (as<Dropout>(next.spec) && !is_last_of_none) continue;
    if (as<BatchNorm>(next.spec)) {
      const NormScale norm = norm_scale(network, i);
      FoldedLayer* const before = layer_to_norm(layers, norm);
      if (before && fold_norm(norm, *before)) continue;
    }
    layers.push_back(std::move(next));
  }
  return layers;
}

Network fold_batchnorm(const Network& network) {
  const auto layers = fold_layers(network);
  ModelSpec spec{.input = network.spec().input, .layers = {}};
  for (const auto& layer : layers) spec.layers.push_back(layer.spec);
  Network folded(std::move(spec));
  auto parameter = folded.parameters().begin();
  auto state = folded.state().begin();
  for (const auto& layer : layers) {
    parameter = std::copy(layer.parameters.begin(), layer.parameters.end(), parameter);
    state = std::copy(layer.state.begin(), layer.state.end(), state);
  }
  return folded;
}

std::size_t add_bias(FoldedLayer& layer) {
  return std::visit(
      [&]<class Spec>(Spec& spec) -> std::size_t {
        if constexpr (requires { spec.bias; }) {
          if (!std::exchange(spec.bias, true))
            layer.parameters.resize(layer.parameters.size() + spec.outputs);
          return spec.outputs;
        }
        return 0;
      },
      layer.spec);
}

void fold_preprocessing(const Preprocessing& preprocessing, FoldedLayer& layer) {
  const std::size_t inputs = layer.input.size();
  const std::size_t columns = layer.output.size();
  double* const weights = layer.parameters.data();
  double* const bias = weights + inputs * columns;
  if (!preprocessing.whitening.empty()) {
    const auto product = whitened(preprocessing.whitening, weights, inputs, columns);
    std::copy(product.begin(), product.end(), weights);
  }
  const auto of = [](const std::vector<float>& values, std::size_t pixel, double otherwise) {
    return values.empty() ? otherwise : double{values[values.size() == 1 ? 0 : pixel]};
  };
  for (std::size_t p = 0; p < inputs; ++p) {
    const double deviation = of(preprocessing.deviation, p, 1);
    const double factor = double{preprocessing.factor} / preprocessing.divisor / deviation;
    const double background = (preprocessing.offset - of(preprocessing.mean, p, 0)) / deviation;
    for (std::size_t c = 0; c < columns; ++c) {
      double& weight = weights[p * columns + c];
      bias[c] += background * weight;
      weight *= factor;
    }
  }
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
