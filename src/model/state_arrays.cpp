#include "model/state_arrays.h"

#include "nn/layers.h"

namespace scrawl {

std::vector<StateInfo> state_infos(const ModelSpec& spec) {
  const auto shapes = infer_shapes(spec);
  std::vector<StateInfo> infos;
  std::size_t offset = 0;
  const auto add = [&](std::size_t layer, const char* name, std::size_t size) {
    infos.push_back({std::to_string(layer) + "." + name, {size}, offset});
    offset += size;
  };
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const std::size_t size =
        make_layer<float>(spec.layers[i], i == 0 ? spec.input : shapes[i - 1])->traits().state_size;
    if (size == 0) continue;
    if (std::holds_alternative<BatchNorm>(spec.layers[i])) {
      add(i, "running_mean", size / 2);
      add(i, "running_var", size / 2);
    } else {
      add(i, "state", size);
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
