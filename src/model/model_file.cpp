#include "scrawl/error.h"
#include "scrawl/model.h"

#include "base/file_system.h"
#include "base/json.h"
#include "base/text.h"
#include "formats/file_kind.h"
#include "formats/gzip.h"
#include "formats/safetensors.h"
#include "formats/weight_file.h"
#include "model/layer_arrays.h"
#include "model/model_metadata.h"
#include "nn/layer_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

namespace scrawl {
namespace {

constexpr std::string_view model_format = "scrawl-model";
constexpr std::string_view format_version = "1";
constexpr std::string_view ensemble_version = "2";                  // so that readers of version 1 refuse it
constexpr const char* old_state_name = "state";                     // older files: all state in one array
constexpr std::uint64_t most_model_bytes = std::uint64_t{1} << 34;  // 2^31 float32 values, with room

// The arrays of the preprocessing, as named in the file.
struct PreprocessingArray {
  const char* name;
  std::vector<float> Preprocessing::*values;
};
constexpr std::array preprocessing_arrays = {
    PreprocessingArray{"preprocessing.mean", &Preprocessing::mean},
    PreprocessingArray{"preprocessing.deviation", &Preprocessing::deviation},
    PreprocessingArray{"preprocessing.whitening", &Preprocessing::whitening},
};

/// The prefix of the names of a member's arrays and metadata.
std::string prefix_of(std::size_t member) { return "member." + std::to_string(member) + "."; }

Error no_model(std::string_view format, const std::string& file) {
  return {ErrorCode::bad_data,
          "contains weights as " + std::string(format) +
              " and is not a scrawl model; convert it with: scrawl import " + file,
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
  const nlohmann::json scale = metadata.json("preprocessing");
  Preprocessing preprocessing{.divisor = metadata.number("preprocessing", scale, "divisor"),
                              .factor = metadata.number("preprocessing", scale, "factor"),
                              .offset = metadata.number("preprocessing", scale, "offset"),
                              .mean = {},
                              .deviation = {},
                              .whitening = {}};
  for (const auto& [array, values] : preprocessing_arrays)
    if (const std::string name = metadata.prefix() + array; const Tensor* tensor = content.find(name))
      preprocessing.*values = read_floats(content, name, tensor->shape, file);
  try {
    validate(preprocessing, pixels);
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_data, error.message(), file);
  }
  return preprocessing;
}

/// The metadata of each member, by format version.
std::vector<Metadata> members_of(const SafetensorsFile& content, const Metadata& metadata,
                                 const std::string& file) {
  const auto& found = metadata.text("format_version");
  if (found == format_version) return {metadata};
  if (found != ensemble_version)
    throw Error(ErrorCode::unsupported,
                "is a model of format version " + found + "; this scrawl (" + version() +
                    ") reads versions " + std::string(format_version) + " and " +
                    std::string(ensemble_version) +
                    ": use the version of scrawl that wrote it, or a newer one",
                file);
  const std::uint64_t count = metadata.whole_number("members");
  if (count < 2 || count > most_members)
    metadata.fail("members", "must be a number from 2 to " + std::to_string(most_members));
  std::vector<Metadata> members;
  members.reserve(count);
  for (std::size_t k = 0; k < count; ++k) members.emplace_back(content.metadata, file, prefix_of(k));
  return members;
}

ModelSpec read_spec(const Metadata& metadata, const std::vector<CustomLayer>& custom,
                    const std::string& file) {
  if (const auto name = foreign_layer(metadata.text("model"), custom); !name.empty())
    throw Error(
        ErrorCode::unsupported,
        "has an unknown layer '" + name + "'; known are " + own_layers() +
            "; it is a custom layer of the program that wrote the model: use the model there, or pass the "
            "layer to load_model as a CustomLayer",
        file);
  try {
    return parse_model(metadata.text("model"), custom);
  } catch (const Error& error) {
    metadata.fail("model", error.message());
  }
}

/// Returns the number of arrays.
std::size_t read_state(const SafetensorsFile& content, const std::string& prefix, Network& network,
                       const std::string& file) {
  auto states = state_infos(network.spec());
  if (!states.empty() && content.find(prefix + old_state_name) != nullptr)
    states = {{old_state_name, {network.state().size()}, 0}};
  for (const auto& info : states) {
    const std::string name = prefix + info.name;
    const auto values = read_floats(content, name, info.shape, file);
    check_finite(values, name, file);
    if (info.is_variance() && std::any_of(values.begin(), values.end(), [](float v) { return v < 0; }))
      throw Error(ErrorCode::bad_data, "'" + name + "' contains a negative variance", file);
    set_state(network, info, values);
  }
  return states.size();
}

/// Adds the number of arrays that it reads to `known`.
Member read_member(const SafetensorsFile& content, const Metadata& metadata, const Metadata& whole,
                   ModelSpec spec, const std::string& file, std::size_t& known) {
  Network network(std::move(spec));
  for (const auto& info : network.parameter_infos()) {
    const std::string name = metadata.prefix() + info.name;
    const auto values = read_floats(content, name, info.shape, file);
    check_finite(values, name, file);
    set_parameter<float>(network, info, values);
    ++known;
  }
  known += read_state(content, metadata.prefix(), network, file);
  for (const auto& array : preprocessing_arrays)
    known += content.find(metadata.prefix() + array.name) ? 1 : 0;
  ModelInfo info{.preprocessing = read_preprocessing(content, metadata, network.inputs(), file),
                 .loss = metadata.loss(),
                 .classes = whole.classes(network.outputs()),
                 .recipe = metadata.text("recipe"),
                 .recipe_text = metadata.text("recipe_text"),
                 .seed = metadata.whole_number("seed"),
                 .data = metadata.text("data"),
                 .data_sha256 = metadata.text("data_sha256")};
  info.temperature = metadata.temperature();
  info.thresholds = metadata.thresholds();
  info.tunings = metadata.tunings();
  return {std::move(network), std::move(info)};
}

/// The contents of a file. The tensors point into `copies`, a deque because its elements do not move.
struct Content {
  std::map<std::string, std::string> metadata;
  std::deque<std::vector<float>> copies;
  std::vector<TensorView> tensors;
};

void add_member(const Network& network, const ModelInfo& info, const std::string& prefix, Content& content) {
  const auto& preprocessing = info.preprocessing;
  const std::pair<const char*, std::string> metadata[] = {
      {"model", to_string(network.spec())},
      {"preprocessing", dump_json(nlohmann::json{{"divisor", preprocessing.divisor},
                                                 {"factor", preprocessing.factor},
                                                 {"offset", preprocessing.offset}})},
      {"loss", dump_json(loss_to_json(info.loss))},
      {"recipe", info.recipe},
      {"recipe_text", info.recipe_text},
      {"seed", std::to_string(info.seed)},
      {"data", info.data},
      {"data_sha256", info.data_sha256},
  };
  for (const auto& [key, text] : metadata) content.metadata[prefix + key] = text;
  if (info.temperature != 1) content.metadata[prefix + "temperature"] = shortest(info.temperature);
  if (!info.tunings.empty()) content.metadata[prefix + "tunings"] = dump_json(tunings_to_json(info.tunings));
  if (!info.thresholds.empty())
    content.metadata[prefix + "thresholds"] = dump_json(thresholds_to_json(info.thresholds));
  for (const auto& parameter : network.parameter_infos()) {
    content.copies.push_back(copy_parameter(network, parameter));
    content.tensors.push_back(float_tensor(prefix + parameter.name, parameter.shape, content.copies.back()));
  }
  for (const auto& state : state_infos(network.spec())) {
    content.copies.push_back(copy_state(network, state));
    content.tensors.push_back(float_tensor(prefix + state.name, state.shape, content.copies.back()));
  }
  for (const auto& [name, values] : preprocessing_arrays)
    if (const auto& array = preprocessing.*values; !array.empty())
      content.tensors.push_back(float_tensor(prefix + name, {array.size()}, array));
}

void write(const std::filesystem::path& path, std::string_view format, const ModelInfo& info,
           Content& content) {
  content.metadata["format"] = model_format;
  content.metadata["format_version"] = format;
  content.metadata["classes"] = classes_to_json(info.classes);
  content.metadata["scrawl_version"] = version();
  write_safetensors(path, content.metadata, content.tensors);
}

}  // namespace

std::vector<std::string> numbered_classes(std::size_t count) {
  std::vector<std::string> names;
  names.reserve(count);
  for (std::size_t c = 0; c < count; ++c) names.push_back(std::to_string(c));
  return names;
}

void save_model(const std::filesystem::path& path, const Network& network, const ModelInfo& info) {
  Content content;
  add_member(network, info, "", content);
  write(path, format_version, info, content);
}

void save_model(const std::filesystem::path& path, const Model& model) {
  if (model.members.size() == 1) return save_model(path, model.only().network, model.only().info);
  check_members(model);
  Content content;
  for (std::size_t k = 0; k < model.members.size(); ++k)
    add_member(model.members[k].network, model.members[k].info, prefix_of(k), content);
  content.metadata["members"] = std::to_string(model.members.size());
  write(path, ensemble_version, model.origin(), content);
}

Model load_model(const std::filesystem::path& path, const std::vector<CustomLayer>& custom) {
  if (is_folder(path)) {
    const auto inside = path / "model.safetensors";
    const bool is_run = file_exists(inside);
    throw Error(ErrorCode::io,
                std::string("is a folder, not a model; name ") +
                    (is_run ? "the model in it: " + inside.string() : "the file of a model"),
                path.string());
  }
  return parse_model_file(read_file(path, most_model_bytes), path.string(), custom);
}

Model parse_model_file(std::span<const std::byte> bytes, const std::string& file,
                       const std::vector<CustomLayer>& custom) {
  if (is_gzip(bytes)) return parse_model_file(gunzip(bytes, file), file, custom);
  if (!is_safetensors(bytes)) {
    if (const auto format = recognise(bytes, file)) throw no_model(to_string(*format), file);
    throw Error(
        ErrorCode::bad_data,
        wrong_file(bytes, "a scrawl model", "name a model file, such as runs/two-layer/model.safetensors"),
        file);
  }
  const SafetensorsFile content = parse_safetensors(bytes, file);
  const Metadata metadata(content.metadata, file);

  const auto found_format = content.metadata.find("format");
  if (found_format == content.metadata.end() || found_format->second != model_format)
    throw no_model(to_string(WeightFormat::safetensors), file);
  const auto members = members_of(content, metadata, file);
  std::vector<ModelSpec> specs;
  specs.reserve(members.size());
  // Refuses a model text that promises more parameters than the file has, before allocating them.
  std::uint64_t expected = 0;
  std::size_t most_arrays = 0;
  for (const auto& one : members) {
    specs.push_back(read_spec(one, custom, file));
    expected += count_parameters(specs.back()) + count_state(specs.back());
    if (expected * sizeof(float) > bytes.size())
      one.fail("model", "needs " + counted(expected, "parameter") + ", but the file is too small for them");
    most_arrays +=
        parameter_infos(specs.back()).size() + state_infos(specs.back()).size() + preprocessing_arrays.size();
  }
  const Error unexplained(ErrorCode::bad_data, "contains arrays that do not belong to its model text", file);
  if (content.tensors.size() > most_arrays) throw unexplained;

  std::size_t known = 0;
  std::vector<Member> read;
  read.reserve(members.size());
  for (std::size_t k = 0; k < members.size(); ++k)
    read.push_back(read_member(content, members[k], metadata, std::move(specs[k]), file, known));
  if (known != content.tensors.size()) throw unexplained;

  Model model(std::move(read));
  try {
    check_members(model);
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_data, error.message(), file);
  }
  return model;
}

}  // namespace scrawl
