#include "model/state_arrays.h"

#include "nn/layer_kinds.h"
#include "nn/layers.h"

namespace scrawl {

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
