#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model_file.h"
#include "scrawl/prediction.h"
#include "scrawl/recipe.h"
#include "scrawl/trainer.h"

#include "command.h"
#include "output.h"
#include "show.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

struct EvaluateArguments {
  std::filesystem::path model;
  std::string data;
  std::string part = "test";
  std::size_t batch = 100;
  std::size_t threads = 0;
  std::optional<std::size_t> index;
  bool json = false;
};

nlohmann::ordered_json to_json(const EvaluateArguments& arguments, const Model& model,
                               const EvaluationResult& result) {
  const auto interval = wilson_interval(result.correct, result.images);
  nlohmann::ordered_json classes = nlohmann::ordered_json::array();
  for (std::size_t c = 0; c < result.confusion.size(); ++c)
    classes.push_back(
        {{"class", model.info.classes[c]}, {"precision", result.precision(c)}, {"recall", result.recall(c)}});
  return {{"model", arguments.model.string()},
          {"data", arguments.data},
          {"part", arguments.part},
          {"images", result.images},
          {"correct", result.correct},
          {"accuracy", result.accuracy()},
          {"confidence_interval_95", {interval.low, interval.high}},
          {"classes", classes},
          {"confusion", result.confusion}};
}

void print(const EvaluateArguments& arguments, const Model& model, const EvaluationResult& result) {
  const auto interval = wilson_interval(result.correct, result.images);
  const std::size_t classes = result.confusion.size();
  print_line(fmt::format("{}: {} of {} images of {} ({}) are read correctly",
                         bold(percent(result.accuracy())), grouped(result.correct), grouped(result.images),
                         arguments.data, arguments.part));
  print_line(
      fmt::format("95 % confidence interval: {} to {}", percent(interval.low), percent(interval.high)));
  std::size_t width = 6;  // of the widest class name or count
  for (const auto& name : model.info.classes) width = std::max(width, name.size() + 1);
  print_line("");
  print_line(bold(fmt::format("{:>{}}  {:>9}  {:>9}", "class", width, "precision", "recall")));
  for (std::size_t c = 0; c < classes; ++c)
    print_line(fmt::format("{:>{}}  {:>9}  {:>9}", model.info.classes[c], width, percent(result.precision(c)),
                           percent(result.recall(c))));
  print_line("");
  print_line(bold("Confusion matrix") + "  rows: the label; columns: as it was read");
  std::string header = std::string(width, ' ');
  for (const auto& name : model.info.classes) header += fmt::format("{:>{}}", name, width);
  print_line(bold(header));
  for (std::size_t label = 0; label < classes; ++label) {
    std::string line = bold(fmt::format("{:>{}}", model.info.classes[label], width));
    for (std::size_t read = 0; read < classes; ++read) {
      const auto count = result.confusion[label][read];
      const auto cell = fmt::format("{:>{}}", count, width);
      line += label == read ? bold(cell) : count == 0 ? faint(cell) : cell;
    }
    print_line(line);
  }
}

/// What to evaluate on, and how to call it.
struct EvaluationData {
  std::unique_ptr<TrainingData> divided;  // as the model's recipe divides its data
  Dataset whole;                          // or the part of another data set
  DatasetView view;
  std::string name;
  std::string part;
};

Recipe recipe_of(const ModelInfo& info, const std::filesystem::path& model) {
  try {
    return parse_recipe(info.recipe_text);
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_data, "its recipe: " + error.message(), model.string());
  }
}

/// The model's own data: as its recipe had them, where that still is there.
EvaluationData load_own(const Recipe& recipe, Part part, const UnpackLimits& limits) {
  const std::string& source = recipe.data.name;
  std::error_code ignored;
  if (!is_known_dataset(source) && source.find(',') == std::string::npos &&
      !std::filesystem::exists(source, ignored))
    throw Error(ErrorCode::not_found,
                "the model was trained on it, and it is not here; say where the images are with --data",
                source);
  EvaluationData data;
  data.name = part == Part::test && !recipe.data.test.empty() ? recipe.data.test : source;
  data.part = to_string(part);
  data.divided = load_training_data(recipe, {.limits = limits});
  data.view = data.divided->part(part);
  if (data.view.size() == 0)
    throw Error(ErrorCode::invalid_argument,
                fmt::format("the model's recipe sets no images of {} aside for {}", source, data.part));
  return data;
}

EvaluationData load_other(const std::string& source, Part part, const Model& model,
                          const UnpackLimits& limits) {
  EvaluationData data;
  data.name = source;
  data.part = to_string(part);
  if (is_known_dataset(source)) {
    if (part == Part::validation)
      throw Error(ErrorCode::invalid_argument,
                  source + " has no validation part of its own; use --part train or test");
    data.whole = load_dataset(source, part);
  } else {
    DataFiles files = read_source(source, {.limits = limits});
    if (files.parts.size() == 1 && !files.parts[0].part) data.part = "all";
    data.whole = take_part(std::move(files), part);
  }
  match_classes(data.whole, model.info.classes);
  data.view = data.whole.view();
  return data;
}

EvaluationData load(const EvaluateArguments& arguments, const Model& model, const UnpackLimits& limits) {
  const ModelInfo& info = model.info;
  const Part part = parse_part(arguments.part);
  const bool is_own = arguments.data.empty() || (arguments.data == info.data && part != Part::test);
  if (is_own && !info.recipe_text.empty()) {
    const Recipe recipe = recipe_of(info, arguments.model);
    // The test file of a known data set needs nothing of the recipe, and not the training file either.
    if (part != Part::test || !is_known_dataset(recipe.data.name) || !recipe.data.test.empty())
      return load_own(recipe, part, limits);
  }
  const std::string own = info.data.empty() ? "mnist" : info.data;
  return load_other(arguments.data.empty() ? own : arguments.data, part, model, limits);
}

/// One image: how it looks, what it is read as, and how probable each class is.
void show(const EvaluateArguments& arguments, const Model& model, const DatasetView& data,
          std::size_t prediction) {
  const std::size_t index = *arguments.index;
  const auto& classes = model.info.classes;
  const std::size_t label = data.labels[index];
  const auto probabilities = predict_probabilities(model, data.image(index));
  if (arguments.json) {
    print_json({{"index", index},
                {"label", label},
                {"prediction", prediction},
                {"class", classes[prediction]},
                {"probabilities", probabilities}});
    return;
  }
  print_line(fmt::format("Image {} of {} ({}): label {}, read as {}", index, arguments.data, arguments.part,
                         classes[label], bold(classes[prediction])));
  print_line("");
  for (const auto& line : draw(data.image(index), data.shape, terminal_shades())) print_line("  " + line);
  print_line("");
  std::size_t width = 5;
  for (const auto& name : classes) width = std::max(width, name.size());
  print_line(bold(fmt::format("{:>{}}  probability", "class", width)));
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const std::string line =
        fmt::format("{:>{}}  {:<14} {}", classes[c], width, probabilities[c], bar(probabilities[c], 40));
    const std::string text = line.substr(0, line.find_last_not_of(' ') + 1);
    print_line(c == prediction ? bold(text) : text);
  }
}

int evaluate(EvaluateArguments arguments, const UnpackLimits& limits) {
  const Model model = load_model(arguments.model);
  const EvaluationData loaded = load(arguments, model, limits);
  arguments.data = loaded.name;
  arguments.part = loaded.part;
  const DatasetView& data = loaded.view;
  if (data.shape.size() != model.network.inputs() || data.classes > model.network.outputs())
    throw Error(ErrorCode::invalid_argument,
                fmt::format("the model reads {} into {} classes, and {} has {} and {} classes",
                            to_string(model.network.spec().input), model.network.outputs(), arguments.data,
                            to_string(data.shape), data.classes),
                arguments.model.string());
  if (arguments.index) {
    if (*arguments.index >= data.size())
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("there is no image {}; {} ({}) has the images 0 to {}", *arguments.index,
                              arguments.data, arguments.part, data.size() - 1));
    std::uint8_t prediction = 0;
    Evaluator(model.network, model.info.preprocessing, 1, 1)
        .predict(model.network, data.slice(*arguments.index, 1), {&prediction, 1});
    show(arguments, model, data, prediction);
    return success;
  }
  const std::size_t threads =
      arguments.threads ? arguments.threads : std::max(1U, std::thread::hardware_concurrency());
  const std::size_t batch = std::min(arguments.batch, (data.size() + threads - 1) / threads);
  Evaluator evaluator(model.network, model.info.preprocessing, batch, threads);
  std::vector<std::uint8_t> predictions(data.size());
  evaluator.predict(model.network, data, predictions);
  const auto result = compare(data.labels, predictions, model.network.outputs());
  if (arguments.json)
    print_json(to_json(arguments, model, result));
  else
    print(arguments, model, result);
  return success;
}

}  // namespace

void add_evaluate(CLI::App& app, int& status) {
  auto arguments = std::make_shared<EvaluateArguments>();
  auto* command =
      app.add_subcommand("evaluate", "Test a trained model: accuracy, precision, recall, confusions");
  command->footer(
      "Examples:\n"
      "  scrawl evaluate runs/two-layer/model.safetensors --part test\n"
      "  scrawl evaluate runs/two-layer/model.safetensors --data my-digits.csv\n"
      "  scrawl evaluate runs/two-layer/model.safetensors --index 8");
  command->add_option("model", arguments->model, "A model file, such as runs/two-layer/model.safetensors")
      ->required();
  command
      ->add_option("--data", arguments->data,
                   "A data set's name, file or folder (default: what the model was trained on)")
      ->type_name("DATA");
  command->add_option("--part", arguments->part, "train, validation or test (default: test)")
      ->check(CLI::IsMember({"train", "validation", "test"}))
      ->type_name("PART");
  command
      ->add_option("--batch", arguments->batch,
                   "Images at a time; the predictions do not depend on it (default: 100)")
      ->check(CLI::Range(1, 65536))
      ->type_name("N");
  command->add_option("--threads", arguments->threads, "Threads (default: all cores)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command
      ->add_option(
          "--index", arguments->index,
          "Show image N of the part alone, counted from 0: what it is read as, with all probabilities")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  command->add_flag("--json", arguments->json, "Print the result as one JSON object");
  command->callback([arguments, &status, &app] { status = evaluate(*arguments, unpack_limits(app)); });
}

}  // namespace scrawl::tool
