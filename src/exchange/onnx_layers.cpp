// How each kind of layer is written as ONNX, and which operators are read as one.

#include "exchange/onnx_layers.h"

#include "scrawl/error.h"

#include "base/finite.h"
#include "base/text.h"
#include "nn/layer_kinds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <utility>

namespace scrawl {
namespace {

// ---- writing

using Attributes = std::map<std::string, OnnxAttributeValue>;
using Integers = std::vector<std::int64_t>;

Attributes window(std::size_t height, std::size_t width, std::size_t stride, std::size_t padding) {
  return {{"kernel_shape", std::vector{whole(height), whole(width)}},
          {"strides", std::vector(2, whole(stride))},
          {"pads", std::vector(4, whole(padding))}};
}

/// ONNX counts the share of the old mean that stays, scrawl that of the new one. Six digits undo the
/// rounding.
float other_share(float momentum) {
  return static_cast<float>(std::round((1 - static_cast<double>(momentum)) * 1e6) / 1e6);
}

// One overload for each kind of layer: one that is forgotten does not compile.
void write(OnnxWriter& out, const Dense& layer) {
  out.node("Gemm", out.name, out.weights(layer.bias), {{"transB", whole(1)}});
}
void write(OnnxWriter& out, const Conv2d& layer) {
  out.node("Conv", out.name, out.weights(layer.bias),
           window(layer.kernel_height, layer.kernel_width, layer.stride, layer.padding));
}
void write(OnnxWriter& out, const MaxPool& layer) {
  out.node("MaxPool", out.name, {}, window(layer.size, layer.size, layer.stride, layer.padding));
}
void write(OnnxWriter& out, const AveragePool& layer) {
  auto attributes = window(layer.size, layer.size, layer.stride, layer.padding);
  attributes["count_include_pad"] = whole(1);
  out.node("AveragePool", out.name, {}, std::move(attributes));
}
void write(OnnxWriter& out, const GlobalAveragePool&) {
  out.node("GlobalAveragePool", out.name);
  out.flatten(out.name + ".flat");
}
void write(OnnxWriter& out, const BatchNorm& layer) {
  std::vector<std::string> operands = out.weights(true);
  for (const auto& info : state_infos(out.network.spec()))
    if (info.name == out.name + ".running_mean" || info.name == out.name + ".running_var")
      operands.push_back(out.tensor(info.name, info.shape, copy_state(out.network, info)));
  out.node("BatchNormalization", out.name, operands,
           {{"epsilon", layer.epsilon}, {"momentum", other_share(layer.momentum)}});
}
void write(OnnxWriter&, const Dropout&) {}  // does nothing when it predicts
void write(OnnxWriter& out, const Flatten&) {
  if (!out.is_flat) out.flatten(out.name);
}
template <ActivationSpec Spec>
void write(OnnxWriter& out, const Spec&) {
  static_assert(!LayerKind<Spec>::facts.onnx.empty());
  out.node(std::string(LayerKind<Spec>::facts.onnx), out.name);
}
void write(OnnxWriter& out, const LeakyRelu& layer) {
  out.node("LeakyRelu", out.name, {}, {{"alpha", layer.slope}});
}
void write(OnnxWriter& out, const Silu&) {
  const std::string input = out.current;
  out.node("Sigmoid", out.name + ".sigmoid");
  out.node("Mul", out.name, {input});
}
void write(OnnxWriter&, const CustomLayer&) {}  // encode_export() refuses it

// ---- reading

/// Gives the last layer, which is dense, a bias.
void set_dense_bias(OnnxChain& chain, const OnnxNodeReader& reader, std::size_t input, float scale) {
  const Tensor& tensor = chain.constants.operand(reader, input);
  if (!broadcasts(tensor.shape, chain.shape))
    throw reader.damaged("its bias " + quoted_name(reader.input(input)) + " of shape " +
                         shape_text(tensor.shape) + " does not fit " + counted(chain.shape.back(), "output"));
  auto bias = broadcast(chain.constants.floats(reader, input), tensor.shape, chain.shape);
  bias.resize(static_cast<std::size_t>(chain.shape.back()), bias[0]);
  for (auto& value : bias) {
    value *= scale;
    if (!std::isfinite(value)) throw reader.damaged("its factor beta makes the bias infinite or NaN");
  }
  chain.values.at(chain.spec.layers.size() - 1).bias = std::move(bias);
  std::get<Dense>(chain.spec.layers.back()).bias = true;
}

/// Adds a layer with the weights in input 1, which are (outputs, inputs) where `transposed`.
void read_dense(OnnxChain& chain, const OnnxNodeReader& reader, bool transposed, float scale) {
  if (chain.constants.find(reader.input(1)) == nullptr)
    throw reader.unsupported(
        "must multiply the images by constant weights, in this order; export the model "
        "in evaluation mode");
  chain.require_floats(reader);
  const Tensor& tensor = chain.constants.operand(reader, 1);
  const auto inputs = static_cast<std::size_t>(chain.shape.back());
  if (tensor.shape.size() != 2 || tensor.shape[transposed ? 1 : 0] != inputs ||
      tensor.shape[transposed ? 0 : 1] == 0)
    throw reader.damaged("its weights " + quoted_name(reader.input(1)) + " of shape " +
                         shape_text(tensor.shape) + " do not fit " + std::to_string(inputs) + " inputs");
  const std::size_t outputs = tensor.shape[transposed ? 0 : 1];
  chain.constants.charge(reader, outputs * (inputs + 1));
  const auto values = chain.constants.floats(reader, 1);
  LayerValues layer{.weights = std::vector<float>(values.size())};
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t i = 0; i < inputs; ++i)
      layer.weights[o * inputs + i] = scale * values[transposed ? o * inputs + i : i * outputs + o];
  if (!all_finite(layer.weights)) throw reader.damaged("its factor alpha makes the weights infinite or NaN");
  if (chain.channels_last) layer.weights = channels_first(layer.weights, outputs, chain.layer_shape);
  chain.channels_last = false;
  chain.add_layer(reader, Dense{.outputs = outputs, .bias = false}, std::move(layer));
  chain.shape.back() = static_cast<std::int64_t>(outputs);
}

void read_gemm(OnnxChain& chain, const OnnxNodeReader& reader) {
  if (chain.shape.size() != 2)
    throw reader.unsupported("its input is not flat; put a Flatten before the first layer");
  if (reader.integer("transA", 0) != 0)
    throw reader.unsupported("transposes its input (transA); export the layer without that");
  read_dense(chain, reader, reader.integer("transB", 0) != 0, reader.number("alpha", 1));
  if (!reader.input(2).empty()) set_dense_bias(chain, reader, 2, reader.number("beta", 1));
  chain.advance(reader, to_string(chain.spec.layers.back()));
}

void read_matmul(OnnxChain& chain, const OnnxNodeReader& reader) {
  if (values_per_image(chain.shape) != static_cast<std::size_t>(chain.shape.back()))
    throw reader.unsupported("its input is not flat; put a Flatten before the first layer");
  read_dense(chain, reader, false, 1);
  chain.advance(reader, to_string(chain.spec.layers.back()));
}

void read_convolution(OnnxChain& chain, const OnnxNodeReader& reader) {
  chain.require_picture(reader);
  if (chain.constants.find(reader.input(1)) == nullptr)
    throw reader.unsupported("must have constant weights; export the model in evaluation mode");
  const Tensor& tensor = chain.constants.operand(reader, 1);
  if (reader.integer("group", 1) != 1)
    throw reader.unsupported(
        "uses groups of channels (group); scrawl supports convolutions over all channels");
  if (tensor.shape.size() != 4 || tensor.shape[1] != chain.layer_shape.channels || tensor.data.empty())
    throw reader.damaged("its weights " + quoted_name(reader.input(1)) + " of shape " +
                         shape_text(tensor.shape) + " do not fit " +
                         counted(chain.layer_shape.channels, "channel"));
  const auto height = static_cast<std::int64_t>(tensor.shape[2]);
  const auto width = static_cast<std::int64_t>(tensor.shape[3]);
  if (reader.has("kernel_shape") && reader.integers("kernel_shape") != Integers{height, width})
    throw reader.damaged("its kernel_shape differs from that of its weights");
  const OnnxWindow window = chain.take_window(reader, height, width);
  chain.constants.charge(reader, count_values(tensor.shape).value_or(0) + tensor.shape[0]);
  LayerValues values{.weights = chain.constants.floats(reader, 1)};
  const bool has_bias = !reader.input(2).empty();
  if (has_bias) values.bias = chain.vector_of(reader, 2, "bias", tensor.shape[0]);
  chain.add_layer(reader,
                  Conv2d{.outputs = tensor.shape[0],
                         .kernel_height = window.height,
                         .kernel_width = window.width,
                         .stride = window.stride,
                         .padding = window.padding,
                         .bias = has_bias},
                  std::move(values));
  chain.set_picture_shape();
  chain.advance(reader, to_string(chain.spec.layers.back()));
}

template <class Pool>
void read_pool(OnnxChain& chain, const OnnxNodeReader& reader) {
  chain.require_picture(reader);
  if (!reader.has("kernel_shape")) throw reader.damaged("has no kernel_shape");
  const auto [height, width] = pair_of(reader, "kernel_shape", 1);
  if (height != width)
    throw reader.unsupported("has a window of " + std::to_string(height) + "x" + std::to_string(width) +
                             "; scrawl supports square windows");
  if (reader.node().outputs.size() > 1)
    throw reader.unsupported("also outputs the positions of the maxima; scrawl reads chains of layers");
  const std::size_t padded = chain.padding;
  const OnnxWindow window = chain.take_window(reader, height, width);
  check_rounding(reader, chain.layer_shape, window);
  if (std::is_same_v<Pool, AveragePool> && window.padding > padded &&
      reader.integer("count_include_pad", 0) == 0)
    throw reader.unsupported(
        "excludes the padding from the means; scrawl counts it as 0 (count_include_pad = 1)");
  chain.add_layer(reader, Pool{.size = window.height, .stride = window.stride, .padding = window.padding});
  chain.set_picture_shape();
  chain.advance(reader, to_string(chain.spec.layers.back()));
}

/// GlobalAveragePool, and a ReduceMean over height and width.
void read_global_pool(OnnxChain& chain, const OnnxNodeReader& reader) {
  const bool is_mean = reader.op() == "ReduceMean";
  if (is_mean) {
    auto axes = reader.input(1).empty() ? reader.integers("axes") : chain.constants.integers(reader, 1);
    for (auto& axis : axes)
      if (axis < 0) axis += static_cast<std::int64_t>(chain.shape.size());
    std::sort(axes.begin(), axes.end());
    if (chain.shape.size() != 4 || axes != (chain.channels_last ? Integers{1, 2} : Integers{2, 3}))
      throw reader.unsupported("takes means over axes other than height and width");
    if (chain.channels_last) chain.set_picture_shape();
    chain.channels_last = false;
  }
  chain.require_picture(reader);
  chain.add_layer(reader, GlobalAveragePool{});
  chain.shape = {batch_length, static_cast<std::int64_t>(chain.layer_shape.width), 1, 1};
  if (is_mean && reader.integer("keepdims", 1) == 0) chain.shape.resize(2);
  chain.advance(reader, to_string(chain.spec.layers.back()));
}

void read_norm(OnnxChain& chain, const OnnxNodeReader& reader) {
  if (reader.integer("training_mode", 0) != 0 || reader.integer("spatial", 1) != 1 ||
      reader.node().outputs.size() > 1)
    throw reader.unsupported("is in training mode; export the model in evaluation mode");
  if (chain.shape.size() == 2 && !chain.channels_last) {
    chain.require_floats(reader);
    if (chain.layer_shape.channels != 1 || chain.layer_shape.height != 1) chain.add_layer(reader, Flatten{});
  } else {
    chain.require_picture(reader);
    if (chain.layer_shape.channels == 1 && chain.layer_shape.height == 1 && chain.layer_shape.width > 1)
      throw reader.unsupported("normalises pictures with one row; scrawl treats these as plain vectors");
  }
  const auto channels = static_cast<std::size_t>(chain.shape[1]);
  chain.constants.charge(reader, 4 * channels);
  LayerValues values;
  values.weights = chain.vector_of(reader, 1, "scale", channels);
  values.bias = chain.vector_of(reader, 2, "bias", channels);
  values.mean = chain.vector_of(reader, 3, "mean", channels);
  values.variance = chain.vector_of(reader, 4, "variance", channels);
  if (std::any_of(values.variance.begin(), values.variance.end(), [](float v) { return v < 0; }))
    throw reader.damaged("has a negative variance");
  BatchNorm layer{.epsilon = reader.number("epsilon", 1e-5F)};
  if (!(layer.epsilon >= 1e-12F && layer.epsilon < 1))
    throw reader.unsupported("has an epsilon of " + shortest(layer.epsilon));
  const float kept = reader.number("momentum", 0.9F);
  if (kept >= 0 && kept <= 1) layer.momentum = other_share(kept);
  chain.add_layer(reader, layer, std::move(values));
  chain.advance(reader, to_string(chain.spec.layers.back()));
}

template <class Layer>
void read_activation(OnnxChain& chain, const OnnxNodeReader& reader) {
  const std::string input = chain.current;
  chain.add_layer(reader, Layer{});
  chain.advance(reader, to_string(chain.spec.layers.back()));
  if (std::is_same_v<Layer, Sigmoid>) chain.gate_input = input;
}

void read_leaky_relu(OnnxChain& chain, const OnnxNodeReader& reader) {
  const float slope = reader.number("alpha", 0.01F);
  if (!(slope >= 0 && slope < 1))
    throw reader.unsupported("has a slope of " + shortest(slope) +
                             "; scrawl supports slopes from 0 to below 1");
  chain.add_layer(reader, LeakyRelu{.slope = slope});
  chain.advance(reader, to_string(chain.spec.layers.back()));
}

constexpr std::array layer_operators = std::to_array<OnnxLayerOperator>({
    {"Gemm", read_gemm, "alpha beta transA transB"},
    {"MatMul", read_matmul, ""},
    {"Conv", read_convolution, "auto_pad dilations group kernel_shape pads strides"},
    {"MaxPool", read_pool<MaxPool>, "auto_pad ceil_mode dilations kernel_shape pads storage_order strides"},
    {"AveragePool", read_pool<AveragePool>,
     "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides"},
    {"GlobalAveragePool", read_global_pool, ""},
    {"ReduceMean", read_global_pool, "axes keepdims noop_with_empty_axes"},
    {"BatchNormalization", read_norm, "epsilon momentum spatial training_mode"},
    {"LeakyRelu", read_leaky_relu, "alpha"},
    {"Relu", read_activation<Relu>, ""},
    {"Sigmoid", read_activation<Sigmoid>, ""},
    {"Tanh", read_activation<Tanh>, ""},
});

/// Gives the last layer, which is a convolution, a bias: one value for each channel.
void set_channel_bias(OnnxChain& chain, const OnnxNodeReader& reader, std::size_t input) {
  auto& conv = std::get<Conv2d>(chain.spec.layers.back());
  const Tensor* tensor = chain.constants.find(reader.input(input));
  const bool fits = tensor != nullptr && !chain.channels_last && chain.shape.size() == 4 &&
                    broadcasts(tensor->shape, chain.shape) && tensor->shape.size() >= 3 &&
                    count_values(tensor->shape) == tensor->shape[tensor->shape.size() - 3];
  if (!fits)
    throw reader.unsupported("adds something to a convolution; the addend must be one constant per channel");
  auto bias = chain.constants.floats(reader, input);
  bias.resize(conv.outputs, bias[0]);
  chain.values.at(chain.spec.layers.size() - 1).bias = std::move(bias);
  conv.bias = true;
}

}  // namespace

void write_onnx_layer(OnnxWriter& writer, const LayerSpec& layer) {
  std::visit([&](const auto& kind) { write(writer, kind); }, layer);
}

std::span<const OnnxLayerOperator> onnx_layer_operators() { return layer_operators; }

/// x * sigmoid(x), which exporters write as two nodes.
bool is_onnx_gate(const OnnxChain& chain, const OnnxNodeReader& reader) {
  const auto& inputs = reader.node().inputs;
  return !chain.gate_input.empty() && reader.op() == "Mul" && inputs.size() == 2 &&
         ((inputs[0] == chain.gate_input && chain.is_current(inputs[1])) ||
          (inputs[1] == chain.gate_input && chain.is_current(inputs[0])));
}

void read_onnx_gate(OnnxChain& chain, const OnnxNodeReader& reader) {
  chain.spec.layers.back() = Silu{};
  chain.advance(reader, "silu, with the Sigmoid before it");
}

bool lacks_bias(const OnnxChain& chain) {
  if (chain.spec.layers.empty()) return false;
  const auto* const dense = as<Dense>(chain.spec.layers.back());
  const auto* const conv = as<Conv2d>(chain.spec.layers.back());
  return (dense != nullptr && !dense->bias) || (conv != nullptr && !conv->bias);
}

void set_onnx_bias(OnnxChain& chain, const OnnxNodeReader& reader, std::size_t input) {
  if (as<Conv2d>(chain.spec.layers.back()) != nullptr)
    set_channel_bias(chain, reader, input);
  else if (chain.constants.find(reader.input(input)) == nullptr)
    throw reader.unsupported("adds values to themselves; scrawl reads plain chains of layers");
  else
    set_dense_bias(chain, reader, input, 1);
  chain.advance(reader, "the bias of " + to_string(chain.spec.layers.back()));
}

}  // namespace scrawl
