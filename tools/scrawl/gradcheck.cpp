#include "scrawl/error.h"
#include "scrawl/layer.h"
#include "scrawl/recipe.h"
#include "scrawl/trainer.h"

#include "command.h"
#include "numbers.h"
#include "output.h"
#include "recipe_file.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

struct GradcheckArguments {
  std::filesystem::path recipe;
  std::vector<std::string> set;
  std::size_t images = 10;
  std::size_t samples = 200;
  bool all = false;
  double step = GradientCheckOptions().step;
  double limit = 1e-6;
  std::size_t threads = 0;
  bool json = false;
};

GradientCheckResult check(const Recipe& recipe, const GradcheckArguments& arguments,
                          const UnpackLimits& limits) {
  const auto data = load_training_data(recipe, {.limits = limits});
  const auto chosen = some_images(data->train, arguments.images);
  const std::size_t rows = chosen.size();
  const std::size_t pixels = recipe.model.input.size();
  // The trainer checks that model and data fit, and starts the network as training would.
  const Trainer trainer(member_recipe(recipe, 0), *data, 1);
  Preprocessor preprocessor(trainer.preprocessing(), pixels, rows);
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> labels;
  for (const auto image : chosen) {
    const auto pixels_of = data->train.image(image);
    bytes.insert(bytes.end(), pixels_of.begin(), pixels_of.end());
    labels.push_back(data->train.labels[image]);
  }
  std::vector<float> images(rows * pixels);
  preprocessor.apply(bytes, Compute(), {images.data(), rows, pixels});
  const std::vector<double> inputs(images.begin(), images.end());
  return check_gradient(
      to_double(trainer.network()), recipe.loss, {inputs.data(), rows, pixels}, labels,
      {.step = arguments.step,
       .most_per_tensor = arguments.all ? 0 : arguments.samples,
       .seed = recipe.seed,
       .threads = arguments.threads ? arguments.threads
                                    : std::max<std::size_t>(1, std::thread::hardware_concurrency())});
}

int gradcheck(const GradcheckArguments& arguments, const UnpackLimits& limits) {
  const Recipe recipe = load_recipe(recipe_file(arguments.recipe), to_overrides(arguments.set));
  if (recipe.training.hidden_error == HiddenError::raw)
    print_message(
        "this recipe trains with hidden_error = \"raw\", which is not a gradient; the check uses the true "
        "gradient of its loss, as hidden_error = \"gradient\" does");
  const auto result = check(recipe, arguments, limits);
  const bool passed = result.passed(arguments.limit);

  if (arguments.json) {
    nlohmann::ordered_json tensors = nlohmann::ordered_json::array();
    for (const auto& row : result.rows)
      tensors.push_back({{"name", row.name},
                         {"checked", row.checked},
                         {"skipped", row.skipped},
                         {"relative_norm", row.relative_norm}});
    print_json({{"recipe", recipe.name},
                {"relative_norm", result.relative_norm},
                {"worst", result.worst()},
                {"limit", arguments.limit},
                {"passed", passed},
                {"tensors", tensors}});
    return passed ? success : check_failed;
  }
  print_line(
      bold(fmt::format("{:<12}{:>10}{:>10}  {}", "parameters", "checked", "skipped", "relative norm")));
  for (const auto& row : result.rows)
    print_line(
        fmt::format("{:<12}{:>10}{:>10}  {:.2e}", row.name, row.checked, row.skipped, row.relative_norm));
  print_line(fmt::format("backpropagation and central differences {}: {:.2e}, limit {:.0e}",
                         passed ? "agree" : "DIFFER", result.worst(), arguments.limit));
  return passed ? success : check_failed;
}

}  // namespace

void add_gradcheck(CommandLine& line) {
  auto arguments = std::make_shared<GradcheckArguments>();
  auto* command = line.add(
      line.app, "gradcheck", "Compare backpropagation with central differences, in double precision",
      {.notes =
           "Parameters whose difference would cross a kink (ReLU, max pooling, hinge loss) are skipped.\n"
           "Exits with status 1 if the relative norm |a - n| / (|a| + |n|) of a tensor reaches the limit.\n",
       .examples = "  scrawl gradcheck recipes/two-layer.toml --all\n"});
  add_value(command, "recipe", "RECIPE", arguments->recipe, recipe_help)->required();
  add_overrides(command, arguments->set, override_help);
  add_value(command, "--images", "N", arguments->images,
            "Number of training images in the batch (default: 10)")
      ->check(whole_number(1, 10000));
  add_value(command, "--samples", "N", arguments->samples,
            "Number of parameters of each tensor, chosen at random (default: 200)")
      ->check(whole_number(1, 1000000000));
  command->add_flag("--all", arguments->all, "Check every parameter");
  add_value(command, "--step", "H", arguments->step, "h of (L(w + h) - L(w - h)) / 2h (default: 1e-4)")
      ->check(positive_number(1));
  add_value(command, "--limit", "X", arguments->limit, "The relative norm that fails (default: 1e-6)")
      ->check(positive_number(1));
  add_threads(command, arguments->threads, "Number of threads (default: all cores)");
  command->add_flag("--json", arguments->json, json_help);
  command->callback([arguments, &line] { line.status = gradcheck(*arguments, line.limits()); });
}

}  // namespace scrawl::tool
