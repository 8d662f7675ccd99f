// What each operator of an ONNX graph becomes.

#include "scrawl/error.h"
#include "scrawl/prediction.h"

#include "model/onnx_importer.h"

#include <algorithm>
#include <cmath>

namespace scrawl {
namespace {

constexpr std::size_t most_pixel_steps = 16;

}  // namespace

const std::array<OnnxImporter::Operator, 21> OnnxImporter::operators = {{
    {"Gemm", &OnnxImporter::gemm},
    {"MatMul", &OnnxImporter::matmul},
    {"Relu", &OnnxImporter::activation<Relu>},
    {"Sigmoid", &OnnxImporter::activation<Sigmoid>},
    {"Tanh", &OnnxImporter::activation<Tanh>},
    {"Softmax", &OnnxImporter::softmax},
    {"LogSoftmax", &OnnxImporter::softmax},
    {"Add", &OnnxImporter::arithmetic},
    {"Sub", &OnnxImporter::arithmetic},
    {"Mul", &OnnxImporter::arithmetic},
    {"Div", &OnnxImporter::arithmetic},
    {"Max", &OnnxImporter::arithmetic},
    {"ReduceSum", &OnnxImporter::arithmetic},
    {"Flatten", &OnnxImporter::rearrange},
    {"Reshape", &OnnxImporter::rearrange},
    {"Squeeze", &OnnxImporter::rearrange},
    {"Unsqueeze", &OnnxImporter::rearrange},
    {"Identity", &OnnxImporter::pass},
    {"Dropout", &OnnxImporter::pass},
    {"Cast", &OnnxImporter::cast},
    {"Shape", &OnnxImporter::shape_of},
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
  if (whole_numbers_) throw reader.unsupported("its input is not floating-point; put a Cast before it");
  const Tensor& tensor = constants_.operand(reader, 1);
  const auto inputs = static_cast<std::size_t>(shape_.back());
  if (tensor.shape.size() != 2 || tensor.shape[transposed ? 1 : 0] != inputs ||
      tensor.shape[transposed ? 0 : 1] == 0)
    throw reader.damaged("its weights " + quoted_name(reader.input(1)) + " of shape " +
                         shape_text(tensor.shape) + " do not fit " + std::to_string(inputs) + " inputs");
  const std::size_t outputs = tensor.shape[transposed ? 0 : 1];
  constants_.charge(reader, outputs * (inputs + 1));
  const auto values = constants_.floats(reader, 1);
  DenseValues layer{.weights = std::vector<float>(values.size()), .bias = {}};
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t i = 0; i < inputs; ++i)
      layer.weights[o * inputs + i] = scale * values[transposed ? o * inputs + i : i * outputs + o];
  if (!std::all_of(layer.weights.begin(), layer.weights.end(), [](float w) { return std::isfinite(w); }))
    throw reader.damaged("its factor alpha makes weights that are not finite");
  dense_.push_back(std::move(layer));
  spec_.layers.push_back(Dense{.outputs = outputs, .bias = false});
  shape_.back() = static_cast<std::int64_t>(outputs);
}

/// Gives the last layer, which is dense, a bias.
void OnnxImporter::set_bias(const OnnxNodeReader& reader, std::size_t input, float scale) {
  const Tensor& tensor = constants_.operand(reader, input);
  if (!broadcasts(tensor.shape, shape_))
    throw reader.damaged("its bias " + quoted_name(reader.input(input)) + " of shape " +
                         shape_text(tensor.shape) + " does not fit " + std::to_string(shape_.back()) +
                         " outputs");
  auto bias = broadcast(constants_.floats(reader, input), tensor.shape, shape_);
  bias.resize(static_cast<std::size_t>(shape_.back()), bias[0]);
  for (auto& value : bias) {
    value *= scale;
    if (!std::isfinite(value)) throw reader.damaged("its factor beta makes a bias that is not finite");
  }
  dense_.back().bias = std::move(bias);
  std::get<Dense>(spec_.layers.back()).bias = true;
}

template <class Layer>
void OnnxImporter::activation(const OnnxNodeReader& reader) {
  if (whole_numbers_) throw reader.unsupported("its input is not floating-point; put a Cast before it");
  spec_.layers.push_back(Layer{});
  advance(reader, to_string(spec_.layers.back()));
}

void OnnxImporter::arithmetic(const OnnxNodeReader& reader) {
  const std::string& op = reader.op();
  const bool is_tail_op = op == squared_error_tail[tail_steps_];
  if (spec_.layers.empty() && op != "Max" && op != "ReduceSum") {
    pixel_step(reader);
  } else if (tail_steps_ > 0 || (is_tail_op && !dense_.empty())) {
    tail_step(reader);
  } else if (const auto* layer = spec_.layers.empty() ? nullptr : std::get_if<Dense>(&spec_.layers.back());
             op == "Add" && layer != nullptr && !layer->bias && reader.node().inputs.size() == 2) {
    const std::size_t bias = is_current(reader.input(0)) ? 1 : 0;
    if (constants_.find(reader.input(bias)) == nullptr)
      throw reader.unsupported("adds values to themselves; scrawl reads plain chains of layers");
    set_bias(reader, bias, 1);
    advance(reader, "the bias of " + to_string(spec_.layers.back()));
  } else {
    throw reader.unsupported(
        "arithmetic is understood before the first layer and as a layer's bias only; export the model "
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
    throw reader.unsupported("divides by the images; only sums and products with constants are understood");
  if (!broadcasts(tensor->shape, shape_))
    throw reader.unsupported("its constant of shape " + shape_text(tensor->shape) +
                             " does not fit the images; give one value, or one for each pixel");
  if (pixel_steps_.size() == most_pixel_steps)
    throw reader.unsupported("stands behind 16 other steps of preprocessing; combine them into one");
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

void OnnxImporter::softmax(const OnnxNodeReader& reader) {
  const auto rank = static_cast<std::int64_t>(shape_.size());
  const bool flattens = reader.opset() < 13;  // over all axes from `axis` on
  std::int64_t axis = reader.integer("axis", flattens ? 1 : -1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) throw reader.damaged("has an axis that its input does not have");
  std::size_t summed = 1;
  for (std::int64_t i = axis; i < (flattens ? rank : axis + 1); ++i)
    summed *= static_cast<std::size_t>(shape_[static_cast<std::size_t>(i)]);
  if (axis == 0 || summed != values_per_image(shape_))
    throw reader.unsupported("does not run over the classes of one image; use axis = 1");
  has_softmax_ = true;
  advance(reader, "left out: it belongs to the loss");
}

float OnnxImporter::tail_constant(const OnnxNodeReader& reader) const {
  const Tensor* tensor = constants_.find(reader.input(1));
  if (tensor == nullptr || reader.node().inputs.size() != 2 || count_values(tensor->shape) != 1U)
    throw reader.unsupported(
        "arithmetic behind the last layer is understood only as scrawl's export writes it; export the model "
        "up to its last layer");
  return constants_.floats(reader, 1)[0];
}

void OnnxImporter::tail_step(const OnnxNodeReader& reader) {
  const auto expect = [&](bool as_written) {
    if (!as_written)
      throw reader.unsupported(
          "this is not how outputs become probabilities in scrawl; export the model up "
          "to its last layer");
  };
  expect(is_current(reader.input(0)));
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
      const auto axes = reader.input(1).empty() ? reader.integers("axes") : constants_.integers(reader, 1);
      expect(shape_.size() == 2 && axes.size() == 1 && (axes[0] == 1 || axes[0] == -1) &&
             reader.integer("keepdims", 1) == 1);
      tail_sum_ = reader.node().outputs[0];
      ++tail_steps_;
      return;
    }
    default: expect(reader.input(1) == tail_sum_);
  }
  ++tail_steps_;
  advance(reader, "left out: it makes probabilities of squared-error outputs");
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
  advance(reader, "nothing: layers take the values in this order anyway");
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
    throw reader.unsupported("casts to whole numbers; only casts to floating point are understood");
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
