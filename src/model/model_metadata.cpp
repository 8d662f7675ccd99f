#include "model/model_metadata.h"

#include "scrawl/error.h"

#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace scrawl {

using Json = nlohmann::json;

Json loss_to_json(const LossSpec& spec) {
  Json json = {{"kind", loss_name(spec)}};
  if (const auto* softmax = std::get_if<SoftmaxCrossEntropy>(&spec)) {
    json["log_epsilon"] = softmax->log_epsilon;
    if (softmax->label_smoothing != 0) json["label_smoothing"] = softmax->label_smoothing;
  }
  if (const auto* squared = std::get_if<SquaredError>(&spec)) {
    json["low"] = squared->low;
    json["high"] = squared->high;
  }
  if (const auto* hinge = std::get_if<MulticlassHinge>(&spec)) json["margin"] = hinge->margin;
  return json;
}

Json tunings_to_json(const std::vector<Tuning>& tunings) {
  Json list = Json::array();
  for (const auto& t : tunings)
    list.push_back({{"from", t.from},
                    {"corrections", t.corrections},
                    {"mix", t.mix},
                    {"before", t.before},
                    {"after", t.after},
                    {"kept_before", t.kept_before},
                    {"kept_after", t.kept_after}});
  return list;
}

Json thresholds_to_json(const std::vector<ErrorThreshold>& thresholds) {
  Json list = Json::array();
  for (const auto& [error, confidence, answered] : thresholds) list.push_back({error, confidence, answered});
  return list;
}

std::string classes_to_json(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const auto& name : names) list.push_back(as_utf8(name));
  return dump_json(list);
}

std::vector<std::string> classes_from_json(const std::string& text, std::size_t outputs) {
  // Any length is allowed: the text is already in memory.
  const Json value = parse_json(
      text,
      {.most_bytes = std::numeric_limits<std::size_t>::max(), .most_depth = 1, .most_values = outputs + 1});
  if (!value.is_array() || value.size() != outputs)
    throw Error(ErrorCode::bad_data,
                "must be a list of " + std::to_string(outputs) + " names, one for each output");
  std::vector<std::string> names;
  names.reserve(outputs);
  for (const auto& name : value) {
    if (!name.is_string()) throw Error(ErrorCode::bad_data, "contains something that is not a string");
    names.push_back(name.get<std::string>());
  }
  return names;
}

Metadata::Metadata(const std::map<std::string, std::string>& values, const std::string& file,
                   std::string prefix)
    : values_(values), file_(file), prefix_(std::move(prefix)) {}

void Metadata::fail(const std::string& key, const std::string& why) const {
  throw Error(ErrorCode::bad_data, "metadata '" + prefix_ + key + "': " + why, file_);
}

const std::string& Metadata::text(const std::string& key) const {
  const auto found = values_.find(prefix_ + key);
  if (found == values_.end()) fail(key, "is missing; this is not a model that scrawl wrote");
  return found->second;
}

Json Metadata::json(const std::string& key) const {
  try {
    return parse_json(text(key), {.most_depth = 2, .most_values = 100});
  } catch (const Error& error) {
    fail(key, error.message());
  }
}

std::uint64_t Metadata::whole_number(const std::string& key) const {
  const auto value = parse_number<std::uint64_t>(text(key));
  if (!value) fail(key, "is not a whole number");
  return *value;
}

float Metadata::number(const std::string& key, const Json& object, const char* member) const {
  if (!object.is_object() || !object.contains(member) || !object[member].is_number())
    fail(key, std::string("has no number '") + member + "'");
  const auto value = object[member].get<float>();
  if (!std::isfinite(value)) fail(key, std::string("'") + member + "' is not finite");
  return value;
}

LossSpec Metadata::loss() const {
  const Json value = json("loss");
  const auto kind = value.is_object() && value.contains("kind") ? value["kind"] : Json();
  if (kind == "softmax-cross-entropy") {
    SoftmaxCrossEntropy softmax{.log_epsilon = number("loss", value, "log_epsilon")};
    if (value.contains("label_smoothing")) softmax.label_smoothing = number("loss", value, "label_smoothing");
    if (!(softmax.label_smoothing >= 0 && softmax.label_smoothing < 1))
      fail("loss", "'label_smoothing' must be at least 0 and below 1");
    return softmax;
  }
  if (kind == "squared-error")
    return SquaredError{number("loss", value, "low"), number("loss", value, "high")};
  if (kind == "multiclass-hinge") return MulticlassHinge{number("loss", value, "margin")};
  fail("loss", "is of an unknown kind");
}

float Metadata::temperature() const {
  if (!values_.contains(prefix_ + "temperature")) return 1;
  const auto value = parse_number<float>(text("temperature"));
  if (!value || !std::isfinite(*value) || !(*value > 0)) fail("temperature", "is not a number above 0");
  return *value;
}

std::vector<Tuning> Metadata::tunings() const {
  std::vector<Tuning> tunings;
  if (!values_.contains(prefix_ + "tunings")) return tunings;
  try {
    for (const auto& t : parse_json(text("tunings"), {.most_depth = 2, .most_values = 20 * most_tunings}))
      tunings.push_back({t.at("from"), t.at("corrections"), t.at("mix"), t.at("before"), t.at("after"),
                         t.at("kept_before"), t.at("kept_after")});
  } catch (const Error& error) {
    fail("tunings", error.message());
  } catch (const Json::exception&) {
    fail("tunings", "is not a list of what scrawl tune writes");
  }
  return tunings;
}

std::vector<ErrorThreshold> Metadata::thresholds() const {
  std::vector<ErrorThreshold> thresholds;
  if (!values_.contains(prefix_ + "thresholds")) return thresholds;
  const Json list = json("thresholds");
  const auto is_share = [](const Json& value) {
    return value.is_number() && value.get<float>() >= 0 && value.get<float>() <= 1;
  };
  const auto is_entry = [&](const Json& entry) {
    return entry.is_array() && entry.size() == 3 && std::all_of(entry.begin(), entry.end(), is_share);
  };
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_entry))
    fail("thresholds", "is not a list of [error, confidence, answered], each from 0 to 1");
  for (const auto& entry : list)
    thresholds.push_back({entry[0].get<float>(), entry[1].get<float>(), entry[2].get<float>()});
  return thresholds;
}

std::vector<std::string> Metadata::classes(std::size_t outputs) const {
  try {
    return classes_from_json(text("classes"), outputs);
  } catch (const Error& error) {
    fail("classes", error.message());
  }
}

}  // namespace scrawl
