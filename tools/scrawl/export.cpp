#include "scrawl/error.h"
#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "base/file_system.h"
#include "base/text.h"
#include "command.h"
#include "numbers.h"
#include "output.h"
#include "output_file.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

struct ExportArguments {
  fs::path model;
  std::string format;
  fs::path out;
  std::string name;
  std::size_t member = 0;  // from 1; 0: the whole model
  bool int8 = false;
  bool overwrite = false;
  bool json = false;
};

/// What a program gets with the file, hands to it and reads from it.
struct Interface {
  std::string holds;
  std::string in;
  std::string out;
};

/// "1, 28, 28", or "784" for a plain vector, as the ONNX graph has it.
std::string dimensions(const Shape& shape) {
  if (shape.channels == 1 && shape.height == 1) return std::to_string(shape.width);
  return fmt::format("{}, {}, {}", shape.channels, shape.height, shape.width);
}

Interface interface_of(const Model& model, const ExportOptions& options) {
  const std::size_t pixels = model.inputs();
  const std::size_t classes = model.outputs();
  switch (options.format) {
    case ExportFormat::onnx:
      return {"the whole model",
              fmt::format("pixels (batch, {}), float32 from 0 to 255", dimensions(model.input())),
              fmt::format("probabilities (batch, {}), float32", classes)};
    case ExportFormat::safetensors:
    case ExportFormat::npz:
      return {"weights alone", "pixels prepared as " + to_string(model.only().info.preprocessing),
              fmt::format("{} raw outputs, the largest is the class", classes)};
    case ExportFormat::header:
      return {"the whole model", fmt::format("unsigned char pixels[{}]", pixels),
              fmt::format("the class as int and float probabilities[{}], from {}_predict()", classes,
                          options.name)};
  }
  return {};
}

int export_to(const ExportArguments& arguments) {
  ExportOptions options{.format = parse_export_format(arguments.format), .int8 = arguments.int8};
  if (options.int8 && options.format != ExportFormat::header)
    throw Error(ErrorCode::invalid_argument, "--int8 goes with --to header only");
  const bool has_names = options.format == ExportFormat::onnx || options.format == ExportFormat::header;
  if (!arguments.name.empty() && !has_names)
    throw Error(ErrorCode::invalid_argument, "--name goes with --to onnx and --to header only");
  fs::path source = arguments.model;
  if (arguments.member > 0)
    source.replace_filename(fmt::format("{}-{}.safetensors", source.stem().string(), arguments.member));
  const fs::path out =
      arguments.out.empty() ? export_path(source, options.format, options.int8) : arguments.out;
  options.name = arguments.name.empty() ? c_identifier(out.stem().string()) : arguments.name;
  Model model = load_model(arguments.model);
  if (arguments.member > 0) model = take_member(model, arguments.member - 1);
  check_output(out, arguments.model, arguments.overwrite);
  // A pipe such as /dev/stdout must get the export alone.
  const bool piped = file_exists(out) && !is_file(out);
  const std::size_t bytes = export_model(out, model, options);
  const auto [holds, in, gives] = interface_of(model, options);
  const Text line = arguments.json ? json_line({{"model", arguments.model.string()},
                                                {"file", out.string()},
                                                {"format", to_string(options.format)},
                                                {"int8", options.int8},
                                                {"bytes", bytes},
                                                {"holds", holds},
                                                {"input", in},
                                                {"output", gives}})
                                   : format_text("{}: {} {}, {}; in: {}; out: {}", bold(out.string()),
                                                 grouped(bytes), plural(bytes, "byte"), holds, in, gives);
  if (piped)
    print_message(line);
  else
    print_line(line);
  return success;
}

}  // namespace

void add_export(CommandLine& line) {
  auto arguments = std::make_shared<ExportArguments>();
  auto* command = line.add(
      line.app, "export", "Write a model for other programs: ONNX, PyTorch, NumPy, C",
      {.notes =
           "Formats:\n"
           "  onnx         the whole model, for ONNX runtimes\n"
           "  safetensors  only the weights, a state dict for PyTorch's nn.Sequential\n"
           "  npz          only the weights, for NumPy: x @ W1 + b1; with divisor, factor, offset, mean,\n"
           "               deviation and whitening of the pixels if the model has them\n"
           "  header       the whole model as one C99 header: int NAME_predict(pixels, probabilities)\n",
       .examples = "  scrawl export runs/two-layer/model.safetensors --to onnx\n"
                   "  scrawl export runs/two-layer/model.safetensors --to header --int8 -o digits.h\n"});
  add_value(command, "model", "MODEL", arguments->model, model_help)->required();
  add_value(command, "--to", "FORMAT", arguments->format, "onnx, safetensors, npz or header")->required();
  add_value(command, "-o,--out", "FILE", arguments->out,
            "The file to write (default: next to the model, such as model.onnx or model-int8.h)");
  command->add_flag("--overwrite", arguments->overwrite, overwrite_help);
  command->add_flag("--int8", arguments->int8,
                    "With header: one byte per weight, a quarter of the size, slightly less exact");
  add_value(command, "--name", "NAME", arguments->name,
            "The name of the graph, or the prefix of the C names (default: the file's name)");
  add_value(command, "--member", "N", arguments->member,
            "Export only member N of an ensemble, counted from 1 as in scrawl info")
      ->check(whole_number(1, most_members));
  command->add_flag("--json", arguments->json, json_help);
  command->callback([arguments, &line] { line.status = export_to(*arguments); });
}

}  // namespace scrawl::tool
