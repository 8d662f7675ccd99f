#include "scrawl/error.h"
#include "scrawl/exchange.h"
#include "scrawl/model.h"
#include "scrawl/recipe.h"

#include "base/text.h"
#include "command.h"
#include "output.h"
#include "recipe_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

struct InfoArguments {
  fs::path file;
  bool json = false;
};

/// The command that makes a model of the weights; "" where they are not of dense layers alone.
std::string how_to_import(const InfoArguments& arguments, const WeightFacts& facts) {
  if (facts.format == "ONNX") return "scrawl import " + arguments.file.string();
  const bool dense = std::all_of(facts.arrays.begin(), facts.arrays.end(),
                                 [](const ArrayFacts& array) { return array.shape.size() <= 2; });
  return dense ? "scrawl import " + arguments.file.string() + " --model TEXT" : "";
}

/// The arrays of a file that other programs wrote.
void print_weights(const InfoArguments& arguments, const WeightFacts& facts) {
  if (arguments.json) {
    auto arrays = nlohmann::ordered_json::array();
    for (const auto& array : facts.arrays)
      arrays.push_back({{"name", array.name},
                        {"type", array.dtype},
                        {"shape", array.shape},
                        {"low", array.low},
                        {"high", array.high},
                        {"not_finite", array.not_finite}});
    const nlohmann::ordered_json json = {
        {"file", arguments.file.string()}, {"kind", "weights"}, {"format", facts.format}, {"arrays", arrays}};
    print_json(json);
    return;
  }
  print_line(fmt::format("{}: weights, as {}", arguments.file.string(), facts.format));
  print_line("");
  std::size_t width = 12;
  for (const auto& array : facts.arrays) width = std::max(width, printable(array.name).size() + 2);
  print_line(bold(
      fmt::format("{:<{}}{:<6}{:<20}{:>12}{:>12}", "array", width, "type", "shape", "smallest", "largest")));
  for (const auto& array : facts.arrays) {
    std::string shape;
    for (const auto length : array.shape) shape += (shape.empty() ? "" : " x ") + std::to_string(length);
    print_line(fmt::format("{:<{}}{:<6}{:<20}{:>12.5g}{:>12.5g}{}", printable(array.name), width, array.dtype,
                           shape, array.low, array.high,
                           array.not_finite == 0 ? "" : fmt::format("  {} not finite", array.not_finite)));
  }
  if (const std::string command = how_to_import(arguments, facts); !command.empty()) {
    print_line("");
    print_line("Make a model of it with: " + command);
  }
}

struct LayerRow {
  std::string layer;
  Shape output;
  std::size_t parameters = 0;
};

std::vector<LayerRow> layer_rows(const ModelSpec& spec) {
  std::vector<LayerRow> rows;
  const auto shapes = infer_shapes(spec);
  for (std::size_t i = 0; i < spec.layers.size(); ++i) rows.push_back({to_string(spec.layers[i]), shapes[i]});
  // A parameter's name begins with the number of its layer.
  for (const auto& info : parameter_infos(spec)) rows[std::stoul(info.name)].parameters += info.size();
  return rows;
}

std::string preprocessing_text(const Recipe& recipe) {
  std::string text = to_string(recipe.preprocessing);
  if (recipe.fit.standardise == Standardise::global) text += ", standardised over the set";
  if (recipe.fit.standardise == Standardise::per_pixel) text += ", standardised per pixel";
  if (recipe.fit.whiten) text += fmt::format(", ZCA whitening (epsilon {})", recipe.fit.whitening_epsilon);
  return text;
}

std::string expected_text(const Recipe::Expect& expect) {
  if (expect.test_accuracy == Recipe::Expect().test_accuracy) return "";
  return fmt::format("{} to {} of the test images", percent(expect.test_accuracy[0], 1),
                     percent(expect.test_accuracy[1], 1));
}

using Json = nlohmann::ordered_json;
using Lines = std::vector<std::pair<std::string, std::string>>;

/// The same facts for people and for programs.
struct Facts {
  Lines lines;
  Json values;
};

void print_lines(const Lines& lines) {
  for (const auto& [name, text] : lines)
    if (!text.empty()) print_line(fmt::format("{:<16}{}", name, text));
}

std::string optimizer_text(const OptimizerSpec& optimizer) {
  static constexpr const char* kinds[] = {"SGD", "SGD with momentum", "SGD with Nesterov momentum", "AdamW",
                                          "Adadelta"};
  static constexpr const char* schedules[] = {"", ", falling in steps", ", falling as a cosine",
                                              ", one cycle"};
  std::string text =
      fmt::format("{}, learning rate {}{}", kinds[static_cast<std::size_t>(optimizer.kind)],
                  optimizer.learning_rate, schedules[static_cast<std::size_t>(optimizer.schedule.kind)]);
  if (optimizer.l2 != 0) text += fmt::format(", l2 {}", optimizer.l2);
  if (optimizer.weight_decay != 0) text += fmt::format(", weight decay {}", optimizer.weight_decay);
  if (optimizer.clip_norm != 0) text += fmt::format(", gradients clipped to {}", optimizer.clip_norm);
  return text;
}

void print(const InfoArguments& arguments, const char* kind, const ModelSpec& spec, const Facts& facts) {
  const auto rows = layer_rows(spec);
  if (arguments.json) {
    nlohmann::ordered_json json = {{"file", arguments.file.string()},
                                   {"kind", kind},
                                   {"model", to_string(spec)},
                                   {"input", to_string(spec.input)},
                                   {"parameters", count_parameters(spec)}};
    auto layers = nlohmann::ordered_json::array();
    for (const auto& row : rows)
      layers.push_back(
          {{"layer", row.layer}, {"output", to_string(row.output)}, {"parameters", row.parameters}});
    json["layers"] = layers;
    json.update(facts.values);
    print_json(json);
    return;
  }
  print_line(fmt::format("{}: a {}", arguments.file.string(), kind));
  print_line("");
  print_line(bold(fmt::format("{:<24}{:>12}{:>14}", "layer", "output", "parameters")));
  print_line(fmt::format("{:<24}{:>12}", "input", to_string(spec.input)));
  for (const auto& row : rows)
    print_line(fmt::format("{:<24}{:>12}{:>14}", row.layer, to_string(row.output), grouped(row.parameters)));
  print_line(fmt::format("{:<24}{:>12}{:>14}", "in all", "", grouped(count_parameters(spec))));
  print_line("");
  print_lines(facts.lines);
}

Json facts_of(const Network& network, const ModelInfo& info) {
  Json facts = {{"preprocessing", to_string(info.preprocessing)},
                {"loss", loss_name(info.loss)},
                {"classes", info.classes},
                {"recipe", info.recipe},
                {"seed", info.seed},
                {"data", info.data},
                {"data_sha256", info.data_sha256},
                {"weights_sha256", weights_sha256(network)}};
  // Only of a model that was calibrated.
  if (info.temperature != 1)
    facts["temperature"] = parse_number<double>(shortest(info.temperature)).value_or(1);
  // Only of a model that was tuned: from what, with how many corrections, and what it gained and lost.
  if (!info.tunings.empty()) {
    auto tunings = std::vector<std::string>();
    for (const auto& t : info.tunings)
      tunings.push_back(fmt::format("{} of {}..., held out {:.2f} -> {:.2f} %, kept {:.2f} -> {:.2f} %",
                                    counted(t.corrections, "correction"), t.from.substr(0, 8), 100 * t.before,
                                    100 * t.after, 100 * t.kept_before, 100 * t.kept_after));
    facts["tuned"] = tunings;
  }
  return facts;
}

Lines lines_of(const Json& facts) {
  Lines lines;
  for (const auto& [name, value] : facts.items())
    lines.emplace_back(name, value.is_string()      ? value.get<std::string>()
                             : value.is_array()     ? joined(value.get<std::vector<std::string>>())
                             : name == "parameters" ? grouped(value.get<std::size_t>())
                                                    : value.dump());
  return lines;
}

/// What its members differ in. A member's layers are those of `scrawl info` for a model of one network.
void print_ensemble(const InfoArguments& arguments, const Model& model) {
  Json facts = {{"classes", model.classes()},
                {"recipe", model.origin().recipe},
                {"parameters", count_parameters(model)},
                {"weights_sha256", weights_sha256(model)}};
  Json members;
  for (const auto& [network, info] : model.members) {
    Json one = {{"model", to_string(network.spec())}, {"parameters", network.parameters().size()}};
    one.update(facts_of(network, info));
    one.erase("classes");
    members.push_back(one);
  }
  if (arguments.json) {
    Json json = {
        {"file", arguments.file.string()}, {"kind", "ensemble"}, {"input", to_string(model.input())}};
    json.update(facts);
    json["members"] = members;
    print_json(json);
    return;
  }
  print_line(fmt::format("{}: an ensemble of {} networks, whose probabilities are averaged",
                         arguments.file.string(), members.size()));
  print_line("");
  print_lines(lines_of(facts));
  for (std::size_t k = 0; k < members.size(); ++k) {
    print_line("");
    print_line(bold(fmt::format("member {}", k + 1)));
    for (const char* same_or_long : {"recipe", "data_sha256"}) members[k].erase(same_or_long);
    print_lines(lines_of(members[k]));
  }
}

Facts facts_of(const Recipe& recipe) {
  const auto& training = recipe.training;
  const bool numerical = training.gradient == Recipe::Gradient::numerical;
  const std::uint64_t steps = numerical ? training.numerical_steps : training.steps;
  const std::uint64_t batch = numerical ? training.numerical_batch : training.batch;
  const std::string length = steps ? grouped(steps) + " " + plural(steps, "step")
                                   : grouped(training.epochs) + " " + plural(training.epochs, "epoch");
  const std::string averaged =
      training.average_decay > 0 ? fmt::format(", weights averaged with {}", training.average_decay) : "";
  const std::string taught = training.teacher ? ", taught by " + *training.teacher : "";
  const std::string loss(loss_name(recipe.loss));
  const std::string expected = expected_text(recipe.expect);
  const bool has_reference = recipe.expect.reference > 0;
  return {
      .lines = {{"name", recipe.name},
                {"source", recipe.source},
                {"data", recipe.data.name},
                {"preprocessing", preprocessing_text(recipe)},
                {"initialiser", to_string(recipe.initialiser)},
                {"loss", loss},
                {"optimizer", optimizer_text(recipe.optimizer)},
                {"ensemble", recipe.members > 1 ? fmt::format("{} networks", recipe.members) : ""},
                {"training",
                 fmt::format("{} of batches of {}{}{}", length, grouped(batch),
                             numerical ? ", gradients from central differences" : "", averaged + taught)},
                {"expected", expected}},
      .values = {{"name", recipe.name},
                 {"source", recipe.source},
                 {"seed", recipe.seed},
                 {"members", recipe.members},
                 {"data", recipe.data.name},
                 {"preprocessing", preprocessing_text(recipe)},
                 {"initialiser", to_string(recipe.initialiser)},
                 {"loss", loss},
                 {"learning_rate", recipe.optimizer.learning_rate},
                 {"l2", recipe.optimizer.l2},
                 {"batch", batch},
                 {"steps", steps ? Json(steps) : Json()},
                 {"epochs", steps ? Json() : Json(training.epochs)},
                 {"reference_accuracy", has_reference ? Json(recipe.expect.reference) : Json()},
                 {"reference_source", has_reference ? Json(recipe.expect.reference_source) : Json()},
                 {"expected_test_accuracy", expected.empty() ? Json() : Json(recipe.expect.test_accuracy)}}};
}

int info(const InfoArguments& arguments, const UnpackLimits& limits) {
  const std::string file = arguments.file.string();
  const std::vector<std::byte> bytes = read_bytes(arguments.file);
  if (weight_format(bytes, file)) {
    const WeightFacts weights = inspect_weights(bytes, file, limits);
    if (!weights.is_model) {
      print_weights(arguments, weights);
      return success;
    }
    const Model model = parse_model_file(bytes, file);
    if (model.members.size() == 1) {
      const auto& [network, info] = model.only();
      const Json facts = facts_of(network, info);
      print(arguments, "model", network.spec(), {.lines = lines_of(facts), .values = facts});
    } else
      print_ensemble(arguments, model);
  } else {
    const Recipe recipe = recipe_in(bytes, arguments.file);
    print(arguments, "recipe", recipe.model, facts_of(recipe));
  }
  return success;
}

}  // namespace

void add_info(CommandLine& line) {
  auto arguments = std::make_shared<InfoArguments>();
  auto* command = line.add(line.app, "info", "Describe a model, a recipe or a file of weights",
                           {.notes = "",
                            .examples = "  scrawl info recipes/two-layer.toml\n"
                                        "  scrawl info runs/two-layer/model.safetensors\n"
                                        "  scrawl info sample_weight.pkl\n"});
  add_value(command, "file", "RECIPE", arguments->file,
            "A model file, a recipe or its name, or weights that scrawl import accepts")
      ->required();
  command->add_flag("--json", arguments->json, json_help);
  command->callback([arguments, &line] {
    arguments->file = file_or_recipe(arguments->file);
    line.status = info(*arguments, line.limits());
  });
}

}  // namespace scrawl::tool
