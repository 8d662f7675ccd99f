#include "scrawl/model_file.h"
#include "scrawl/recipe.h"

#include "command.h"
#include "output.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

struct InfoArguments {
  fs::path file;
  bool json = false;
};

/// A model file begins with the length of its JSON header; as text, those eight bytes would be an absurd
/// number.
bool looks_like_model(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  char head[9] = {};
  if (!in.read(head, sizeof head)) return false;
  std::uint64_t length = 0;
  std::memcpy(&length, head, sizeof length);
  return head[8] == '{' && length <= fs::file_size(file);
}

struct LayerRow {
  std::string layer;
  Shape output;
  std::size_t parameters = 0;
};

std::vector<LayerRow> layer_rows(const Network& network) {
  std::vector<LayerRow> rows;
  for (std::size_t i = 0; i < network.spec().layers.size(); ++i) {
    LayerRow row{to_string(network.spec().layers[i]), network.shapes()[i]};
    for (const auto& info : network.parameter_infos())
      if (info.name.starts_with(std::to_string(i) + ".")) row.parameters += info.size();
    rows.push_back(row);
  }
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

struct Fact {
  const char* name;
  nlohmann::ordered_json value;  // a text or a number
};

std::string to_text(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string optimizer_text(const OptimizerSpec& optimizer) {
  static constexpr const char* kinds[] = {"SGD", "SGD with momentum", "SGD with Nesterov momentum", "AdamW"};
  static constexpr const char* schedules[] = {"", ", falling in steps", ", falling as a cosine",
                                              ", one cycle"};
  std::string text =
      fmt::format("{}, learning rate {}{}", kinds[static_cast<std::size_t>(optimizer.kind)],
                  optimizer.learning_rate, schedules[static_cast<std::size_t>(optimizer.schedule.kind)]);
  if (optimizer.l2 != 0) text += fmt::format(", l2 {}", optimizer.l2);
  if (optimizer.weight_decay != 0) text += fmt::format(", weight decay {}", optimizer.weight_decay);
  return text;
}

void print(const InfoArguments& arguments, const char* kind, const Network& network,
           const std::vector<Fact>& facts) {
  const auto rows = layer_rows(network);
  if (arguments.json) {
    nlohmann::ordered_json json = {{"file", arguments.file.string()},
                                   {"kind", kind},
                                   {"model", to_string(network.spec())},
                                   {"input", to_string(network.spec().input)},
                                   {"parameters", network.parameters().size()}};
    auto layers = nlohmann::ordered_json::array();
    for (const auto& row : rows)
      layers.push_back(
          {{"layer", row.layer}, {"output", to_string(row.output)}, {"parameters", row.parameters}});
    json["layers"] = layers;
    for (const auto& [name, value] : facts) json[name] = value;
    print_line(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  print_line(fmt::format("{}: a {}", arguments.file.string(), kind));
  print_line("");
  print_line(bold(fmt::format("{:<24}{:>12}{:>14}", "layer", "output", "parameters")));
  print_line(fmt::format("{:<24}{:>12}", "input", to_string(network.spec().input)));
  for (const auto& row : rows)
    print_line(fmt::format("{:<24}{:>12}{:>14}", row.layer, to_string(row.output), grouped(row.parameters)));
  print_line(fmt::format("{:<24}{:>12}{:>14}", "in all", "", grouped(network.parameters().size())));
  print_line("");
  for (const auto& [name, value] : facts)
    if (const auto text = to_text(value); !text.empty()) print_line(fmt::format("{:<16}{}", name, text));
}

int info(const InfoArguments& arguments) {
  if (looks_like_model(arguments.file)) {
    const Model model = load_model(arguments.file);
    std::string classes;
    for (const auto& name : model.info.classes) classes += (classes.empty() ? "" : ", ") + name;
    print(arguments, "model", model.network,
          {{"preprocessing", to_string(model.info.preprocessing)},
           {"loss", std::string(loss_name(model.info.loss))},
           {"classes", classes},
           {"recipe", model.info.recipe},
           {"seed", model.info.seed},
           {"data", model.info.data},
           {"data_sha256", model.info.data_sha256},
           {"weights_sha256", weights_sha256(model.network)}});
    return success;
  }
  const Recipe recipe = load_recipe(arguments.file);
  const auto& training = recipe.training;
  const auto steps =
      training.steps ? grouped(training.steps) + " steps" : grouped(training.epochs) + " epochs";
  print(arguments, "recipe", Network(recipe.model),
        {{"name", recipe.name},
         {"source", recipe.source},
         {"data", recipe.data.name},
         {"preprocessing", preprocessing_text(recipe)},
         {"initialiser", to_string(recipe.initialiser)},
         {"loss", std::string(loss_name(recipe.loss))},
         {"optimizer", optimizer_text(recipe.optimizer)},
         {"training", fmt::format("{} of batches of {}", steps, grouped(training.batch))},
         {"expected", expected_text(recipe.expect)}});
  return success;
}

}  // namespace

void add_info(CLI::App& app, int& status) {
  auto arguments = std::make_shared<InfoArguments>();
  auto* command =
      app.add_subcommand("info", "Say what a model file or a recipe holds: layers, shapes, parameters");
  command->footer(
      "Examples:\n  scrawl info recipes/two-layer.toml\n  scrawl info runs/two-layer/model.safetensors");
  command->add_option("file", arguments->file, "A model file or a recipe")->required();
  command->add_flag("--json", arguments->json, "Print the result as one JSON object");
  command->callback([arguments, &status] { status = info(*arguments); });
}

}  // namespace scrawl::tool
