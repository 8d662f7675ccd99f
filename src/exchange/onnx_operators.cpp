// What each operator of an ONNX graph becomes.

#include "scrawl/error.h"

#include "base/finite.h"
#include "base/text.h"
#include "exchange/onnx_importer.h"
#include "model/layer_arrays.h"
#include "nn/layer_kinds.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace scrawl {
namespace {

constexpr std::size_t most_pixel_steps = 16;

}  // namespace

const std::array<OnnxImporter::Operator, 33> OnnxImporter::operators = {{
    {"Gemm", &OnnxImporter::gemm, "alpha beta transA transB"},
    {"MatMul", &OnnxImporter::matmul, ""},
    {"Pad", &OnnxImporter::pad, "mode pads value"},
    {"Conv", &OnnxImporter::convolution, "auto_pad dilations group kernel_shape pads strides"},
    {"MaxPool", &OnnxImporter::pool<MaxPool>,
     "auto_pad ceil_mode dilations kernel_shape pads storage_order strides"},
    {"AveragePool", &OnnxImporter::pool<AveragePool>,
     "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides"},
    {"GlobalAveragePool", &OnnxImporter::global_pool, ""},
    {"ReduceMean", &OnnxImporter::global_pool, "axes keepdims noop_with_empty_axes"},
    {"BatchNormalization", &OnnxImporter::norm, "epsilon momentum spatial training_mode"},
    {"Transpose", &OnnxImporter::transpose, "perm"},
    {"LeakyRelu", &OnnxImporter::leaky_relu, "alpha"},
    {"Relu", &OnnxImporter::activation<Relu>, ""},
    {"Sigmoid", &OnnxImporter::activation<Sigmoid>, ""},
    {"Tanh", &OnnxImporter::activation<Tanh>, ""},
    {"Softmax", &OnnxImporter::softmax, "axis"},
    {"LogSoftmax", &OnnxImporter::softmax, "axis"},
    {"Add", &OnnxImporter::arithmetic, ""},
    {"Sub", &OnnxImporter::arithmetic, ""},
    {"Mul", &OnnxImporter::arithmetic, ""},
    {"Div", &OnnxImporter::arithmetic, ""},
    {"Max", &OnnxImporter::arithmetic, ""},
    {"ReduceSum", &OnnxImporter::arithmetic, "axes keepdims noop_with_empty_axes"},
    {"Flatten", &OnnxImporter::rearrange, "axis"},
    {"Reshape", &OnnxImporter::rearrange, "allowzero"},
    {"Squeeze", &OnnxImporter::rearrange, "axes"},
    {"Unsqueeze", &OnnxImporter::rearrange, "axes"},
    {"Identity", &OnnxImporter::pass, ""},
    {"Dropout", &OnnxImporter::pass, "ratio seed"},
    {"Cast", &OnnxImporter::cast, "round_mode saturate to"},
    {"Shape", &OnnxImporter::shape_of, "end start"},
    {"Concat", nullptr, "axis"},
    {"Constant", nullptr,
     "sparse_value value value_float value_floats value_int value_ints value_string value_strings"},
    {"Gather", nullptr, "axis"},
}};

void OnnxImporter::gemm(const OnnxNodeReader& reader) {
  if (shape_.size() != 2)
    throw reader.unsupported("its input is not flat; put a Flatten before the first layer");
  if (reader.integer("transA", 0) != 0)
    throw reader.unsupported("transposes its input (transA); export the layer without that");
  dense(reader, reader.integer("transB", 0) != 0, reader.number("alpha", 1));
  if (!reader.input(2).empty()) set_bias(reader, 2, reader.number("beta", 1));
  advance(reader, to_string(spec_.layers.back()));
}

void OnnxImporter::matmul(const OnnxNodeReader& reader) {
  if (values_per_image(shape_) != static_cast<std::size_t>(shape_.back()))
    throw reader.unsupported("its input is not flat; put a Flatten before the first layer");
  dense(reader, false, 1);
  advance(reader, to_string(spec_.layers.back()));
}

/// Adds a layer with the weights in input 1, which are (outputs, inputs) where `transposed`.
void OnnxImporter::dense(const OnnxNodeReader& reader, bool transposed, float scale) {
  if (constants_.find(reader.input(1)) == nullptr)
    throw reader.unsupported(
        "must multiply the images by constant weights, in this order; export the model "
        "in evaluation mode");
  require_floats(reader);
  const Tensor& tensor = constants_.operand(reader, 1);
  const auto inputs = static_cast<std::size_t>(shape_.back());
  if (tensor.shape.size() != 2 || tensor.shape[transposed ? 1 : 0] != inputs ||
      tensor.shape[transposed ? 0 : 1] == 0)
    throw reader.damaged("its weights " + quoted_name(reader.input(1)) + " of shape " +
                         shape_text(tensor.shape) + " do not fit " + std::to_string(inputs) + " inputs");
  const std::size_t outputs = tensor.shape[transposed ? 0 : 1];
  constants_.charge(reader, outputs * (inputs + 1));
  const auto values = constants_.floats(reader, 1);
  LayerValues layer{.weights = std::vector<float>(values.size())};
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t i = 0; i < inputs; ++i)
      layer.weights[o * inputs + i] = scale * values[transposed ? o * inputs + i : i * outputs + o];
  if (!all_finite(layer.weights)) throw reader.damaged("its factor alpha makes the weights infinite or NaN");
  if (channels_last_) layer.weights = channels_first(layer.weights, outputs, layer_shape_);
  channels_last_ = false;
  add_layer(reader, Dense{.outputs = outputs, .bias = false}, std::move(layer));
  shape_.back() = static_cast<std::int64_t>(outputs);
}

/// Gives the last layer, which is dense, a bias.
void OnnxImporter::set_bias(const OnnxNodeReader& reader, std::size_t input, float scale) {
  const Tensor& tensor = constants_.operand(reader, input);
  if (!broadcasts(tensor.shape, shape_))
    throw reader.damaged("its bias " + quoted_name(reader.input(input)) + " of shape " +
                         shape_text(tensor.shape) + " does not fit " + counted(shape_.back(), "output"));
  auto bias = broadcast(constants_.floats(reader, input), tensor.shape, shape_);
  bias.resize(static_cast<std::size_t>(shape_.back()), bias[0]);
  for (auto& value : bias) {
    value *= scale;
    if (!std::isfinite(value)) throw reader.damaged("its factor beta makes the bias infinite or NaN");
  }
  values_.at(spec_.layers.size() - 1).bias = std::move(bias);
  std::get<Dense>(spec_.layers.back()).bias = true;
}

void OnnxImporter::require_floats(const OnnxNodeReader& reader) const {
  if (whole_numbers_) throw reader.unsupported("its input is not floating-point; put a Cast before it");
}

void OnnxImporter::add_layer(const OnnxNodeReader& reader, const LayerSpec& layer, LayerValues values) {
  require_floats(reader);
  try {
    layer_shape_ = infer_shapes({layer_shape_, {layer}}).back();
  } catch (const Error& error) {
    throw reader.unsupported(error.message());
  }
  if (!values.weights.empty()) values_[spec_.layers.size()] = std::move(values);
  spec_.layers.push_back(layer);
}

template <class Layer>
void OnnxImporter::activation(const OnnxNodeReader& reader) {
  const std::string input = current_;
  add_layer(reader, Layer{});
  advance(reader, to_string(spec_.layers.back()));
  if (std::is_same_v<Layer, Sigmoid>) gate_input_ = input;
}

void OnnxImporter::leaky_relu(const OnnxNodeReader& reader) {
  const float slope = reader.number("alpha", 0.01F);
  if (!(slope >= 0 && slope < 1))
    throw reader.unsupported("has a slope of " + shortest(slope) +
                             "; scrawl supports slopes from 0 to below 1");
  add_layer(reader, LeakyRelu{.slope = slope});
  advance(reader, to_string(spec_.layers.back()));
}

/// x * sigmoid(x), which exporters write as two nodes.
bool OnnxImporter::is_gate(const OnnxNodeReader& reader) const {
  const auto& inputs = reader.node().inputs;
  return !gate_input_.empty() && reader.op() == "Mul" && inputs.size() == 2 &&
         ((inputs[0] == gate_input_ && is_current(inputs[1])) ||
          (inputs[1] == gate_input_ && is_current(inputs[0])));
}

void OnnxImporter::gate(const OnnxNodeReader& reader) {
  spec_.layers.back() = Silu{};
  advance(reader, "silu, with the Sigmoid before it");
}

void OnnxImporter::arithmetic(const OnnxNodeReader& reader) {
  const std::string& op = reader.op();
  const bool is_tail_op = op == squared_error_tail[tail_steps_];
  if (is_gate(reader)) {
    gate(reader);
  } else if (spec_.layers.empty() && op != "Max" && op != "ReduceSum") {
    pixel_step(reader);
  } else if (tail_steps_ > 0 || (is_tail_op && !values_.empty())) {
    tail_step(reader);
  } else if (const auto* layer = spec_.layers.empty() ? nullptr : as<Dense>(spec_.layers.back());
             op == "Add" && layer != nullptr && !layer->bias && reader.node().inputs.size() == 2) {
    const std::size_t bias = is_current(reader.input(0)) ? 1 : 0;
    if (constants_.find(reader.input(bias)) == nullptr)
      throw reader.unsupported("adds values to themselves; scrawl reads plain chains of layers");
    set_bias(reader, bias, 1);
    advance(reader, "the bias of " + to_string(spec_.layers.back()));
  } else if (const auto* conv = spec_.layers.empty() ? nullptr : as<Conv2d>(spec_.layers.back());
             op == "Add" && conv != nullptr && !conv->bias && reader.node().inputs.size() == 2) {
    set_channel_bias(reader, is_current(reader.input(0)) ? 1 : 0);
    advance(reader, "the bias of " + to_string(spec_.layers.back()));
  } else {
    throw reader.unsupported(
        "arithmetic is supported only before the first layer and as a layer's bias; export the model "
        "up to its last layer");
  }
}

void OnnxImporter::pixel_step(const OnnxNodeReader& reader) {
  const std::string& op = reader.op();
  if (whole_numbers_)
    throw reader.unsupported("computes with whole numbers; put a Cast to float32 before it");
  const std::size_t constant = is_current(reader.input(0)) ? 1 : 0;
  const Tensor* tensor = constants_.find(reader.input(constant));
  if (tensor == nullptr || reader.node().inputs.size() != 2)
    throw reader.unsupported("needs a constant besides the images; scrawl reads plain chains of layers");
  if (op == "Div" && constant == 0)
    throw reader.unsupported("divides by the images; only sums and products with constants are supported");
  if (!broadcasts(tensor->shape, shape_))
    throw reader.unsupported("its constant of shape " + shape_text(tensor->shape) +
                             " does not fit the images; give one value, or one for each pixel");
  if (pixel_steps_.size() == most_pixel_steps)
    throw reader.unsupported("follows 16 other steps of preprocessing; combine them into one");
  constants_.charge(reader, count_values(tensor->shape).value_or(0));
  PixelStep step{.values = constants_.floats(reader, constant), .shape = tensor->shape, .image = shape_};
  using Kind = PixelStep::Kind;
  if (op == "Add") step.kind = Kind::add;
  if (op == "Sub") step.kind = constant == 1 ? Kind::subtract : Kind::subtract_from;
  if (op == "Mul") step.kind = Kind::multiply;
  if (op == "Div") step.kind = Kind::divide;
  if (op == "Div" && std::find(step.values.begin(), step.values.end(), 0.0F) != step.values.end())
    throw reader.damaged("divides by 0");
  pixel_steps_.push_back(std::move(step));
  advance(reader, "preprocessing");
}

void OnnxImporter::rearrange(const OnnxNodeReader& reader) {
  std::vector<std::int64_t> operand;
  const bool has_operand = !reader.input(1).empty();
  if (has_operand && constants_.find(reader.input(1)) == nullptr)
    throw reader.unsupported("its shape or axes are not constant; export the model with a fixed image size");
  if (has_operand) operand = constants_.integers(reader, 1);
  if (reader.op() == "Reshape" && fixed_batch_ && !operand.empty() && operand[0] == *fixed_batch_)
    operand[0] = batch_length;
  shape_ = changed_shape(reader, shape_, has_operand ? &operand : nullptr);
  advance(reader, "nothing: the values already have this order");
}

void OnnxImporter::pass(const OnnxNodeReader& reader) {
  if (const Tensor* training = constants_.find(reader.input(2)))
    if (std::any_of(training->data.begin(), training->data.end(), [](auto b) { return b != std::byte{0}; }))
      throw reader.unsupported("drops values; export the model in evaluation mode");
  advance(reader, "nothing");
}

void OnnxImporter::cast(const OnnxNodeReader& reader) {
  constexpr std::array<std::int64_t, 4> floating = {1, 10, 11, 16};  // FLOAT, FLOAT16, DOUBLE, BFLOAT16
  if (std::find(floating.begin(), floating.end(), reader.integer("to", 0)) == floating.end())
    throw reader.unsupported("casts to whole numbers; only casts to floating point are supported");
  whole_numbers_ = false;
  advance(reader, "nothing: scrawl computes in float32");
}

/// Exporters write x.view(x.shape[0], -1) as arithmetic on the shape.
void OnnxImporter::shape_of(const OnnxNodeReader& reader) {
  if (reader.has("start") || reader.has("end"))
    throw reader.unsupported("takes a part of a shape; export the model with a fixed image size");
  constants_.add(reader, reader.node().outputs[0], integer_tensor(shape_, {shape_.size()}));
}

}  // namespace scrawl
