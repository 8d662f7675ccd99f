#include "scrawl/error.h"
#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "base/text.h"
#include "command.h"
#include "numbers.h"
#include "output.h"
#include "output_file.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

/// How the pixels were prepared when somebody else trained a network.
struct PreprocessingOptions {
  std::string scale;
  std::optional<float> divisor;
  std::string mean;
  std::string deviation;
  std::string whitening;

  /// What the options say; nullopt where none was given.
  std::optional<Preprocessing> value(const UnpackLimits& limits) const;

  /// Throws Error that names the option whose values do not fit images of so many pixels.
  void check(const Preprocessing& values, std::size_t pixels) const;
};

std::optional<float> parsed(std::string_view text) {
  const auto value = parse_number<float>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

Error wrong(const std::string& message) { return {ErrorCode::invalid_argument, message}; }

/// A number, or the values of an .npy file.
std::vector<float> values_of(const char* option, const std::string& text, const UnpackLimits& limits) {
  if (text.empty()) return {};
  if (const auto value = parsed(text)) return {*value};
  try {
    return read_array(text, limits);
  } catch (const Error& error) {
    throw Error(error.code(), std::string(option) + " takes a number or an .npy file: " + error.message(),
                text);
  }
}

std::optional<Preprocessing> PreprocessingOptions::value(const UnpackLimits& limits) const {
  if (scale.empty() && !divisor && mean.empty() && deviation.empty() && whitening.empty())
    return std::nullopt;
  Preprocessing result;
  if (!scale.empty()) {
    const auto dots = scale.find("..");
    const auto low = parsed(std::string_view(scale).substr(0, dots));
    const auto high =
        dots == std::string::npos ? std::nullopt : parsed(std::string_view(scale).substr(dots + 2));
    if (!low || !high || *low >= *high)
      throw wrong(
          "--scale is the range that the pixels 0..255 were brought to, such as 0..1, -1..1, 0..255 or "
          "0.01..1, not "
          "'" +
          scale + "'");
    result.offset = *low;
    // Raw bytes stay exact.
    result.divisor = *high - *low == 255 ? 1 : 255;
    result.factor = result.divisor == 1 ? 1 : *high - *low;
  }
  if (divisor) {
    if (!scale.empty()) throw wrong("--scale and --divisor say the same thing; give one of them");
    result.divisor = *divisor;
  }
  result.mean = values_of("--mean", mean, limits);
  result.deviation = values_of("--deviation", deviation, limits);
  result.whitening = values_of("--whitening", whitening, limits);
  return result;
}

void PreprocessingOptions::check(const Preprocessing& values, std::size_t pixels) const {
  const auto check_alone = [&](const char* option, const std::string& text, const Preprocessing& part) {
    try {
      validate(part, pixels);
    } catch (const Error& error) {
      throw Error(error.code(), std::string(option) + ": " + error.message(), text);
    }
  };
  check_alone("--mean", mean, {.mean = values.mean});
  if (std::any_of(values.deviation.begin(), values.deviation.end(), [](float value) { return value <= 0; }))
    throw Error(ErrorCode::invalid_argument,
                "--deviation: a deviation is not above 0; use 1 for pixels that never change", deviation);
  check_alone("--deviation", deviation, {.deviation = values.deviation});
  check_alone("--whitening", whitening, {.whitening = values.whitening});
}

void add_preprocessing_options(CLI::App* command, PreprocessingOptions& options) {
  add_value(
      command, "--scale", "LOW..HIGH", options.scale,
      "The range that pixels 0..255 were scaled to: 0..1 (default), -1..1, 0..255 or another one such as "
      "0.01..1");
  add_value(command, "--divisor", "D", options.divisor, "Or what pixels were divided by, such as 256")
      ->check(positive_number(1e9));
  add_value(command, "--mean", "NUMBER|FILE", options.mean,
            "What was then subtracted: a number, or an .npy file with one per pixel");
  add_value(command, "--deviation", "NUMBER|FILE", options.deviation,
            "What the result was divided by: a number, or an .npy file with one per pixel");
  add_value(command, "--whitening", "FILE", options.whitening,
            "An .npy file with the matrix that was then applied (rows are outputs)");
}

struct ImportArguments {
  fs::path file;
  std::string model;
  fs::path out;
  std::string order;
  std::string loss;
  PreprocessingOptions preprocessing;
  bool dropout_scaling = false;
  bool overwrite = false;
  bool json = false;
};

/// The model text; a softmax at its end is allowed, because that is how people write such networks.
ModelSpec model_of(std::string_view text) {
  const auto last = text.rfind('>');
  if (last != std::string_view::npos && trimmed(text.substr(last + 1)) == "softmax")
    text = text.substr(0, last);
  return parse_model(trimmed(text));
}

LossSpec loss_of(const std::string& name) {
  if (name == "squared-error") return SquaredError{};
  if (name == "multiclass-hinge") return MulticlassHinge{};
  return SoftmaxCrossEntropy{};
}

/// STEM.safetensors in the current folder.
fs::path output_of(const ImportArguments& arguments) {
  fs::path out = arguments.out;
  if (out.empty()) {
    out = arguments.file.filename();
    if (out.extension() == ".gz") out.replace_extension();
    out.replace_extension(".safetensors");
  }
  check_output(out, arguments.file, arguments.overwrite);
  return out;
}

int import(const ImportArguments& arguments, const UnpackLimits& limits) {
  const fs::path out = output_of(arguments);
  ImportOptions options{.dropout_scaling = arguments.dropout_scaling, .limits = limits};
  if (!arguments.model.empty()) options.model = model_of(arguments.model);
  if (!arguments.order.empty()) options.order = parse_weight_order(arguments.order);
  options.preprocessing = arguments.preprocessing.value(limits);
  if (options.preprocessing && options.model)
    arguments.preprocessing.check(*options.preprocessing, options.model->input.size());
  ImportResult result = import_model(arguments.file, options);
  if (!arguments.loss.empty()) result.model.only().info.loss = loss_of(arguments.loss);
  save_model(out, result.model.only().network, result.model.only().info);

  const std::string preprocessing = to_string(result.model.only().info.preprocessing);
  const std::size_t parameters = result.model.only().network.parameters().size();
  if (arguments.json) {
    const nlohmann::ordered_json json = {{"file", arguments.file.string()},
                                         {"format", result.format},
                                         {"model", to_string(result.model.only().network.spec())},
                                         {"parameters", parameters},
                                         {"matches", result.matches},
                                         {"preprocessing", preprocessing},
                                         {"loss", loss_name(result.model.only().info.loss)},
                                         {"weights_sha256", weights_sha256(result.model.only().network)},
                                         {"written", out.string()}};
    print_json(json);
    return success;
  }
  print_line(fmt::format("{}: {}, {} {}", arguments.file.string(), result.format, grouped(parameters),
                         plural(parameters, "parameter")));
  for (const auto& line : result.matches) print_line("  " + line);
  print_line(fmt::format("  pixels: {}{}", preprocessing,
                         options.preprocessing || result.brings_preprocessing
                             ? ""
                             : " (if the weights were trained otherwise, see --scale)"));
  print_line(fmt::format("written to {}; try: scrawl evaluate {}", out.string(), out.string()));
  return success;
}

}  // namespace

void add_import(CommandLine& line) {
  auto arguments = std::make_shared<ImportArguments>();
  auto* command = line.add(
      line.app, "import", "Make a model from weights that another program trained",
      {.notes = "Reads pickles of NumPy arrays, npz, safetensors, PyTorch's .pt and .pth, and ONNX, detected "
                "from\n"
                "the content. Code in a file is never run. Arrays are matched to layers by name and shape; a "
                "file\n"
                "whose arrays do not fit is refused.\n",
       .examples =
           "  scrawl import sample_weight.pkl --model \"28x28 > dense 50 > sigmoid > dense 100 > sigmoid > "
           "dense 10\"\n"
           "  scrawl import mnist.pt --model \"28x28 > dense 128 > relu > dense 10\" --mean 0.1307 "
           "--deviation 0.3081\n"
           "  scrawl import ch07_params.pkl --model \"28x28 > conv 30 5x5 > relu > maxpool 2 > dense 100 > "
           "relu > dense 10\"\n"
           "  scrawl import classifier.onnx -o classifier.safetensors\n"});
  add_value(command, "file", "FILE", arguments->file, "The file with the weights")->required();
  add_value(command, "--model", "TEXT", arguments->model,
            "The layers, such as \"28x28 > dense 50 > sigmoid > dense 10\"; not needed for ONNX and for "
            "safetensors from scrawl export");
  add_value(command, "-o,--output", "FILE", arguments->out,
            "The model file to write (default: NAME.safetensors in the current folder)");
  command->add_flag("--overwrite", arguments->overwrite, overwrite_help);
  add_value(command, "--order", "ORDER", arguments->order,
            "Layout of square weights if names do not tell: in-out (y = x W, NumPy) or out-in (PyTorch)");
  add_value(command, "--loss", "LOSS", arguments->loss,
            "The loss of the training: softmax-cross-entropy, squared-error or multiclass-hinge (default: "
            "squared-error if the network ends in a sigmoid, otherwise softmax-cross-entropy)");
  command->add_flag("--dropout-scaling", arguments->dropout_scaling,
                    "For dropout that multiplies by 1 - rate when predicting, as in Saito's book; the factor "
                    "goes into the weights after each dropout of --model");
  add_preprocessing_options(command, arguments->preprocessing);
  command->add_flag("--json", arguments->json, json_help);
  command->callback([arguments, &line] { line.status = import(*arguments, line.limits()); });
}

}  // namespace scrawl::tool
