#include "scrawl/error.h"
#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "base/text.h"
#include "command.h"
#include "output.h"
#include "output_file.h"
#include "preprocessing_options.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

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
