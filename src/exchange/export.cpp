#include "scrawl/error.h"
#include "scrawl/exchange.h"

#include "base/files.h"
#include "base/text.h"
#include "exchange/c_header.h"
#include "exchange/onnx_export.h"
#include "exchange/weight_export.h"
#include "formats/onnx.h"
#include "model/custom_layers.h"
#include "nn/layer_kinds.h"

#include <algorithm>
#include <array>
#include <variant>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 4> format_names = {"onnx", "safetensors", "npz", "header"};
constexpr std::array<std::string_view, 4> endings = {".onnx", "-weights.safetensors", ".npz", ".h"};

void check(const Model& model, const ExportOptions& options) {
  if (model.members.size() > 1)
    throw Error(ErrorCode::unsupported,
                fmt::format("the model is an ensemble of {} networks, and a file in this format ({}) "
                            "contains only one; export one "
                            "member after the other, with --member 1 and so on (take_member)",
                            model.members.size(), to_string(options.format)));
  if (options.int8 && options.format != ExportFormat::header)
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("int8 weights are for the format header only, not {}", to_string(options.format)));
  if (model.classes().size() != model.outputs())
    throw Error(ErrorCode::invalid_argument,
                "the model has " + counted(model.outputs(), "output") + " and the names of " +
                    counted(model.classes().size(), "class") + "; give each output one");
  validate(model.only().info.preprocessing, model.inputs());
  for (const auto& layer : model.only().network.spec().layers)
    if (const auto* custom = as<CustomLayer>(layer)) refuse_to_export(*custom);
}

}  // namespace

std::string_view to_string(ExportFormat format) { return format_names[static_cast<std::size_t>(format)]; }

ExportFormat parse_export_format(std::string_view text) {
  const auto at = std::find(format_names.begin(), format_names.end(), text);
  if (at == format_names.end())
    throw Error(ErrorCode::invalid_argument,
                "unknown export format '" + std::string(text) + "'" + suggestion(text, format_names));
  return static_cast<ExportFormat>(at - format_names.begin());
}

std::filesystem::path export_path(const std::filesystem::path& model, ExportFormat format, bool int8) {
  auto path = model;
  path.replace_extension();
  if (int8) path += "-int8";
  path += endings[static_cast<std::size_t>(format)];
  return path;
}

Bytes encode_export(const Model& model, const ExportOptions& options) {
  check(model, options);
  const std::string name = options.name.empty() ? "model" : options.name;
  switch (options.format) {
    case ExportFormat::onnx: return encode_onnx(export_onnx(model.only(), name));
    case ExportFormat::safetensors: return encode_state_dict(model.only());
    case ExportFormat::npz: return encode_numpy_arrays(model.only());
    case ExportFormat::header: {
      const std::string text = c_header(model.only(), name, options.int8);
      const auto bytes = std::as_bytes(std::span(text));
      return {bytes.begin(), bytes.end()};
    }
  }
  throw Error(ErrorCode::invalid_argument, "there is no such format to export to");
}

std::size_t export_model(const std::filesystem::path& path, const Model& model,
                         const ExportOptions& options) {
  const Bytes bytes = encode_export(model, options);
  write_file(path, bytes);
  return bytes.size();
}

}  // namespace scrawl
