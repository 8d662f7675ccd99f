#include "scrawl/model_file.h"

#include "scrawl/error.h"
#include "scrawl/version.h"

#include "base/text.h"
#include "formats/gzip.h"
#include "formats/safetensors.h"
#include "model/weight_file.h"
#include "nn/model_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include <nlohmann/json.hpp>

namespace scrawl {
namespace {

using Json = nlohmann::json;

constexpr std::string_view model_format = "scrawl-model";
constexpr std::string_view format_version = "1";
constexpr const char* state_name = "state";
constexpr std::uint64_t most_model_bytes = std::uint64_t{1} << 34;  // 2^31 float32 values, and room

// The arrays of the preprocessing, as the file names them.
struct PreprocessingArray {
  const char* name;
  std::vector<float> Preprocessing::*values;
};
constexpr std::array preprocessing_arrays = {
    PreprocessingArray{"preprocessing.mean", &Preprocessing::mean},
    PreprocessingArray{"preprocessing.deviation", &Preprocessing::deviation},
    PreprocessingArray{"preprocessing.whitening", &Preprocessing::whitening},
};

Json loss_to_json(const LossSpec& spec) {
  Json json = {{"kind", loss_name(spec)}};
  if (const auto* softmax = std::get_if<SoftmaxCrossEntropy>(&spec))
    json["log_epsilon"] = softmax->log_epsilon;
  if (const auto* squared = std::get_if<SquaredError>(&spec)) {
    json["low"] = squared->low;
    json["high"] = squared->high;
  }
  if (const auto* hinge = std::get_if<MulticlassHinge>(&spec)) json["margin"] = hinge->margin;
  return json;
}

/// Reads metadata values; every failure names the file and the key.
class Metadata {
 public:
  Metadata(const std::map<std::string, std::string>& values, const std::string& file)
      : values_(values), file_(file) {}

  [[noreturn]] void fail(const std::string& key, const std::string& why) const {
    throw Error(ErrorCode::bad_data, "metadata '" + key + "': " + why, file_);
  }

  const std::string& text(const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) fail(key, "is missing; this is not a model that scrawl wrote");
    return found->second;
  }

  Json json(const std::string& key) const {
    Json value = Json::parse(text(key), nullptr, false);
    if (value.is_discarded()) fail(key, "is not JSON");
    return value;
  }

  float number(const std::string& key, const Json& object, const char* member) const {
    if (!object.is_object() || !object.contains(member) || !object[member].is_number())
      fail(key, std::string("has no number '") + member + "'");
    const auto value = object[member].get<float>();
    if (!std::isfinite(value)) fail(key, std::string("'") + member + "' is not finite");
    return value;
  }

  LossSpec loss() const {
    const Json value = json("loss");
    const auto kind = value.is_object() && value.contains("kind") ? value["kind"] : Json();
    if (kind == "softmax-cross-entropy") return SoftmaxCrossEntropy{number("loss", value, "log_epsilon")};
    if (kind == "squared-error")
      return SquaredError{number("loss", value, "low"), number("loss", value, "high")};
    if (kind == "multiclass-hinge") return MulticlassHinge{number("loss", value, "margin")};
    fail("loss", "is of an unknown kind");
  }

  std::vector<std::string> classes(std::size_t outputs) const {
    const Json value = json("classes");
    if (!value.is_array() || value.size() != outputs)
      fail("classes", "must be a list of " + std::to_string(outputs) + " names, one for each output");
    std::vector<std::string> names;
    for (const auto& name : value) {
      if (!name.is_string()) fail("classes", "holds something that is not a text");
      names.push_back(name.get<std::string>());
    }
    return names;
  }

  std::uint64_t seed() const {
    const std::string& digits = text("seed");
    std::uint64_t seed = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
    if (status != std::errc{} || end != digits.data() + digits.size()) fail("seed", "is not a whole number");
    return seed;
  }

 private:
  const std::map<std::string, std::string>& values_;
  const std::string& file_;
};

Error no_model(std::string_view format, const std::string& file) {
  return {ErrorCode::bad_data,
          "is no model of scrawl's, but a file of the format " + std::string(format) +
              "; make a model of it with: scrawl import " + file,
          file};
}

void check_finite(const std::vector<float>& values, const std::string& name, const std::string& file) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw Error(ErrorCode::bad_data, "value " + std::to_string(i) + " of '" + name + "' is not finite",
                  file);
}

Preprocessing read_preprocessing(const SafetensorsFile& content, const Metadata& metadata, std::size_t pixels,
                                 const std::string& file) {
  const Json scale = metadata.json("preprocessing");
  Preprocessing preprocessing{.divisor = metadata.number("preprocessing", scale, "divisor"),
                              .factor = metadata.number("preprocessing", scale, "factor"),
                              .offset = metadata.number("preprocessing", scale, "offset"),
                              .mean = {},
                              .deviation = {},
                              .whitening = {}};
  for (const auto& [name, values] : preprocessing_arrays)
    if (const Tensor* tensor = content.find(name))
      preprocessing.*values = read_floats(content, name, tensor->shape, file);
  try {
    validate(preprocessing, pixels);
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_data, error.message(), file);
  }
  return preprocessing;
}

}  // namespace

std::vector<std::string> numbered_classes(std::size_t count) {
  std::vector<std::string> names;
  names.reserve(count);
  for (std::size_t c = 0; c < count; ++c) names.push_back(std::to_string(c));
  return names;
}

void save_model(const std::filesystem::path& path, const Network& network, const ModelInfo& info) {
  const auto& preprocessing = info.preprocessing;
  const std::map<std::string, std::string> metadata = {
      {"format", std::string(model_format)},
      {"format_version", std::string(format_version)},
      {"model", to_string(network.spec())},
      {"preprocessing", Json{{"divisor", preprocessing.divisor},
                             {"factor", preprocessing.factor},
                             {"offset", preprocessing.offset}}
                            .dump()},
      {"loss", loss_to_json(info.loss).dump()},
      {"classes", Json(info.classes).dump()},
      {"recipe", info.recipe},
      {"recipe_text", info.recipe_text},
      {"seed", std::to_string(info.seed)},
      {"data", info.data},
      {"data_sha256", info.data_sha256},
      {"scrawl_version", version()},
  };
  std::vector<std::vector<float>> copies;  // what the views below point into
  copies.reserve(network.parameter_infos().size());
  std::vector<TensorView> tensors;
  for (const auto& parameter : network.parameter_infos()) {
    copies.push_back(copy_parameter(network, parameter));
    tensors.push_back(float_tensor(parameter.name, parameter.shape, copies.back()));
  }
  if (!network.state().empty())
    tensors.push_back(float_tensor(state_name, {network.state().size()}, network.state()));
  for (const auto& [name, values] : preprocessing_arrays)
    if (const auto& array = preprocessing.*values; !array.empty())
      tensors.push_back(float_tensor(name, {array.size()}, array));
  write_safetensors(path, metadata, tensors);
}

Model load_model(const std::filesystem::path& path, const std::vector<CustomLayer>& custom) {
  return parse_model_file(read_file(path, most_model_bytes), path.string(), custom);
}

Model parse_model_file(std::span<const std::byte> bytes, const std::string& file,
                       const std::vector<CustomLayer>& custom) {
  if (is_gzip(bytes)) return parse_model_file(gunzip(bytes, file), file, custom);
  if (!is_safetensors(bytes))
    if (const auto format = recognise(bytes, file)) throw no_model(to_string(*format), file);
  const SafetensorsFile content = parse_safetensors(bytes, file);
  const Metadata metadata(content.metadata, file);

  const auto found_format = content.metadata.find("format");
  if (found_format == content.metadata.end() || found_format->second != model_format)
    throw no_model(to_string(WeightFormat::safetensors), file);
  const auto& found_version = metadata.text("format_version");
  if (found_version != format_version)
    throw Error(ErrorCode::unsupported,
                "is a model of format version " + found_version + "; this scrawl (" + version() +
                    ") reads version " + std::string(format_version) +
                    ": use the version of scrawl that wrote it, or a newer one",
                file);

  if (const auto name = foreign_layer(metadata.text("model"), custom); !name.empty())
    throw Error(
        ErrorCode::unsupported,
        "has a layer '" + name + "', and known are " + own_layers() +
            "; it is a layer of the program that wrote the model, so use the model there, or hand the "
            "layer to load_model as a CustomLayer",
        file);
  ModelSpec spec;
  try {
    spec = parse_model(metadata.text("model"), custom);
  } catch (const Error& error) {
    metadata.fail("model", error.message());
  }
  // The file holds all parameters, so a model text that promises more than the file has is refused before
  // anything of that size is allocated.
  const std::uint64_t expected = count_parameters(spec) + count_state(spec);
  if (expected * sizeof(float) > bytes.size())
    metadata.fail("model",
                  "needs " + std::to_string(expected) + " parameters, and the file is too small for them");

  if (content.tensors.size() > parameter_infos(spec).size() + preprocessing_arrays.size() + 1)
    throw Error(ErrorCode::bad_data, "holds arrays that its model text does not explain", file);

  Network network(std::move(spec));
  std::size_t known = 0;
  for (const auto& info : network.parameter_infos()) {
    const auto values = read_floats(content, info.name, info.shape, file);
    check_finite(values, info.name, file);
    set_parameter<float>(network, info, values);
    ++known;
  }
  if (!network.state().empty()) {
    const auto state = read_floats(content, state_name, {network.state().size()}, file);
    check_finite(state, state_name, file);
    std::copy(state.begin(), state.end(), network.state().begin());
    ++known;
  }
  for (const auto& array : preprocessing_arrays) known += content.find(array.name) ? 1 : 0;
  if (known != content.tensors.size())
    throw Error(ErrorCode::bad_data, "holds arrays that its model text does not explain", file);

  ModelInfo info{.preprocessing = read_preprocessing(content, metadata, network.inputs(), file),
                 .loss = metadata.loss(),
                 .classes = metadata.classes(network.outputs()),
                 .recipe = metadata.text("recipe"),
                 .recipe_text = metadata.text("recipe_text"),
                 .seed = metadata.seed(),
                 .data = metadata.text("data"),
                 .data_sha256 = metadata.text("data_sha256")};
  return {std::move(network), std::move(info)};
}

}  // namespace scrawl
