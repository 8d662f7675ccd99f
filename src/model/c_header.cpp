#include "model/c_header.h"

#include "scrawl/prediction.h"
#include "scrawl/version.h"

#include "base/text.h"
#include "model/c_source.h"
#include "model/custom_layers.h"
#include "model/dense_arrays.h"

#include <algorithm>
#include <cmath>
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

/// The way from pixels to outputs as C: constants and statements. The activations live in two arrays, `a` and
/// `b`; a matrix reads one and writes the other.
class Program {
 public:
  Program(const Model& model, std::string name, bool int8)
      : name_(std::move(name)), int8_(int8), width_(model.network.inputs()) {
    prepare_pixels(model.info.preprocessing);
    const auto& layers = model.network.spec().layers;
    for (std::size_t i = 0; i < layers.size(); ++i)
      std::visit([&](const auto& layer) { add(layer, model.network, i); }, layers[i]);
    title("the largest output");
    body_ += c_loop(2, 'i', width_) + fmt::format("\n    if ({0}[i] > {0}[best]) best = i;\n\n", from_.name);
    std::visit([&](const auto& loss) { give_probabilities(loss); }, model.info.loss);
  }

  const std::string& constants() const { return constants_; }
  const std::string& body() const { return body_; }
  bool needs_math() const { return needs_math_; }
  std::size_t constant_bytes() const { return constant_bytes_; }
  std::size_t stack_bytes() const { return sizeof(float) * (from_.length + to_.length); }

  /// The declarations of `a` and `b`.
  std::string buffers() const {
    std::string text;
    const bool in_order = from_.name < to_.name;
    for (const Buffer& buffer : {in_order ? from_ : to_, in_order ? to_ : from_})
      if (buffer.length > 0) text += fmt::format("  float {}[{}];\n", buffer.name, buffer.length);
    return text;
  }

 private:
  struct Buffer {
    char name;
    std::size_t length = 0;  // of the widest layer that it has held
  };

  void title(std::string_view text) { body_ += fmt::format("  /* {} */\n", text); }

  /// Adds an array and returns its C name.
  template <class T>
  std::string constant(const std::string& name, const std::vector<T>& values, std::size_t columns = 0) {
    std::string full = name_ + "_" + name;
    constants_ += c_array(full, std::span<const T>(values), columns);
    constant_bytes_ += values.size() * sizeof(T);
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
    title("the pixels, prepared as they were for training");
    body_ += c_loop(2, 'i', width_) + fmt::format(" {}[i] = {};\n\n", from_.name, value);
    sparse_ = preprocessing.keeps_zeros();
    if (whitening.empty()) return;
    title("whitening");
    multiply(constant("whitening", transposed(whitening, width_, width_), width_), width_, "0.0f");
    body_ += "\n";
  }

  // One function for each kind of layer; a kind that is forgotten does not compile.

  void add(const Dense& spec, const Network& network, std::size_t layer) {
    const DenseArrays arrays = dense_arrays(network, layer);
    const std::string number = std::to_string(++dense_layers_);
    const bool has_bias = !arrays.bias.empty();
    title(to_string(LayerSpec(spec)));
    if (int8_) {
      check_finite("weights" + number, arrays.weight);
      const auto [values, scales] = quantise(arrays);
      const auto weights = constant("weights" + number, values, arrays.outputs);
      multiply("(float)" + weights, arrays.outputs, "0.0f");
      const auto scale = constant("scales" + number, scales) + "[o]";
      const auto bias = has_bias ? " + " + constant("bias" + number, arrays.bias) + "[o]" : "";
      body_ += c_loop(2, 'o', width_) + fmt::format(" {0}[o] = {0}[o] * {1}{2};\n", from_.name, scale, bias);
    } else {
      const auto weights = constant("weights" + number, arrays.weight, arrays.outputs);
      const auto bias = has_bias ? constant("bias" + number, arrays.bias) + "[o]" : "0.0f";
      multiply(weights, arrays.outputs, bias);
    }
    body_ += "\n";
  }
  void add(const Sigmoid& spec, const Network&, std::size_t) {
    needs_math_ = true;
    activate(spec, fmt::format("1.0f / (1.0f + expf(-{}[i]))", from_.name));
  }
  void add(const Tanh& spec, const Network&, std::size_t) {
    needs_math_ = true;
    activate(spec, fmt::format("tanhf({}[i])", from_.name));
  }
  void add(const Relu& spec, const Network&, std::size_t) {
    activate(spec, fmt::format("{0}[i] > 0.0f ? {0}[i] : 0.0f", from_.name));
    sparse_ = true;
  }

  void add(const CustomLayer& spec, const Network&, std::size_t) { refuse_to_export(spec); }

  void activate(const LayerSpec& spec, const std::string& value) {
    title(to_string(spec));
    body_ += c_loop(2, 'i', width_) + fmt::format(" {}[i] = {};\n\n", from_.name, value);
    sparse_ = false;
  }

  /// to = first + from * matrix, summed in the order of the inputs, as scrawl does.
  void multiply(const std::string& matrix, std::size_t outputs, const std::string& first) {
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
    width_ = outputs;
    sparse_ = false;
  }

  void give_probabilities(const SoftmaxCrossEntropy&) { softmax("softmax"); }
  void give_probabilities(const MulticlassHinge&) { softmax("softmax: the order is right, not calibrated"); }
  void softmax(std::string_view what) {
    needs_math_ = true;
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
    body_ += fmt::format("  if (probabilities) {{ /* {} */\n    float sum = 0.0f;\n", what);
    body_ += c_loop(4, 'i', width_) + " {\n      " + statement + "\n      sum += probabilities[i];\n    }\n";
    body_ += c_loop(4, 'i', width_) + " probabilities[i] /= sum;\n  }\n";
  }

  std::string name_;
  bool int8_;
  std::string constants_;
  std::string body_;
  std::size_t constant_bytes_ = 0;
  std::size_t dense_layers_ = 0;
  bool needs_math_ = false;
  Buffer from_{'a'};     // holds the activations so far,
  Buffer to_{'b'};       // and the other
  std::size_t width_;    // how many activations there are
  bool sparse_ = false;  // many of them are zero
};

/// The layers in lines of a comment.
std::string wrapped(const std::string& model, const std::string& indent) {
  std::string text;
  std::size_t used = indent.size();
  for (const auto piece : split(model, '>')) {
    const std::string word = (text.empty() ? "" : "> ") + std::string(trimmed(piece));
    if (!text.empty() && used + 1 + word.size() > 100) {
      text += "\n" + indent;
      used = indent.size();
    } else if (!text.empty()) {
      text += ' ';
      ++used;
    }
    text += word;
    used += word.size();
  }
  return text;
}

std::string comment(const Model& model, const Program& program, const std::string& name, bool int8) {
  const Network& network = model.network;
  const Shape& input = network.spec().input;
  const std::string indent = " *            ";
  std::string text = "/*\n";
  const auto line = [&](const std::string& words) { text += (words.empty() ? " *" : " * " + words) + "\n"; };
  line(fmt::format("A neural network that tells {} classes of images apart, as one header for C99 and C++.",
                   network.outputs()));
  line(fmt::format("Written by scrawl {}. It allocates nothing and needs {}.", version(),
                   program.needs_math() ? "only <math.h> (link with -lm)" : "no library"));
  line("");
  line("Network    " + wrapped(to_string(network.spec()), indent));
  line(fmt::format("Pixels     {} bytes, {}; the network gets", network.inputs(),
                   input.channels > 1 ? "channel by channel, each row by row" : "row by row"));
  line("           " + to_string(model.info.preprocessing));
  if (int8)
    line("Weights    one byte each, times a scale for each output of a layer; biases, activations and\n" +
         indent + "the preparation of the pixels are float");
  else
    line("Weights    float, exactly as in the model");
  line(int8 ? "Made from  float weights with the SHA-256" : "           their SHA-256 is");
  line("           " + weights_sha256(network));
  line(fmt::format("Memory     {} bytes of constants, {} bytes of stack for activations",
                   program.constant_bytes(), program.stack_bytes()));
  line("");
  line(fmt::format("    unsigned char pixels[{}];  // an image; in MNIST 0 is background and 255 is ink",
                   network.inputs()));
  line(fmt::format("    float probabilities[{}];", network.outputs()));
  line(fmt::format("    int digit = {}_predict(pixels, probabilities);", name));
  return text + " */\n";
}

std::string in_capitals(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

}  // namespace

std::string c_header(const Model& model, const std::string& name, bool int8) {
  check_c_identifier(name);
  const Program program(model, name, int8);
  const std::string macro = in_capitals(name);
  const std::size_t inputs = model.network.inputs();
  const std::size_t classes = model.network.outputs();
  std::string text = comment(model, program, name, int8);
  text += fmt::format("#ifndef {0}_H\n#define {0}_H\n\n", macro);
  if (program.needs_math()) text += "#include <math.h>\n\n";
  text += fmt::format("#define {0}_INPUTS {1}\n#define {0}_CLASSES {2}\n\n", macro, inputs, classes);
  text += c_array(name + "_class_names", std::span<const std::string>(model.info.classes));
  text += program.constants();
  text +=
      "/*\n"
      " * Returns the class of an image, which is the place of the largest output (the first of equals).\n"
      " * If `probabilities` is not null, it receives the probability of each class; they add up to 1.\n"
      " */\n";
  const std::string head =
      fmt::format("static inline int {}_predict(const unsigned char pixels[{}],", name, inputs);
  const std::string rest = fmt::format("float probabilities[{}]) {{\n", classes);
  text += head + (head.size() + rest.size() <= 100 ? " " : "\n        ") + rest;
  return text + program.buffers() + "  int best = 0;\n\n" + program.body() + "  return best;\n}\n\n#endif\n";
}

}  // namespace scrawl
