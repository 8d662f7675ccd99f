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

void add_import(CLI::App& app, int& status) {
  auto arguments = std::make_shared<ImportArguments>();
  auto* command = app.add_subcommand("import", "Make a model from weights that another program trained");
  command->footer(
      "Reads pickles of NumPy arrays, npz, safetensors, PyTorch's .pt and .pth, and ONNX, recognised by "
      "content.\n"
      "No code in a file is ever run. Arrays go to layers by name and shape; what does not fit is refused.\n"
      "Examples:\n"
      "  scrawl import sample_weight.pkl --model \"28x28 > dense 50 > sigmoid > dense 100 > sigmoid > dense "
      "10\"\n"
      "  scrawl import mnist.pt --model \"28x28 > dense 128 > relu > dense 10\" --mean 0.1307 --deviation "
      "0.3081\n"
      "  scrawl import ch07_params.pkl --model \"28x28 > conv 30 5x5 > relu > maxpool 2 > dense 100 > relu > "
      "dense 10\"\n"
      "  scrawl import classifier.onnx -o classifier.safetensors");
  command->add_option("file", arguments->file, "The file with the weights")->required();
  command
      ->add_option(
          "--model", arguments->model,
          "How the layers are connected, such as \"28x28 > dense 50 > sigmoid > dense 10\"; ONNX and "
          "what scrawl export wrote as safetensors need none")
      ->type_name("TEXT");
  command
      ->add_option("-o,--output", arguments->out, "The model file to write (default: NAME.safetensors, here)")
      ->type_name("FILE");
  command->add_flag("--overwrite", arguments->overwrite, "Replace the file to write if it is there");
  command
      ->add_option(
          "--order", arguments->order,
          "How square weights lie, where names do not tell: in-out (y = x W, NumPy) or out-in (PyTorch)")
      ->type_name("ORDER");
  command
      ->add_option(
          "--loss", arguments->loss,
          "What the outputs mean: softmax-cross-entropy, squared-error or multiclass-hinge (default: "
          "squared-error if the network ends in a sigmoid, otherwise softmax-cross-entropy)")
      ->check(CLI::IsMember({"softmax-cross-entropy", "squared-error", "multiclass-hinge"}))
      ->type_name("LOSS");
  command->add_flag(
      "--dropout-scaling", arguments->dropout_scaling,
      "Trained with dropout that multiplies by 1 - rate in recognition, as in Saito's book; the "
      "factor goes into the weights behind each dropout of --model");
  add_preprocessing_options(*command, arguments->preprocessing);
  command->add_flag("--json", arguments->json, "Print the result as one JSON object");
  command->callback([arguments, &status, &app] { status = import(*arguments, unpack_limits(app)); });
}

}  // namespace scrawl::tool
