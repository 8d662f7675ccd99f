#include "exchange/c_program.h"

#include "scrawl/model.h"

#include "base/text.h"
#include "exchange/c_source.h"
#include "model/custom_layers.h"
#include "model/dense_arrays.h"
#include "nn/layer_kinds.h"
#include "predict/fold.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace scrawl {
namespace {

/// " + 0.5f" or " - 0.5f".
std::string c_plus(float value) {
  return std::signbit(value) ? " - " + c_float(-value) : " + " + c_float(value);
}

/// The head of a loop over `count` values, indented.
std::string c_loop(std::size_t indent, char index, std::size_t count) {
  return fmt::format("{0:{1}}for (int {2} = 0; {2} < {3}; ++{2})", "", indent, index, count);
}

}  // namespace

/// Writes one layer; a kind that is forgotten does not compile.
struct CLayerWriter {
  CProgram& c;
  const Network& network;
  const std::size_t layer;

  void operator()(const Dense& spec) {
    const DenseArrays arrays = dense_arrays(network, layer);
    const std::string number = std::to_string(++c.weighted_layers_);
    const bool has_bias = !arrays.bias.empty();
    c.title(to_string(LayerSpec(spec)));
    if (c.int8_) {
      check_finite("weights" + number, arrays.weight);
      const auto [values, scales] = quantise(arrays);
      const auto weights = c.constant("weights" + number, values, arrays.outputs);
      c.multiply("(float)" + weights, arrays.outputs, "0.0f");
      const auto scale = c.constant("scales" + number, scales) + "[o]";
      const auto bias = has_bias ? " + " + c.constant("bias" + number, arrays.bias) + "[o]" : "";
      c.body_ +=
          c_loop(2, 'o', c.width_) + fmt::format(" {0}[o] = {0}[o] * {1}{2};\n", c.from_.name, scale, bias);
    } else {
      const auto weights = c.constant("weights" + number, arrays.weight, arrays.outputs);
      const auto bias = has_bias ? c.constant("bias" + number, arrays.bias) + "[o]" : "0.0f";
      c.multiply(weights, arrays.outputs, bias);
    }
    c.body_ += "\n";
  }
  void operator()(const Conv2d& spec) {
    const DenseArrays arrays = dense_arrays(network, layer);
    const std::string number = std::to_string(++c.weighted_layers_);
    const std::string bias = arrays.bias.empty() ? "0" : c.constant("bias" + number, arrays.bias);
    std::string weights;
    std::string scales;
    if (c.int8_) {
      check_finite("weights" + number, arrays.weight);
      const auto quantised = quantise(arrays);
      weights = c.constant("weights" + number, quantised.values);
      scales = c.constant("scales" + number, quantised.scales) + ", ";
    } else {
      weights = c.constant("weights" + number, arrays.weight);
    }
    call(spec, "convolution", fmt::format("{}, {}{}, {}, ", weights, scales, bias, spec.outputs),
         {spec.kernel_height, spec.kernel_width, spec.stride, spec.padding});
  }
  void operator()(const MaxPool& spec) {
    const bool sparse = c.sparse_;
    call(spec, "max_pool", "", {spec.size, spec.size, spec.stride, spec.padding});
    c.sparse_ = sparse;
  }
  void operator()(const AveragePool& spec) {
    call(spec, "mean_pool", "", {spec.size, spec.size, spec.stride, spec.padding});
  }
  void operator()(const GlobalAveragePool& spec) {
    call(spec, "mean_pool", "", {c.shape_.height, c.shape_.width, 1, 0});
  }
  /// One that was not folded: a factor and an offset for each channel.
  void operator()(const BatchNorm& spec) {
    const auto in_float = [](const std::vector<double>& x) { return std::vector<float>(x.begin(), x.end()); };
    const NormScale scale = norm_scale(network, layer);
    const std::string number = std::to_string(++c.norms_);
    const auto factors = c.constant("factors" + number, in_float(scale.factors));
    const auto offsets = c.constant("offsets" + number, in_float(scale.offsets));
    const std::size_t places = c.width_ / scale.factors.size();
    const std::string at = places == 1 ? "[i]" : fmt::format("[i / {}]", places);
    c.activate(spec, fmt::format("{0}[i] * {1}{3} + {2}{3}", c.from_.name, factors, offsets, at));
  }
  void operator()(const Dropout&) {}  // does nothing when it predicts
  void operator()(const Flatten&) {}
  template <ActivationSpec Spec>
  void operator()(const Spec& spec) {
    constexpr std::string_view value = LayerKind<Spec>::facts.c;
    static_assert(!value.empty());
    c.needs_math_ |= value.find("f(") != value.npos;
    c.activate(spec, fmt::format(fmt::runtime(value), c.from_.name));
    c.sparse_ = std::is_same_v<Spec, Relu>;
  }
  void operator()(const LeakyRelu& spec) {
    c.activate(spec, fmt::format("{0}[i] > 0.0f ? {0}[i] : {1} * {0}[i]", c.from_.name, c_float(spec.slope)));
  }
  void operator()(const CustomLayer& spec) { refuse_to_export(spec); }

 private:
  void call(const LayerSpec& spec, const char* function, const std::string& weights,
            const CProgram::Window& window) {
    c.title(to_string(spec));
    c.call(function, weights, window, network.shapes()[layer]);
  }
};

CProgram::CProgram(const Member& member, std::string name, bool int8)
    : name_(std::move(name)),
      int8_(int8),
      shape_(member.network.spec().input),
      width_(member.network.inputs()) {
  prepare_pixels(member.info.preprocessing);
  const Network network = fold_batchnorm(member.network);
  const auto& layers = network.spec().layers;
  for (std::size_t i = 0; i < layers.size(); ++i) std::visit(CLayerWriter{*this, network, i}, layers[i]);
  title("the largest output");
  body_ += c_loop(2, 'i', width_) + fmt::format("\n    if ({0}[i] > {0}[best]) best = i;\n\n", from_.name);
  std::visit([&](const auto& loss) { give_probabilities(loss); }, member.info.loss);
}

std::string CProgram::functions() const {
  std::string text;
  for (const auto& function : called_) text += c_function(function, name_, int8_);
  return text;
}

std::string CProgram::buffers() const {
  std::string text;
  const bool in_order = from_.name < to_.name;
  for (const Buffer& buffer : {in_order ? from_ : to_, in_order ? to_ : from_})
    if (buffer.length > 0) text += fmt::format("  float {}[{}];\n", buffer.name, buffer.length);
  return text;
}

void CProgram::title(std::string_view text) { body_ += fmt::format("  /* {} */\n", text); }

template <class T>
std::string CProgram::constant(const std::string& name, const std::vector<T>& values, std::size_t columns) {
  std::string full = name_ + "_" + name;
  constants_ += c_array(full, std::span<const T>(values), columns);
  constant_bytes_ += values.size() * sizeof(T);
  return full;
}

void CProgram::prepare_pixels(const Preprocessing& preprocessing) {
  const auto& [divisor, factor, offset, mean, deviation, whitening] = preprocessing;
  std::string value = "(float)pixels[i]";
  if (divisor != 1) value += " / " + c_float(divisor);
  if (factor != 1) value += " * " + c_float(factor);
  if (offset != 0) value += c_plus(offset);
  if (mean.size() == 1) value += c_plus(-mean[0]);
  if (mean.size() > 1) value += " - " + constant("mean", mean) + "[i]";
  if (!deviation.empty() && (offset != 0 || !mean.empty())) value = "(" + value + ")";
  if (deviation.size() == 1) value += " / " + c_float(deviation[0]);
  if (deviation.size() > 1) value += " / " + constant("deviation", deviation) + "[i]";
  from_.length = width_;
  title("the pixels, preprocessed as in training");
  body_ += c_loop(2, 'i', width_) + fmt::format(" {}[i] = {};\n\n", from_.name, value);
  sparse_ = preprocessing.keeps_zeros();
  if (whitening.empty()) return;
  title("whitening");
  multiply(constant("whitening", transposed(whitening, width_, width_), width_), width_, "0.0f");
  body_ += "\n";
}

void CProgram::call(const char* function, const std::string& weights, const Window& window,
                    const Shape& output) {
  called_.insert(function);
  body_ += fmt::format("  {}_{}({}, {}, {}, {},\n      {}{}, {}, {}, {}, {});\n\n", name_, function,
                       from_.name, shape_.channels, shape_.height, shape_.width, weights, window.height,
                       window.width, window.stride, window.padding, to_.name);
  shape_ = output;
  width_ = output.size();
  to_.length = std::max(to_.length, width_);
  std::swap(from_, to_);
  sparse_ = false;
}

void CProgram::activate(const LayerSpec& spec, const std::string& value) {
  title(to_string(spec));
  body_ += c_loop(2, 'i', width_) + fmt::format(" {}[i] = {};\n\n", from_.name, value);
  sparse_ = false;
}

void CProgram::multiply(const std::string& matrix, std::size_t outputs, const std::string& first) {
  to_.length = std::max(to_.length, outputs);
  body_ += c_loop(2, 'o', outputs) + fmt::format(" {}[o] = {};\n", to_.name, first);
  const std::string sum =
      c_loop(4, 'o', outputs) + fmt::format(" {}[o] += {}[i] * {}[i][o];\n", to_.name, from_.name, matrix);
  body_ += c_loop(2, 'i', width_);
  if (sparse_)
    body_ +=
        fmt::format(" {{\n    if ({}[i] == 0.0f) continue; /* adds nothing */\n{}  }}\n", from_.name, sum);
  else
    body_ += "\n" + sum;
  std::swap(from_, to_);
  shape_ = {1, 1, outputs};
  width_ = outputs;
  sparse_ = false;
}

void CProgram::give_probabilities(const SoftmaxCrossEntropy&) { softmax("softmax"); }
void CProgram::give_probabilities(const MulticlassHinge&) {
  softmax("softmax: the order is right, not calibrated");
}
void CProgram::softmax(std::string_view what) {
  needs_math_ = true;
  divide_by_sum(what, fmt::format("probabilities[i] = expf({0}[i] - {0}[best]);", from_.name));
}
void CProgram::give_probabilities(const SquaredError& loss) {
  const std::string value =
      fmt::format("({}[i]{}) / {}", from_.name, c_plus(-loss.low), c_float(loss.high - loss.low));
  const std::string least = c_float(least_squared_error_probability);
  divide_by_sum(
      fmt::format("targets were {} for the class and {} for the others", shortest(loss.high),
                  shortest(loss.low)),
      fmt::format("const float p = {0};\n      probabilities[i] = p > {1} ? p : {1};", value, least));
}
void CProgram::divide_by_sum(std::string_view what, const std::string& statement) {
  body_ += fmt::format("  if (probabilities) {{ /* {} */\n    float sum = 0.0f;\n", what);
  body_ += c_loop(4, 'i', width_) + " {\n      " + statement + "\n      sum += probabilities[i];\n    }\n";
  body_ += c_loop(4, 'i', width_) + " probabilities[i] /= sum;\n  }\n";
}

}  // namespace scrawl
