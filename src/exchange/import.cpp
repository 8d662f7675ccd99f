#include "scrawl/error.h"
#include "scrawl/exchange.h"

#include "base/text.h"
#include "exchange/carried_facts.h"
#include "exchange/onnx_import.h"
#include "exchange/state_dict.h"
#include "exchange/weight_matching.h"
#include "formats/file_kind.h"
#include "formats/gzip.h"
#include "formats/npy.h"
#include "formats/onnx.h"
#include "formats/weight_file.h"
#include "nn/layer_kinds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 2> order_names = {"out-in", "in-out"};

/// A network that ends in sigmoids was trained with squared errors, as far as one can tell.
LossSpec likely_loss(const ModelSpec& spec) {
  if (!spec.layers.empty() && as<Sigmoid>(spec.layers.back())) return SquaredError{};
  return SoftmaxCrossEntropy{};
}

void check_preprocessing(const Preprocessing& preprocessing, std::size_t pixels, const std::string& file) {
  try {
    validate(preprocessing, pixels);
  } catch (const Error& error) {
    throw Error(error.code(), "its preprocessing: " + error.message(), file);
  }
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

ImportResult from_onnx(const WeightFile& content, const ImportOptions& options,
                       const std::filesystem::path& path) {
  const std::string file = path.string();
  if (options.order)
    throw Error(ErrorCode::invalid_argument, "is ONNX, which defines the order of its weights; omit --order",
                file);
  if (options.dropout_scaling)
    throw Error(ErrorCode::invalid_argument,
                "is ONNX, which defines the whole inference; omit --dropout-scaling", file);
  OnnxImport imported = import_onnx(parse_onnx(content.onnx, file, folder_of(path)), file);
  if (options.model && *options.model != imported.network.spec())
    throw Error(ErrorCode::invalid_argument,
                "holds the model '" + to_string(imported.network.spec()) + "', not '" +
                    to_string(*options.model) + "'; leave --model out",
                file);
  if (options.preprocessing && imported.has_preprocessing)
    throw Error(ErrorCode::invalid_argument,
                "prepares the pixels itself (" + to_string(imported.preprocessing) +
                    "); leave --scale, --divisor, --mean, --deviation and --whitening out",
                file);
  const bool own = imported.has_preprocessing;
  if (options.preprocessing) check_preprocessing(*options.preprocessing, imported.network.inputs(), file);
  return {.model = {std::move(imported.network),
                    {.preprocessing = own ? std::move(imported.preprocessing)
                                          : options.preprocessing.value_or(Preprocessing{}),
                     .loss = imported.loss,
                     .classes = std::move(imported.classes)}},
          .format = std::string(to_string(content.format)),
          .matches = std::move(imported.notes),
          .brings_preprocessing = own};
}

/// How many layers have arrays.
std::size_t count_layers_with_arrays(const ModelSpec& spec) {
  std::set<std::string> places;
  for (const auto& info : parameter_infos(spec)) places.insert(info.name.substr(0, info.name.find('.')));
  return places.size();
}

/// No file's arrays can be told to be those of a program's own layer.
void refuse_custom_parameters(const ModelSpec& spec, const std::string& file) {
  for (const auto& info : parameter_infos(spec))
    if (const auto* layer = as<CustomLayer>(spec.layers[std::stoul(info.name)]))
      throw Error(ErrorCode::unsupported,
                  "cannot be imported into the layer '" + layer->name +
                      "', which is a custom layer of this program; set the parameter " + info.name +
                      " with set_parameter instead",
                  file);
}

/// What a network with these arrays may be, for a message. Only the author knows its activations and pooling.
std::string example_model(const std::vector<Tensor>& tensors) {
  constexpr const char* dense = "28x28 > dense 50 > sigmoid > dense 10";
  const auto is_window = [](const Tensor& array) { return array.shape.size() == 4; };
  const auto found = std::find_if(tensors.begin(), tensors.end(), is_window);
  if (found == tensors.end()) return dense;
  const auto& shape = found->shape;
  return "28x28 > conv " + std::to_string(shape[0]) + " " + std::to_string(shape[2]) + "x" +
         std::to_string(shape[3]) + " > relu > maxpool 2 > dense 10";
}

bool is_own_model(const WeightFile& content) {
  const auto format = content.metadata.find("format");
  return format != content.metadata.end() && format->second == "scrawl-model";
}

ArrayFacts facts_of(const Tensor& array, const std::string& file) {
  ArrayFacts facts{.name = array.name, .dtype = array.dtype, .shape = array.shape};
  bool any = false;
  for (const float value : to_floats(view(array), file)) {
    if (!std::isfinite(value)) {
      ++facts.not_finite;
      continue;
    }
    facts.low = any ? std::min<double>(facts.low, value) : value;
    facts.high = any ? std::max<double>(facts.high, value) : value;
    any = true;
  }
  return facts;
}

}  // namespace

std::string_view to_string(WeightOrder order) { return order_names[static_cast<std::size_t>(order)]; }

WeightOrder parse_weight_order(std::string_view text) {
  const auto at = std::find(order_names.begin(), order_names.end(), text);
  if (at == order_names.end())
    throw Error(ErrorCode::invalid_argument,
                "unknown weight order '" + std::string(text) + "'" + suggestion(text, order_names));
  return static_cast<WeightOrder>(at - order_names.begin());
}

std::vector<std::byte> read_bytes(const std::filesystem::path& path) { return read_file(path); }

std::optional<std::string> weight_format(std::span<const std::byte> bytes, const std::string& file) {
  if (is_gzip(bytes)) return "gzip";
  const auto format = recognise(bytes, file);
  return format ? std::optional(std::string(to_string(*format))) : std::nullopt;
}

std::string wrong_file_message(std::span<const std::byte> bytes, const std::string& wanted,
                               const std::string& remedy) {
  return wrong_file(bytes, wanted, remedy);
}

WeightFacts inspect_weights(const std::filesystem::path& path, const UnpackLimits& limits) {
  return inspect_weights(read_file(path), path, limits);
}

WeightFacts inspect_weights(std::vector<std::byte> bytes, const std::filesystem::path& path,
                            const UnpackLimits& limits) {
  const std::string file = path.string();
  WeightFile content = parse_weights(std::move(bytes), file, limits);
  if (content.format == WeightFormat::onnx)
    content.arrays = parse_onnx(content.onnx, file, folder_of(path)).initializers;
  WeightFacts facts{
      .format = std::string(to_string(content.format)), .is_model = is_own_model(content), .arrays = {}};
  for (const auto& array : content.arrays) facts.arrays.push_back(facts_of(array, file));
  return facts;
}

std::vector<float> read_array(const std::filesystem::path& path, const UnpackLimits& limits) {
  const std::string file = path.string();
  Bytes bytes = read_file(path);
  if (is_gzip(bytes)) bytes = gunzip(bytes, file, limits);
  return to_floats(view(parse_npy(bytes, file)), file);
}

ImportResult import_model(const std::filesystem::path& path, const ImportOptions& options) {
  const std::string file = path.string();
  WeightFile content = read_weights(path, options.limits);
  if (content.format == WeightFormat::onnx) return from_onnx(content, options, path);
  if (is_own_model(content))
    throw Error(ErrorCode::invalid_argument, "is already a scrawl model; use it as it is", file);
  if (content.arrays.empty())
    throw Error(ErrorCode::bad_data, "contains no arrays; save the weights as named arrays", file);
  CarriedFacts carried = take_carried_facts(content, options.preprocessing, file);
  const auto& model = options.model ? options.model : carried.model;
  if (!model)
    throw Error(ErrorCode::invalid_argument,
                "contains arrays but not how they are connected; describe the network, as in --model \"" +
                    example_model(content.arrays) + "\"",
                file);
  refuse_custom_parameters(*model, file);
  const std::size_t layers = count_layers_with_arrays(*model);
  const std::string left_out = keep_state_dict(content.arrays, layers, file);
  // Every parameter must come from the file: a description that promises more is refused before anything of
  // that size is allocated.
  const auto matched = match_weights(
      *model, content.arrays, file,
      content.format == WeightFormat::safetensors ? ArraySequence::meaningless : ArraySequence::as_written);
  Network network(*model);
  if (!carried.classes.empty() && carried.classes.size() != network.outputs())
    throw Error(ErrorCode::bad_data,
                "names " + counted(carried.classes.size(), "class") + ", and the model has " +
                    counted(network.outputs(), "output") + "; make --model fit",
                file);
  auto matches = assign_weights(network, matched, options.order, file);
  if (!left_out.empty()) matches.push_back(left_out);
  if (options.dropout_scaling)
    for (auto& line : fold_dropout_scaling(network, file)) matches.push_back(std::move(line));
  const bool brought = carried.preprocessing.has_value();
  Preprocessing preprocessing =
      std::move(carried.preprocessing).value_or(options.preprocessing.value_or(Preprocessing{}));
  check_preprocessing(preprocessing, network.inputs(), file);
  auto classes = carried.classes.empty() ? numbered_classes(network.outputs()) : std::move(carried.classes);
  const LossSpec loss = likely_loss(*model);
  return {.model = {std::move(network),
                    {.preprocessing = std::move(preprocessing), .loss = loss, .classes = std::move(classes)}},
          .format = std::string(to_string(content.format)),
          .matches = std::move(matches),
          .brings_preprocessing = brought};
}

}  // namespace scrawl
