#pragma once

#include "scrawl/network.h"

#include "formats/onnx.h"
#include "model/layer_arrays.h"

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace scrawl {

/// A count as ONNX stores it.
inline std::int64_t whole(std::size_t n) { return static_cast<std::int64_t>(n); }

/// A chain of nodes that grows; each one reads what the one before it made.
struct OnnxWriter {
  const Network& network;
  OnnxModel graph = {};
  std::string name = {};     ///< of the layer that is written, such as "0"
  std::string current = {};  ///< the name of the values so far
  bool is_flat = false;      ///< they are (batch, N), not (batch, C, H, W)

  void node(const std::string& op, const std::string& node_name,
            const std::vector<std::string>& operands = {},
            std::map<std::string, OnnxAttributeValue> attributes = {}) {
    std::vector<std::string> inputs = {current};
    inputs.insert(inputs.end(), operands.begin(), operands.end());
    current = node_name + ".output";
    graph.nodes.push_back({.name = node_name,
                           .op_type = op,
                           .inputs = std::move(inputs),
                           .outputs = {current},
                           .attributes = std::move(attributes)});
  }

  void flatten(const std::string& node_name) {
    node("Flatten", node_name, {}, {{"axis", whole(1)}});
    is_flat = true;
  }

  /// Add a constant; return its name.
  std::string tensor(const std::string& of, std::vector<std::size_t> shape,
                     const std::vector<float>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    graph.initializers.push_back({of, "F32", std::move(shape), Bytes(bytes.begin(), bytes.end())});
    return of;
  }
  std::string integers(const std::string& of, const std::vector<std::int64_t>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    graph.initializers.push_back({of, "I64", {values.size()}, Bytes(bytes.begin(), bytes.end())});
    return of;
  }

  /// Adds the layer's parameters; returns their names.
  std::vector<std::string> weights(bool bias) {
    std::vector<std::string> names = {name + ".weight"};
    if (bias) names.push_back(name + ".bias");
    for (const auto& parameter : names)
      for (const auto& info : network.parameter_infos())
        if (info.name == parameter) tensor(parameter, info.shape, copy_parameter(network, info));
    return names;
  }
};

}  // namespace scrawl
