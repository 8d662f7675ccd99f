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
  std::vector<RecipeOverride> overrides;
  for (const auto& assignment : arguments.set) overrides.push_back({assignment});
  const Recipe recipe = load_recipe(recipe_file(arguments.recipe), overrides);
  if (recipe.training.hidden_error == HiddenError::raw)
    print_message(
        "this recipe trains with hidden_error = \"raw\", which is not a gradient; what is checked here is "
        "the true "
        "gradient of its loss, as hidden_error = \"gradient\" uses it");
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

void add_gradcheck(CLI::App& app, int& status) {
  auto arguments = std::make_shared<GradcheckArguments>();
  auto* command =
      app.add_subcommand("gradcheck", "Compare backpropagation with central differences, in double");
  command->footer(
      "Skipped are parameters whose difference would cross a kink, such as that of ReLU, of max pooling or "
      "of\n"
      "the hinge loss.\n"
      "Exit status 1 if the relative norm |a - n| / (|a| + |n|) of a tensor reaches the limit.\n"
      "Example:\n"
      "  scrawl gradcheck recipes/two-layer.toml --all");
  command->add_option("recipe", arguments->recipe, "A recipe file, or the name of one that came with scrawl")
      ->required();
  command->add_option("--set", arguments->set, "Change one key of the recipe: section.key=value (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command->add_option("--images", arguments->images, "Training images in the batch (default: 10)")
      ->check(whole_number(1, 10000))
      ->type_name("N");
  command
      ->add_option("--samples", arguments->samples,
                   "Parameters of each tensor, drawn at random (default: 200)")
      ->check(whole_number(1, 1000000000))
      ->type_name("N");
  command->add_flag("--all", arguments->all, "Check every parameter");
  command->add_option("--step", arguments->step, "h of (L(w + h) - L(w - h)) / 2h (default: 1e-4)")
      ->check(positive_number(1))
      ->type_name("H");
  command->add_option("--limit", arguments->limit, "The relative norm that fails (default: 1e-6)")
      ->check(positive_number(1))
      ->type_name("X");
  command->add_option("--threads", arguments->threads, "Threads (default: all cores)")
      ->check(whole_number(1, 1024))
      ->type_name("N");
  command->add_flag("--json", arguments->json, "Print the result as one JSON object");
  command->callback([arguments, &status, &app] { status = gradcheck(*arguments, unpack_limits(app)); });
}

}  // namespace scrawl::tool
