// Reads the operators that do not become layers; onnx_layers.cpp reads those that do.

#include "scrawl/error.h"
#include "scrawl/model.h"

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

using Integers = std::vector<std::int64_t>;

constexpr std::size_t most_pixel_steps = 16;
constexpr std::int64_t most_padding = 1 << 20;

}  // namespace

const std::array<OnnxImporter::Operator, 21> OnnxImporter::operators = {{
    {"Pad", &OnnxImporter::pad, "mode pads value"},
    {"Transpose", &OnnxImporter::transpose, "perm"},
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

/// Zeros around the pictures, which a convolution or a mean behind it can add by itself.
void OnnxImporter::pad(const OnnxNodeReader& reader) {
  chain_.require_picture(reader);
  const auto mode = reader.node().attributes.find("mode");
  const auto* const text =
      mode == reader.node().attributes.end() ? nullptr : std::get_if<std::string>(&mode->second);
  const bool is_constant = mode == reader.node().attributes.end() || (text != nullptr && *text == "constant");
  Integers pads = reader.has("pads") ? reader.integers("pads") : chain_.constants.integers(reader, 1);
  if (!reader.input(3).empty()) {  // from opset 18 on, which axes the pads are for
    const Integers axes = chain_.constants.integers(reader, 3);
    if (axes == Integers{2, 3} && pads.size() == 4)
      pads = {0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]};
    else if (axes != Integers{0, 1, 2, 3})
      pads.clear();
  }
  const bool has_value = !reader.input(2).empty();
  const bool is_zero = reader.number("value", 0) == 0 &&
                       (!has_value || chain_.constants.floats(reader, 2) == std::vector{0.0F});
  const auto amount = pads.size() == 8 ? pads[2] : -1;
  if (!is_constant || !is_zero || amount < 0 || amount > most_padding ||
      pads != Integers{0, 0, amount, amount, 0, 0, amount, amount})
    throw reader.unsupported(
        "is supported only with the same number of zeros on all four sides of a picture");
  chain_.advance(reader, "the padding of the next layer");
  chain_.padding += static_cast<std::size_t>(amount);
}

/// TensorFlow's pictures have their channels last, and its exporters turn them where ONNX wants them first.
void OnnxImporter::transpose(const OnnxNodeReader& reader) {
  const Integers order = reader.integers("perm");
  const bool to_first = order == Integers{0, 3, 1, 2};
  const bool to_last = order == Integers{0, 2, 3, 1};
  if (chain_.shape.size() != 4 || (!to_first && !to_last))
    throw reader.unsupported(
        "changes the order of values; scrawl reads transposes of pictures between "
        "(channels, height, width) and (height, width, channels) only");
  const OnnxShape turned = {chain_.shape[0], chain_.shape[static_cast<std::size_t>(order[1])],
                            chain_.shape[static_cast<std::size_t>(order[2])],
                            chain_.shape[static_cast<std::size_t>(order[3])]};
  const bool same_order = to_first ? chain_.shape[3] == 1 || chain_.shape[1] * chain_.shape[2] == 1
                                   : chain_.shape[1] == 1 || chain_.shape[2] * chain_.shape[3] == 1;
  chain_.shape = turned;
  if (!same_order && chain_.spec.layers.empty()) {
    const bool uniform = std::all_of(pixel_steps_.begin(), pixel_steps_.end(),
                                     [](const PixelStep& step) { return step.values.size() == 1; });
    if (!to_first || !uniform)
      throw reader.unsupported(
          "transposes the images after other steps; export the model with channels first");
    chain_.spec.input = {static_cast<std::size_t>(chain_.shape[1]), static_cast<std::size_t>(chain_.shape[2]),
                         static_cast<std::size_t>(chain_.shape[3])};
    chain_.layer_shape = chain_.spec.input;
  } else if (!same_order) {
    if (to_first != chain_.channels_last)
      throw reader.unsupported("transposes values that are not a picture with channels " +
                               std::string(to_first ? "last" : "first"));
    chain_.channels_last = to_last;
    if (to_last &&
        chain_.shape != OnnxShape{chain_.shape[0], static_cast<std::int64_t>(chain_.layer_shape.height),
                                  static_cast<std::int64_t>(chain_.layer_shape.width),
                                  static_cast<std::int64_t>(chain_.layer_shape.channels)})
      throw reader.unsupported("transposes values that were reshaped");
  }
  chain_.advance(reader, "nothing: scrawl stores channels first");
}

void OnnxImporter::arithmetic(const OnnxNodeReader& reader) {
  const std::string& op = reader.op();
  const bool is_tail_op = op == squared_error_tail[tail_steps_];
  if (is_onnx_gate(chain_, reader)) {
    read_onnx_gate(chain_, reader);
  } else if (chain_.spec.layers.empty() && op != "Max" && op != "ReduceSum") {
    pixel_step(reader);
  } else if (tail_steps_ > 0 || (is_tail_op && !chain_.values.empty())) {
    tail_step(reader);
  } else if (op == "Add" && lacks_bias(chain_) && reader.node().inputs.size() == 2) {
    set_onnx_bias(chain_, reader, chain_.is_current(reader.input(0)) ? 1 : 0);
  } else {
    throw reader.unsupported(
        "arithmetic is supported only before the first layer and as a layer's bias; export the model "
        "up to its last layer");
  }
}

void OnnxImporter::pixel_step(const OnnxNodeReader& reader) {
  const std::string& op = reader.op();
  if (chain_.whole_numbers)
    throw reader.unsupported("computes with whole numbers; put a Cast to float32 before it");
  const std::size_t constant = chain_.is_current(reader.input(0)) ? 1 : 0;
  const Tensor* tensor = chain_.constants.find(reader.input(constant));
  if (tensor == nullptr || reader.node().inputs.size() != 2)
    throw reader.unsupported("needs a constant besides the images; scrawl reads plain chains of layers");
  if (op == "Div" && constant == 0)
    throw reader.unsupported("divides by the images; only sums and products with constants are supported");
  if (!broadcasts(tensor->shape, chain_.shape))
    throw reader.unsupported("its constant of shape " + shape_text(tensor->shape) +
                             " does not fit the images; give one value, or one for each pixel");
  if (pixel_steps_.size() == most_pixel_steps)
    throw reader.unsupported("follows 16 other steps of preprocessing; combine them into one");
  chain_.constants.charge(reader, count_values(tensor->shape).value_or(0));
  PixelStep step{
      .values = chain_.constants.floats(reader, constant), .shape = tensor->shape, .image = chain_.shape};
  using Kind = PixelStep::Kind;
  if (op == "Add") step.kind = Kind::add;
  if (op == "Sub") step.kind = constant == 1 ? Kind::subtract : Kind::subtract_from;
  if (op == "Mul") step.kind = Kind::multiply;
  if (op == "Div") step.kind = Kind::divide;
  if (op == "Div" && std::find(step.values.begin(), step.values.end(), 0.0F) != step.values.end())
    throw reader.damaged("divides by 0");
  pixel_steps_.push_back(std::move(step));
  chain_.advance(reader, "preprocessing");
}

void OnnxImporter::rearrange(const OnnxNodeReader& reader) {
  std::vector<std::int64_t> operand;
  const bool has_operand = !reader.input(1).empty();
  if (has_operand && chain_.constants.find(reader.input(1)) == nullptr)
    throw reader.unsupported("its shape or axes are not constant; export the model with a fixed image size");
  if (has_operand) operand = chain_.constants.integers(reader, 1);
  if (reader.op() == "Reshape" && fixed_batch_ && !operand.empty() && operand[0] == *fixed_batch_)
    operand[0] = batch_length;
  chain_.shape = changed_shape(reader, chain_.shape, has_operand ? &operand : nullptr);
  chain_.advance(reader, "nothing: the values already have this order");
}

void OnnxImporter::pass(const OnnxNodeReader& reader) {
  if (const Tensor* training = chain_.constants.find(reader.input(2)))
    if (std::any_of(training->data.begin(), training->data.end(), [](auto b) { return b != std::byte{0}; }))
      throw reader.unsupported("drops values; export the model in evaluation mode");
  chain_.advance(reader, "nothing");
}

void OnnxImporter::cast(const OnnxNodeReader& reader) {
  constexpr std::array<std::int64_t, 4> floating = {1, 10, 11, 16};  // FLOAT, FLOAT16, DOUBLE, BFLOAT16
  if (std::find(floating.begin(), floating.end(), reader.integer("to", 0)) == floating.end())
    throw reader.unsupported("casts to whole numbers; only casts to floating point are supported");
  chain_.whole_numbers = false;
  chain_.advance(reader, "nothing: scrawl computes in float32");
}

/// Exporters write x.view(x.shape[0], -1) as arithmetic on the shape.
void OnnxImporter::shape_of(const OnnxNodeReader& reader) {
  if (reader.has("start") || reader.has("end"))
    throw reader.unsupported("takes a part of a shape; export the model with a fixed image size");
  chain_.constants.add(reader, reader.node().outputs[0], integer_tensor(chain_.shape, {chain_.shape.size()}));
}

// ---- behind the last layer, where probabilities are made of its outputs

void OnnxImporter::softmax(const OnnxNodeReader& reader) {
  const auto rank = static_cast<std::int64_t>(chain_.shape.size());
  const bool flattens = reader.opset() < 13;  // over all axes from `axis` on
  std::int64_t axis = reader.integer("axis", flattens ? 1 : -1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) throw reader.damaged("has an axis that its input does not have");
  std::size_t summed = 1;
  for (std::int64_t i = axis; i < (flattens ? rank : axis + 1); ++i)
    summed *= static_cast<std::size_t>(chain_.shape[static_cast<std::size_t>(i)]);
  if (axis == 0 || summed != values_per_image(chain_.shape))
    throw reader.unsupported("does not run over the classes of one image; use axis = 1");
  has_softmax_ = true;
  chain_.advance(reader, "omitted: it belongs to the loss");
}

float OnnxImporter::tail_constant(const OnnxNodeReader& reader) const {
  const Tensor* tensor = chain_.constants.find(reader.input(1));
  if (tensor == nullptr || reader.node().inputs.size() != 2 || count_values(tensor->shape) != 1U)
    throw reader.unsupported(
        "arithmetic after the last layer is supported only in the form that scrawl exports; export the model "
        "up to its last layer");
  return chain_.constants.floats(reader, 1)[0];
}

void OnnxImporter::tail_step(const OnnxNodeReader& reader) {
  const auto expect = [&](bool as_written) {
    if (!as_written)
      throw reader.unsupported(
          "scrawl does not convert outputs to probabilities in this way; export the model up "
          "to its last layer");
  };
  expect(chain_.is_current(reader.input(0)));
  switch (tail_steps_) {
    case 0: squared_error_.low = tail_constant(reader); break;
    case 1: {
      const float range = tail_constant(reader);
      expect(std::isnormal(range));
      // The sum may be rounded; look for the number whose difference is the range again.
      const float high = squared_error_.low + range;
      squared_error_.high = high;
      for (const float near : {std::nextafter(high, -INFINITY), std::nextafter(high, INFINITY)})
        if (squared_error_.high - squared_error_.low != range) squared_error_.high = near;
      expect(std::isfinite(squared_error_.high) && squared_error_.high != squared_error_.low);
      break;
    }
    case 2: expect(tail_constant(reader) == least_squared_error_probability); break;
    case 3: {
      const auto axes =
          reader.input(1).empty() ? reader.integers("axes") : chain_.constants.integers(reader, 1);
      expect(chain_.shape.size() == 2 && axes.size() == 1 && (axes[0] == 1 || axes[0] == -1) &&
             reader.integer("keepdims", 1) == 1);
      tail_sum_ = reader.node().outputs[0];
      ++tail_steps_;
      return;
    }
    default: expect(reader.input(1) == tail_sum_);
  }
  ++tail_steps_;
  chain_.advance(reader, "omitted: it converts squared-error outputs to probabilities");
}

}  // namespace scrawl
