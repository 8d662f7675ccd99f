// What the operators on pictures, (batch, C, H, W), become.

#include "scrawl/error.h"

#include "base/text.h"
#include "exchange/onnx_importer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace scrawl {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t most_padding = 1 << 20;

}  // namespace

void OnnxImporter::require_picture(const OnnxNodeReader& reader) {
  require_floats(reader);
  if (shape_.size() != 4 || channels_last_)
    throw reader.unsupported("its input is not (images, channels, height, width)");
  const auto length = [&](std::size_t i) { return static_cast<std::size_t>(shape_[i]); };
  const Shape shape = {length(1), length(2), length(3)};
  if (spec_.layers.empty()) spec_.input = layer_shape_ = shape;
  if (layer_shape_ != shape)
    throw reader.unsupported("reads values that were reshaped from " + to_string(layer_shape_) + " to " +
                             to_string(shape) + "; scrawl makes pictures of the images only");
}

void OnnxImporter::set_picture_shape() {
  const auto& [channels, height, width] = layer_shape_;
  shape_ = {batch_length, static_cast<std::int64_t>(channels), static_cast<std::int64_t>(height),
            static_cast<std::int64_t>(width)};
}

/// Zeros around the pictures, which a convolution or a mean behind it can add by itself.
void OnnxImporter::pad(const OnnxNodeReader& reader) {
  require_picture(reader);
  const auto mode = reader.node().attributes.find("mode");
  const auto* const text =
      mode == reader.node().attributes.end() ? nullptr : std::get_if<std::string>(&mode->second);
  const bool is_constant = mode == reader.node().attributes.end() || (text != nullptr && *text == "constant");
  Integers pads = reader.has("pads") ? reader.integers("pads") : constants_.integers(reader, 1);
  if (!reader.input(3).empty()) {  // from opset 18 on, which axes the pads are for
    const Integers axes = constants_.integers(reader, 3);
    if (axes == Integers{2, 3} && pads.size() == 4)
      pads = {0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]};
    else if (axes != Integers{0, 1, 2, 3})
      pads.clear();
  }
  const bool has_value = !reader.input(2).empty();
  const bool is_zero =
      reader.number("value", 0) == 0 && (!has_value || constants_.floats(reader, 2) == std::vector{0.0F});
  const auto amount = pads.size() == 8 ? pads[2] : -1;
  if (!is_constant || !is_zero || amount < 0 || amount > most_padding ||
      pads != Integers{0, 0, amount, amount, 0, 0, amount, amount})
    throw reader.unsupported(
        "is supported only with the same number of zeros on all four sides of a picture");
  advance(reader, "the padding of the next layer");
  padding_ += static_cast<std::size_t>(amount);
}

/// The window of a layer, with the padding of a Pad before it.
OnnxWindow OnnxImporter::take_window(const OnnxNodeReader& reader, std::int64_t height, std::int64_t width) {
  const Shape padded = {layer_shape_.channels, layer_shape_.height + 2 * padding_,
                        layer_shape_.width + 2 * padding_};
  OnnxWindow window = read_window(reader, padded, height, width);
  window.padding += std::exchange(padding_, 0);
  return window;
}

/// The values of a constant input of shape (length).
std::vector<float> OnnxImporter::vector_of(const OnnxNodeReader& reader, std::size_t input, const char* what,
                                           std::size_t length) const {
  const Tensor* tensor = constants_.find(reader.input(input));
  if (tensor == nullptr)
    throw reader.unsupported(std::string("its ") + what +
                             " must be a constant; export the model in evaluation mode");
  if (tensor->shape != std::vector{length})
    throw reader.damaged(std::string("its ") + what + " " + quoted_name(reader.input(input)) +
                         " has the shape " + shape_text(tensor->shape) + ", and " +
                         shape_text(std::vector{length}) + " is needed");
  return constants_.floats(reader, input);
}

void OnnxImporter::convolution(const OnnxNodeReader& reader) {
  require_picture(reader);
  if (constants_.find(reader.input(1)) == nullptr)
    throw reader.unsupported("must have constant weights; export the model in evaluation mode");
  const Tensor& tensor = constants_.operand(reader, 1);
  if (reader.integer("group", 1) != 1)
    throw reader.unsupported(
        "uses groups of channels (group); scrawl supports convolutions over all channels");
  if (tensor.shape.size() != 4 || tensor.shape[1] != layer_shape_.channels || tensor.data.empty())
    throw reader.damaged("its weights " + quoted_name(reader.input(1)) + " of shape " +
                         shape_text(tensor.shape) + " do not fit " +
                         counted(layer_shape_.channels, "channel"));
  const auto height = static_cast<std::int64_t>(tensor.shape[2]);
  const auto width = static_cast<std::int64_t>(tensor.shape[3]);
  if (reader.has("kernel_shape") && reader.integers("kernel_shape") != Integers{height, width})
    throw reader.damaged("its kernel_shape differs from that of its weights");
  const OnnxWindow window = take_window(reader, height, width);
  constants_.charge(reader, count_values(tensor.shape).value_or(0) + tensor.shape[0]);
  LayerValues values{.weights = constants_.floats(reader, 1)};
  const bool has_bias = !reader.input(2).empty();
  if (has_bias) values.bias = vector_of(reader, 2, "bias", tensor.shape[0]);
  add_layer(reader,
            Conv2d{.outputs = tensor.shape[0],
                   .kernel_height = window.height,
                   .kernel_width = window.width,
                   .stride = window.stride,
                   .padding = window.padding,
                   .bias = has_bias},
            std::move(values));
  set_picture_shape();
  advance(reader, to_string(spec_.layers.back()));
}

/// Gives the last layer, which is a convolution, a bias: one value for each channel.
void OnnxImporter::set_channel_bias(const OnnxNodeReader& reader, std::size_t input) {
  auto& conv = std::get<Conv2d>(spec_.layers.back());
  const Tensor* tensor = constants_.find(reader.input(input));
  const bool fits = tensor != nullptr && !channels_last_ && shape_.size() == 4 &&
                    broadcasts(tensor->shape, shape_) && tensor->shape.size() >= 3 &&
                    count_values(tensor->shape) == tensor->shape[tensor->shape.size() - 3];
  if (!fits)
    throw reader.unsupported("adds something to a convolution; the addend must be one constant per channel");
  auto bias = constants_.floats(reader, input);
  bias.resize(conv.outputs, bias[0]);
  values_.at(spec_.layers.size() - 1).bias = std::move(bias);
  conv.bias = true;
}

template <class Pool>
void OnnxImporter::pool(const OnnxNodeReader& reader) {
  require_picture(reader);
  if (!reader.has("kernel_shape")) throw reader.damaged("has no kernel_shape");
  const auto [height, width] = pair_of(reader, "kernel_shape", 1);
  if (height != width)
    throw reader.unsupported("has a window of " + std::to_string(height) + "x" + std::to_string(width) +
                             "; scrawl supports square windows");
  if (reader.node().outputs.size() > 1)
    throw reader.unsupported("also outputs the positions of the maxima; scrawl reads chains of layers");
  const std::size_t padded = padding_;
  const OnnxWindow window = take_window(reader, height, width);
  check_rounding(reader, layer_shape_, window);
  if (std::is_same_v<Pool, AveragePool> && window.padding > padded &&
      reader.integer("count_include_pad", 0) == 0)
    throw reader.unsupported(
        "excludes the padding from the means; scrawl counts it as 0 (count_include_pad = 1)");
  add_layer(reader, Pool{.size = window.height, .stride = window.stride, .padding = window.padding});
  set_picture_shape();
  advance(reader, to_string(spec_.layers.back()));
}

template void OnnxImporter::pool<MaxPool>(const OnnxNodeReader&);
template void OnnxImporter::pool<AveragePool>(const OnnxNodeReader&);

/// GlobalAveragePool, and a ReduceMean over height and width.
void OnnxImporter::global_pool(const OnnxNodeReader& reader) {
  const bool is_mean = reader.op() == "ReduceMean";
  if (is_mean) {
    auto axes = reader.input(1).empty() ? reader.integers("axes") : constants_.integers(reader, 1);
    for (auto& axis : axes)
      if (axis < 0) axis += static_cast<std::int64_t>(shape_.size());
    std::sort(axes.begin(), axes.end());
    if (shape_.size() != 4 || axes != (channels_last_ ? Integers{1, 2} : Integers{2, 3}))
      throw reader.unsupported("takes means over axes other than height and width");
    if (channels_last_) set_picture_shape();
    channels_last_ = false;
  }
  require_picture(reader);
  add_layer(reader, GlobalAveragePool{});
  shape_ = {batch_length, static_cast<std::int64_t>(layer_shape_.width), 1, 1};
  if (is_mean && reader.integer("keepdims", 1) == 0) shape_.resize(2);
  advance(reader, to_string(spec_.layers.back()));
}

void OnnxImporter::norm(const OnnxNodeReader& reader) {
  if (reader.integer("training_mode", 0) != 0 || reader.integer("spatial", 1) != 1 ||
      reader.node().outputs.size() > 1)
    throw reader.unsupported("is in training mode; export the model in evaluation mode");
  if (shape_.size() == 2 && !channels_last_) {
    require_floats(reader);
    if (layer_shape_.channels != 1 || layer_shape_.height != 1) add_layer(reader, Flatten{});
  } else {
    require_picture(reader);
    if (layer_shape_.channels == 1 && layer_shape_.height == 1 && layer_shape_.width > 1)
      throw reader.unsupported("normalises pictures with one row; scrawl treats these as plain vectors");
  }
  const auto channels = static_cast<std::size_t>(shape_[1]);
  constants_.charge(reader, 4 * channels);
  LayerValues values;
  values.weights = vector_of(reader, 1, "scale", channels);
  values.bias = vector_of(reader, 2, "bias", channels);
  values.mean = vector_of(reader, 3, "mean", channels);
  values.variance = vector_of(reader, 4, "variance", channels);
  if (std::any_of(values.variance.begin(), values.variance.end(), [](float v) { return v < 0; }))
    throw reader.damaged("has a negative variance");
  BatchNorm layer{.epsilon = reader.number("epsilon", 1e-5F)};
  if (!(layer.epsilon >= 1e-12F && layer.epsilon < 1))
    throw reader.unsupported("has an epsilon of " + shortest(layer.epsilon));
  // ONNX counts the share of the old mean that stays; six digits undo the rounding of the difference.
  const double momentum = 1 - static_cast<double>(reader.number("momentum", 0.9F));
  if (momentum >= 0 && momentum <= 1) layer.momentum = static_cast<float>(std::round(momentum * 1e6) / 1e6);
  add_layer(reader, layer, std::move(values));
  advance(reader, to_string(spec_.layers.back()));
}

/// TensorFlow's pictures have their channels last, and its exporters turn them where ONNX wants them first.
void OnnxImporter::transpose(const OnnxNodeReader& reader) {
  const Integers order = reader.integers("perm");
  const bool to_first = order == Integers{0, 3, 1, 2};
  const bool to_last = order == Integers{0, 2, 3, 1};
  if (shape_.size() != 4 || (!to_first && !to_last))
    throw reader.unsupported(
        "changes the order of values; scrawl reads transposes of pictures between "
        "(channels, height, width) and (height, width, channels) only");
  const OnnxShape turned = {shape_[0], shape_[static_cast<std::size_t>(order[1])],
                            shape_[static_cast<std::size_t>(order[2])],
                            shape_[static_cast<std::size_t>(order[3])]};
  const bool same_order =
      to_first ? shape_[3] == 1 || shape_[1] * shape_[2] == 1 : shape_[1] == 1 || shape_[2] * shape_[3] == 1;
  shape_ = turned;
  if (!same_order && spec_.layers.empty()) {
    const bool uniform = std::all_of(pixel_steps_.begin(), pixel_steps_.end(),
                                     [](const PixelStep& step) { return step.values.size() == 1; });
    if (!to_first || !uniform)
      throw reader.unsupported(
          "transposes the images after other steps; export the model with channels first");
    spec_.input = {static_cast<std::size_t>(shape_[1]), static_cast<std::size_t>(shape_[2]),
                   static_cast<std::size_t>(shape_[3])};
    layer_shape_ = spec_.input;
  } else if (!same_order) {
    if (to_first != channels_last_)
      throw reader.unsupported("transposes values that are not a picture with channels " +
                               std::string(to_first ? "last" : "first"));
    channels_last_ = to_last;
    if (to_last && shape_ != OnnxShape{shape_[0], static_cast<std::int64_t>(layer_shape_.height),
                                       static_cast<std::int64_t>(layer_shape_.width),
                                       static_cast<std::int64_t>(layer_shape_.channels)})
      throw reader.unsupported("transposes values that were reshaped");
  }
  advance(reader, "nothing: scrawl stores channels first");
}

}  // namespace scrawl
