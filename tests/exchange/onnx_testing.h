#pragma once

#include "scrawl/model.h"

#include "formats/onnx.h"
#include "model/state_testing.h"

#include <initializer_list>
#include <string>
#include <vector>

namespace scrawl::test {

inline Tensor floats(std::string name, std::vector<std::size_t> shape, const std::vector<float>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {std::move(name), "F32", std::move(shape), Bytes(bytes.begin(), bytes.end())};
}

inline Tensor integers(std::string name, const std::vector<std::int64_t>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {std::move(name), "I64", {values.size()}, Bytes(bytes.begin(), bytes.end())};
}

/// A value of shape ("n", lengths...).
inline OnnxValue batch_of(std::string name, const std::vector<std::int64_t>& lengths) {
  OnnxValue value{.name = std::move(name), .dtype = "F32", .shape = {{{.length = {}, .symbol = "n"}}}};
  for (const auto length : lengths) value.shape->push_back({.length = length, .symbol = {}});
  return value;
}

inline OnnxNode node(std::string op, std::vector<std::string> inputs, std::string output,
                     std::map<std::string, OnnxAttributeValue> attributes = {}) {
  return {.name = op + "_of_" + (inputs.empty() ? "nothing" : inputs[0]),
          .op_type = op,
          .inputs = std::move(inputs),
          .outputs = {std::move(output)},
          .attributes = std::move(attributes)};
}

/// (n, 2) -> dense 3 -> relu -> dense 2, all from values that a test can check by hand.
inline OnnxModel small_onnx() {
  OnnxModel model;
  model.inputs = {batch_of("x", {2})};
  model.outputs = {batch_of("y", {2})};
  model.initializers = {floats("w1", {3, 2}, {1, 2, 3, 4, 5, 6}), floats("b1", {3}, {-1, 0, 1}),
                        floats("w2", {3, 2}, {1, -1, 0.5F, 0.25F, 2, 0})};
  model.nodes = {node("Gemm", {"x", "w1", "b1"}, "h", {{"transB", std::int64_t{1}}}),
                 node("Relu", {"h"}, "r"), node("MatMul", {"r", "w2"}, "y")};
  return model;
}

/// A model with made-up weights, biases and statistics. `standardised` gives each pixel a mean and a
/// deviation.
inline Model made_up_model(const std::string& spec, const LossSpec& loss, Preprocessing preprocessing = {},
                           bool standardised = false, bool whitened = false) {
  Model model{Network(parse_model(spec)), {.preprocessing = std::move(preprocessing), .loss = loss}};
  model.only().network.initialise({.kind = Initialiser::Kind::glorot}, 7);
  for (const auto& info : model.only().network.parameter_infos())
    if (info.kind == ParameterKind::bias)
      for (std::size_t i = 0; i < info.size(); ++i)
        model.only().network.parameters()[info.offset + i] = 0.1F * static_cast<float>(i % 7) - 0.3F;
  fill_state(model.only().network);
  const std::size_t pixels = model.inputs();
  auto& [divisor, factor, offset, mean, deviation, whitening] = model.only().info.preprocessing;
  for (std::size_t p = 0; standardised && p < pixels; ++p) {
    mean.push_back(0.001F * static_cast<float>(p % 300));
    deviation.push_back(0.2F + 0.003F * static_cast<float>(p % 100));
  }
  if (whitened)
    for (std::size_t i = 0; i < pixels * pixels; ++i)
      whitening.push_back((i % (pixels + 1) == 0 ? 1.1F : 0) - 0.02F * static_cast<float>(i % 5 == 0));
  for (std::size_t i = 0; i < model.outputs(); ++i)
    model.only().info.classes.push_back("class " + std::to_string(i));
  return model;
}

}  // namespace scrawl::test
