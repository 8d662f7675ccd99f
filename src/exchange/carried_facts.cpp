#include "exchange/carried_facts.h"

#include "scrawl/error.h"

#include "base/json.h"
#include "base/text.h"
#include "model/model_metadata.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace scrawl {
namespace {

using Json = nlohmann::json;

constexpr const char* scale_key = "preprocessing_scale";

struct NamedNumber {
  const char* name;
  float Preprocessing::*value;
};
constexpr NamedNumber numbers[] = {{"divisor", &Preprocessing::divisor},
                                   {"factor", &Preprocessing::factor},
                                   {"offset", &Preprocessing::offset}};

struct NamedValues {
  const char* name;
  std::vector<float> Preprocessing::*values;
};
constexpr NamedValues named_arrays[] = {{"mean", &Preprocessing::mean},
                                        {"deviation", &Preprocessing::deviation},
                                        {"whitening", &Preprocessing::whitening}};

Error contradiction(const std::string& name, const std::string& file) {
  return {ErrorCode::invalid_argument,
          "says another '" + name +
              "' of the pixels than the options do; leave --scale, --divisor, --mean, " +
              "--deviation and --whitening out, or give them all as the file has them",
          file};
}

std::optional<std::vector<float>> take(std::vector<Tensor>& from, const char* name, const std::string& file) {
  const auto found =
      std::find_if(from.begin(), from.end(), [&](const Tensor& array) { return array.name == name; });
  if (found == from.end()) return std::nullopt;
  auto values = to_floats(view(*found), file);
  from.erase(found);
  return values;
}

/// Arrays named as an npz that scrawl exports names those of the preprocessing, beside the weights.
std::optional<Preprocessing> preprocessing_arrays(std::vector<Tensor>& from,
                                                  const std::optional<Preprocessing>& wanted,
                                                  const std::string& file) {
  std::optional<Preprocessing> result;
  const auto start = [&]() -> Preprocessing& {
    if (!result) result = wanted.value_or(Preprocessing{});
    return *result;
  };
  for (const auto& [name, member] : numbers)
    if (const auto values = take(from, name, file)) {
      if (values->size() != 1)
        throw Error(ErrorCode::bad_data,
                    "array '" + std::string(name) + "' holds " + counted(values->size(), "value") +
                        ", expected one number; store it as a number, or under another name",
                    file);
      if (wanted && (*wanted).*member != values->front()) throw contradiction(name, file);
      start().*member = values->front();
    }
  for (const auto& [name, member] : named_arrays)
    if (const auto values = take(from, name, file)) {
      if (wanted && !((*wanted).*member).empty() && (*wanted).*member != *values)
        throw contradiction(name, file);
      start().*member = *values;
    }
  return result;
}

/// The state dict's metadata, where scrawl wrote them.
class StateDictMetadata {
 public:
  StateDictMetadata(const std::map<std::string, std::string>& values, const std::string& file)
      : values_(values), file_(file) {}

  bool are_own() const {
    return values_.contains("model") && values_.contains("preprocessing") && values_.contains("classes");
  }

  ModelSpec model() const {
    try {
      return parse_model(values_.at("model"));
    } catch (const Error& error) {
      throw fail("model", error.message());
    }
  }

  /// `bytes` are those of the arrays, which hold at least one for each output.
  std::vector<std::string> classes(std::size_t outputs, std::size_t bytes) const {
    if (outputs > bytes)
      throw fail("model", "has more outputs than the file has weights; export the model again");
    try {
      return classes_from_json(values_.at("classes"), outputs);
    } catch (const Error& error) {
      throw fail("classes", error.message() + "; export the model again");
    }
  }

  /// Refuses to guess: arrays that the file only mentions must come with the options.
  std::optional<Preprocessing> preprocessing(const std::optional<Preprocessing>& wanted) const {
    const auto written = values_.find(scale_key);
    if (written == values_.end()) {  // an export by an older scrawl, with the text for people alone
      if (wanted || values_.at("preprocessing") == to_string(Preprocessing{})) return wanted;
      throw missing("pixels prepared as " + values_.at("preprocessing"));
    }
    const Json json = parsed(written->second);
    Preprocessing result = wanted.value_or(Preprocessing{});
    for (const auto& [name, member] : numbers) {
      if (!json.is_object() || !json.contains(name) || !json[name].is_number())
        throw fail(scale_key, std::string("has no number '") + name + "'; export the model again");
      const auto value = json[name].get<float>();
      if (wanted && (*wanted).*member != value) throw contradiction(name, file_);
      result.*member = value;
    }
    for (const auto& [name, member] : named_arrays) {
      const auto listed = json.find("arrays");
      const bool needed = listed != json.end() && listed->is_array() &&
                          std::find(listed->begin(), listed->end(), Json(name)) != listed->end();
      if (needed && (result.*member).empty()) throw missing(std::string("the ") + name + " of the pixels");
    }
    return result;
  }

 private:
  Json parsed(const std::string& text) const {
    try {
      return parse_json(text, {.most_depth = 2, .most_values = 100});
    } catch (const Error& error) {
      throw fail(scale_key, error.message() + "; export the model again");
    }
  }
  Error fail(const std::string& key, const std::string& why) const {
    return {ErrorCode::bad_data, "metadata '" + key + "': " + why, file_};
  }
  Error missing(const std::string& what) const {
    return {ErrorCode::invalid_argument,
            "belongs to a model that was trained with " + what +
                ", which a state dict does not contain; pass --scale, --mean, --deviation and "
                "--whitening, or import an npz or ONNX export of the model instead",
            file_};
  }

  const std::map<std::string, std::string>& values_;
  const std::string& file_;
};

}  // namespace

std::map<std::string, std::string> state_dict_metadata(const ModelSpec& model,
                                                       const Preprocessing& preprocessing,
                                                       const std::vector<std::string>& classes) {
  Json scale = Json::object();
  for (const auto& [name, member] : numbers) scale[name] = preprocessing.*member;
  Json needed = Json::array();
  for (const auto& [name, member] : named_arrays)
    if (!(preprocessing.*member).empty()) needed.push_back(name);
  if (!needed.empty()) scale["arrays"] = needed;
  return {{"format", "pt"},
          {"model", to_string(model)},
          {"preprocessing", to_string(preprocessing)},
          {scale_key, dump_json(scale)},
          {"classes", classes_to_json(classes)}};
}

CarriedFacts take_carried_facts(WeightFile& content, const std::optional<Preprocessing>& wanted,
                                const std::string& file) {
  const StateDictMetadata metadata(content.metadata, file);
  if (metadata.are_own()) {
    ModelSpec model = metadata.model();
    std::size_t bytes = 0;
    for (const auto& array : content.arrays) bytes += array.data.size();
    auto classes = metadata.classes(infer_shapes(model).back().size(), bytes);
    return {.model = std::move(model),
            .classes = std::move(classes),
            .preprocessing = metadata.preprocessing(wanted)};
  }
  return {.model = {}, .classes = {}, .preprocessing = preprocessing_arrays(content.arrays, wanted, file)};
}

}  // namespace scrawl
