#include "scrawl/model.h"

#include "base/text.h"
#include "exchange/c_header.h"
#include "exchange/c_source.h"
#include "model/layer_arrays.h"
#include "nn/layer_kinds.h"
#include "predict/fold.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

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

/// The activations live in two arrays, `a` and `b`; a layer that cannot work in place reads one and writes
/// the other.
class Writer {
 public:
  Writer(const Network& network, std::string name, bool int8)
      : network_(network),
        name_(std::move(name)),
        int8_(int8),
        shape_(network.spec().input),
        width_(network.inputs()) {}

  CProgram run(const ModelInfo& info) {
    prepare_pixels(info.preprocessing);
    for (const auto& spec : network_.spec().layers) {
      std::visit(*this, spec);
      ++layer_;
    }
    title("the largest output");
    result_.body +=
        c_loop(2, 'i', width_) + fmt::format("\n    if ({0}[i] > {0}[best]) best = i;\n\n", from_.name);
    std::visit([&](const auto& loss) { give_probabilities(loss); }, info.loss);
    for (const auto& function : called_) result_.functions += c_function(function, name_, int8_);
    for (const Buffer& buffer : {std::min(from_, to_), std::max(from_, to_)})
      if (buffer.length > 0) result_.buffers += fmt::format("  float {}[{}];\n", buffer.name, buffer.length);
    result_.stack_bytes = sizeof(float) * (from_.length + to_.length);
    return std::move(result_);
  }

  // One overload for each kind of layer: one that is forgotten does not compile.
  void operator()(const Dense& spec) {
    const DenseArrays arrays = dense_arrays(network_, layer_);
    const std::string number = std::to_string(++weighted_layers_);
    const bool has_bias = !arrays.bias.empty();
    title(to_string(LayerSpec(spec)));
    if (int8_) {
      check_finite("weights" + number, arrays.weight);
      const auto [values, scales] = quantise(arrays);
      const auto weights = constant("weights" + number, values, arrays.outputs);
      multiply("(float)" + weights, arrays.outputs, "0.0f");
      const auto scale = constant("scales" + number, scales) + "[o]";
      const auto bias = has_bias ? " + " + constant("bias" + number, arrays.bias) + "[o]" : "";
      result_.body +=
          c_loop(2, 'o', width_) + fmt::format(" {0}[o] = {0}[o] * {1}{2};\n", from_.name, scale, bias);
    } else {
      const auto weights = constant("weights" + number, arrays.weight, arrays.outputs);
      const auto bias = has_bias ? constant("bias" + number, arrays.bias) + "[o]" : "0.0f";
      multiply(weights, arrays.outputs, bias);
    }
    result_.body += "\n";
  }
  void operator()(const Conv2d& spec) {
    const DenseArrays arrays = dense_arrays(network_, layer_);
    const std::string number = std::to_string(++weighted_layers_);
    const std::string bias = arrays.bias.empty() ? "0" : constant("bias" + number, arrays.bias);
    std::string weights;
    std::string scales;
    if (int8_) {
      check_finite("weights" + number, arrays.weight);
      const auto quantised = quantise(arrays);
      weights = constant("weights" + number, quantised.values);
      scales = constant("scales" + number, quantised.scales) + ", ";
    } else {
      weights = constant("weights" + number, arrays.weight);
    }
    call(spec, "convolution", fmt::format("{}, {}{}, {}, ", weights, scales, bias, spec.outputs),
         {spec.kernel_height, spec.kernel_width, spec.stride, spec.padding});
  }
  void operator()(const MaxPool& spec) {
    const bool sparse = sparse_;
    call(spec, "max_pool", "", {spec.size, spec.size, spec.stride, spec.padding});
    sparse_ = sparse;
  }
  void operator()(const AveragePool& spec) {
    call(spec, "mean_pool", "", {spec.size, spec.size, spec.stride, spec.padding});
  }
  void operator()(const GlobalAveragePool& spec) {
    call(spec, "mean_pool", "", {shape_.height, shape_.width, 1, 0});
  }
  /// One that was not folded: a factor and an offset for each channel.
  void operator()(const BatchNorm& spec) {
    const auto in_float = [](const std::vector<double>& x) { return std::vector<float>(x.begin(), x.end()); };
    const NormScale scale = norm_scale(network_, layer_);
    const std::string number = std::to_string(++norms_);
    const auto factors = constant("factors" + number, in_float(scale.factors));
    const auto offsets = constant("offsets" + number, in_float(scale.offsets));
    const std::size_t places = width_ / scale.factors.size();
    const std::string at = places == 1 ? "[i]" : fmt::format("[i / {}]", places);
    activate(spec, fmt::format("{0}[i] * {1}{3} + {2}{3}", from_.name, factors, offsets, at));
  }
  void operator()(const Dropout&) {}  // does nothing when it predicts
  void operator()(const Flatten&) {}
  template <ActivationSpec Spec>
  void operator()(const Spec& spec) {
    constexpr std::string_view value = LayerKind<Spec>::facts.c;
    static_assert(!value.empty());
    result_.needs_math |= value.find("f(") != value.npos;
    activate(spec, fmt::format(fmt::runtime(value), from_.name));
    sparse_ = std::is_same_v<Spec, Relu>;
  }
  void operator()(const LeakyRelu& spec) {
    activate(spec, fmt::format("{0}[i] > 0.0f ? {0}[i] : {1} * {0}[i]", from_.name, c_float(spec.slope)));
  }
  void operator()(const CustomLayer&) {}  // encode_export() refuses it

 private:
  struct Buffer {
    char name;
    std::size_t length = 0;  // of the widest layer that it has held
    bool operator<(const Buffer& other) const { return name < other.name; }
  };
  struct Window {
    std::size_t height = 0;
    std::size_t width = 0;
    std::size_t stride = 0;
    std::size_t padding = 0;
  };

  void title(std::string_view text) { result_.body += fmt::format("  /* {} */\n", text); }

  /// Adds an array and returns its C name.
  template <class T>
  std::string constant(const std::string& name, const std::vector<T>& values, std::size_t columns = 0) {
    std::string full = name_ + "_" + name;
    result_.constants += c_array(full, std::span<const T>(values), columns);
    result_.constant_bytes += values.size() * sizeof(T);
    return full;
  }

  /// Scale, mean and deviation in one expression; then the whitening matrix.
  void prepare_pixels(const Preprocessing& preprocessing) {
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
    result_.body += c_loop(2, 'i', width_) + fmt::format(" {}[i] = {};\n\n", from_.name, value);
    sparse_ = preprocessing.keeps_zeros();
    if (whitening.empty()) return;
    title("whitening");
    multiply(constant("whitening", transposed(whitening, width_, width_), width_), width_, "0.0f");
    result_.body += "\n";
  }

  /// Calls a function that reads the picture in `from` below a window and writes `to`.
  void call(const LayerSpec& spec, const char* function, const std::string& weights, const Window& window) {
    title(to_string(spec));
    const Shape& output = network_.shapes()[layer_];
    called_.insert(function);
    result_.body += fmt::format("  {}_{}({}, {}, {}, {},\n      {}{}, {}, {}, {}, {});\n\n", name_, function,
                                from_.name, shape_.channels, shape_.height, shape_.width, weights,
                                window.height, window.width, window.stride, window.padding, to_.name);
    shape_ = output;
    width_ = output.size();
    to_.length = std::max(to_.length, width_);
    std::swap(from_, to_);
    sparse_ = false;
  }

  void activate(const LayerSpec& spec, const std::string& value) {
    title(to_string(spec));
    result_.body += c_loop(2, 'i', width_) + fmt::format(" {}[i] = {};\n\n", from_.name, value);
    sparse_ = false;
  }

  /// to = first + from * matrix, summed in the order of the inputs, as scrawl does.
  void multiply(const std::string& matrix, std::size_t outputs, const std::string& first) {
    to_.length = std::max(to_.length, outputs);
    result_.body += c_loop(2, 'o', outputs) + fmt::format(" {}[o] = {};\n", to_.name, first);
    const std::string sum =
        c_loop(4, 'o', outputs) + fmt::format(" {}[o] += {}[i] * {}[i][o];\n", to_.name, from_.name, matrix);
    result_.body += c_loop(2, 'i', width_);
    if (sparse_)
      result_.body +=
          fmt::format(" {{\n    if ({}[i] == 0.0f) continue; /* adds nothing */\n{}  }}\n", from_.name, sum);
    else
      result_.body += "\n" + sum;
    std::swap(from_, to_);
    shape_ = {1, 1, outputs};
    width_ = outputs;
    sparse_ = false;
  }

  void give_probabilities(const SoftmaxCrossEntropy&) { softmax("softmax"); }
  void give_probabilities(const MulticlassHinge&) { softmax("softmax: the order is right, not calibrated"); }
  void softmax(std::string_view what) {
    result_.needs_math = true;
    divide_by_sum(what, fmt::format("probabilities[i] = expf({0}[i] - {0}[best]);", from_.name));
  }
  void give_probabilities(const SquaredError& loss) {
    const std::string value =
        fmt::format("({}[i]{}) / {}", from_.name, c_plus(-loss.low), c_float(loss.high - loss.low));
    const std::string least = c_float(least_squared_error_probability);
    divide_by_sum(
        fmt::format("targets were {} for the class and {} for the others", shortest(loss.high),
                    shortest(loss.low)),
        fmt::format("const float p = {0};\n      probabilities[i] = p > {1} ? p : {1};", value, least));
  }
  void divide_by_sum(std::string_view what, const std::string& statement) {
    result_.body += fmt::format("  if (probabilities) {{ /* {} */\n    float sum = 0.0f;\n", what);
    result_.body +=
        c_loop(4, 'i', width_) + " {\n      " + statement + "\n      sum += probabilities[i];\n    }\n";
    result_.body += c_loop(4, 'i', width_) + " probabilities[i] /= sum;\n  }\n";
  }

  const Network& network_;
  std::string name_;
  bool int8_;
  CProgram result_;
  std::size_t layer_ = 0;  // the place of the layer that is written
  std::size_t weighted_layers_ = 0;
  std::size_t norms_ = 0;
  std::set<std::string> called_;
  Buffer from_{'a'};     // holds the activations so far,
  Buffer to_{'b'};       // and the other
  Shape shape_;          // of the activations
  std::size_t width_;    // how many there are
  bool sparse_ = false;  // many of them are zero
};

}  // namespace

CProgram c_program(const Member& member, const std::string& name, bool int8) {
  const Network network = fold_batchnorm(member.network);
  return Writer(network, name, int8).run(member.info);
}

}  // namespace scrawl
