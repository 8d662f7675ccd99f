#include "model/layer_arrays.h"

#include "nn/layer_kinds.h"
#include "nn/layers.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

namespace scrawl {

DenseArrays dense_arrays(const Network& network, std::size_t layer) {
  const std::string place = std::to_string(layer) + ".";
  DenseArrays arrays;
  for (const auto& info : network.parameter_infos()) {
    if (info.name == place + "weight") {
      arrays.shape = info.shape;
      arrays.outputs = info.shape[0];
      arrays.inputs = info.size() / info.shape[0];
      arrays.weight = transposed(copy_parameter(network, info), arrays.outputs, arrays.inputs);
    } else if (info.name == place + "bias") {
      arrays.bias = copy_parameter(network, info);
    }
  }
  assert(!arrays.weight.empty());
  return arrays;
}

std::vector<float> transposed(const std::vector<float>& matrix, std::size_t rows, std::size_t columns) {
  assert(matrix.size() == rows * columns);
  std::vector<float> result(matrix.size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) result[c * rows + r] = matrix[r * columns + c];
  return result;
}

std::vector<float> channels_first(const std::vector<float>& values, std::size_t rows, const Shape& picture) {
  assert(values.size() == rows * picture.size());
  std::vector<float> result(values.size());
  const std::size_t places = picture.height * picture.width;
  std::size_t next = 0;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t place = 0; place < places; ++place)
      for (std::size_t channel = 0; channel < picture.channels; ++channel)
        result[row * picture.size() + channel * places + place] = values[next++];
  return result;
}

Int8Weights quantise(const DenseArrays& layer) {
  Int8Weights result{.values = std::vector<std::int8_t>(layer.weight.size()),
                     .scales = std::vector<float>(layer.outputs)};
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    float largest = 0;
    for (std::size_t i = o; i < layer.weight.size(); i += layer.outputs)
      largest = std::max(largest, std::abs(layer.weight[i]));
    const float scale = largest / 127;
    result.scales[o] = scale;
    if (scale == 0) continue;
    for (std::size_t i = o; i < layer.weight.size(); i += layer.outputs)
      result.values[i] =
          static_cast<std::int8_t>(std::clamp(std::round(layer.weight[i] / scale), -127.0F, 127.0F));
  }
  return result;
}

std::vector<StateInfo> state_infos(const ModelSpec& spec) {
  const auto shapes = infer_shapes(spec);
  std::vector<StateInfo> infos;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const std::size_t size =
        make_layer<float>(spec.layers[i], i == 0 ? spec.input : shapes[i - 1])->traits().state_size;
    if (size == 0) continue;
    const auto& names = facts_of(spec.layers[i]).state;
    const std::size_t parts = names[1].empty() ? 1 : 2;
    for (std::size_t part = 0; part < parts; ++part) {
      infos.push_back({std::to_string(i) + "." + std::string(names[part]), {size / parts}, offset});
      offset += size / parts;
    }
  }
  return infos;
}

std::vector<float> copy_state(const Network& network, const StateInfo& info) {
  const auto values = network.state().subspan(info.offset, info.size());
  return {values.begin(), values.end()};
}

void set_state(Network& network, const StateInfo& info, const std::vector<float>& values) {
  std::copy(values.begin(), values.end(), network.state().subspan(info.offset).begin());
}

NormArrays norm_arrays(const Network& network, std::size_t layer) {
  const std::string place = std::to_string(layer) + ".";
  NormArrays arrays;
  for (const auto& info : network.parameter_infos()) {
    if (info.name == place + "weight") arrays.weight = copy_parameter(network, info);
    if (info.name == place + "bias") arrays.bias = copy_parameter(network, info);
  }
  for (const auto& info : state_infos(network.spec())) {
    if (info.name == place + "running_mean") arrays.mean = copy_state(network, info);
    if (info.name == place + "running_var") arrays.variance = copy_state(network, info);
  }
  return arrays;
}

}  // namespace scrawl
