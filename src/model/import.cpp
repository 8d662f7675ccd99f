#include "scrawl/import.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "formats/gzip.h"
#include "formats/npy.h"
#include "formats/onnx.h"
#include "model/onnx_import.h"
#include "model/weight_file.h"
#include "model/weight_matching.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 2> order_names = {"out-in", "in-out"};

std::vector<std::string> numbered_classes(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < count; ++c) names.push_back(std::to_string(c));
  return names;
}

/// A network that ends in sigmoids was trained with squared errors, as far as one can tell.
LossSpec likely_loss(const ModelSpec& spec) {
  if (!spec.layers.empty() && std::holds_alternative<Sigmoid>(spec.layers.back())) return SquaredError{};
  return SoftmaxCrossEntropy{};
}

ImportResult from_onnx(const WeightFile& content, const ImportOptions& options, const std::string& file) {
  OnnxImport imported = import_onnx(parse_onnx(content.onnx, file), file);
  if (options.model && *options.model != imported.network.spec())
    throw Error(ErrorCode::invalid_argument,
                "holds the model '" + to_string(imported.network.spec()) + "', not '" +
                    to_string(*options.model) + "'; leave --model out",
                file);
  if (options.preprocessing && imported.has_preprocessing)
    throw Error(ErrorCode::invalid_argument,
                "prepares the pixels itself (" + to_string(imported.preprocessing) +
                    "); leave --scale, --divisor, "
                    "--mean, --deviation and --whitening out",
                file);
  if (imported.classes.empty()) imported.classes = numbered_classes(imported.network.outputs());
  const bool own = imported.has_preprocessing;
  return {.model = {std::move(imported.network),
                    {.preprocessing = own ? std::move(imported.preprocessing)
                                          : options.preprocessing.value_or(Preprocessing{}),
                     .loss = imported.loss,
                     .classes = std::move(imported.classes)}},
          .format = std::string(to_string(content.format)),
          .matches = std::move(imported.notes)};
}

/// Arrays named as an npz that scrawl exports names those of the preprocessing, beside the weights.
void take_preprocessing(std::vector<Tensor>& arrays, Preprocessing& preprocessing, const std::string& file) {
  const std::pair<std::string_view, std::vector<float>*> known[] = {{"mean", &preprocessing.mean},
                                                                    {"deviation", &preprocessing.deviation},
                                                                    {"whitening", &preprocessing.whitening}};
  for (const auto& name : known) {
    const auto found = std::find_if(arrays.begin(), arrays.end(),
                                    [&](const Tensor& array) { return array.name == name.first; });
    if (found == arrays.end()) continue;
    if (name.second->empty()) *name.second = to_floats(view(*found), file);
    arrays.erase(found);
  }
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
                "there is no order '" + std::string(text) + "' of weights" + suggestion(text, order_names));
  return static_cast<WeightOrder>(at - order_names.begin());
}

WeightFacts inspect_weights(const std::filesystem::path& path, const UnpackLimits& limits) {
  const std::string file = path.string();
  WeightFile content = read_weights(path, limits);
  if (content.format == WeightFormat::onnx) content.arrays = parse_onnx(content.onnx, file).initializers;
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
  if (content.format == WeightFormat::onnx) return from_onnx(content, options, file);
  if (is_own_model(content))
    throw Error(ErrorCode::invalid_argument, "is a model of scrawl's own already; use it as it is", file);
  if (!options.model)
    throw Error(
        ErrorCode::invalid_argument,
        "holds arrays, not how they are connected; describe the network, as in --model \"28x28 > dense 50 > "
        "sigmoid > dense 10\"",
        file);
  // Every parameter must come from the file: a description that promises more is refused before anything of
  // that size is allocated.
  std::uint64_t there = 0;
  for (const auto& array : content.arrays) there += array.data.size() / dtype_size(array.dtype);
  const std::uint64_t needed = count_parameters(*options.model);
  if (needed > there)
    throw Error(ErrorCode::bad_data,
                "holds " + std::to_string(there) + " numbers, and the model needs " + std::to_string(needed) +
                    " parameters; make --model fit",
                file);
  Network network(*options.model);
  Preprocessing preprocessing = options.preprocessing.value_or(Preprocessing{});
  take_preprocessing(content.arrays, preprocessing, file);
  auto matches = assign_weights(network, content.arrays, options.order, file);
  validate(preprocessing, network.inputs());
  auto classes = numbered_classes(network.outputs());
  return {.model = {std::move(network),
                    {.preprocessing = std::move(preprocessing),
                     .loss = likely_loss(*options.model),
                     .classes = std::move(classes)}},
          .format = std::string(to_string(content.format)),
          .matches = std::move(matches)};
}

}  // namespace scrawl
