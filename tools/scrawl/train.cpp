#include "scrawl/error.h"
#include "scrawl/model.h"
#include "scrawl/report.h"
#include "scrawl/run.h"

#include "base/file_system.h"
#include "base/text.h"
#include "command.h"
#include "images.h"
#include "numbers.h"
#include "output.h"
#include "progress.h"
#include "recipe_file.h"
#include "surroundings.h"

#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

struct TrainArguments {
  fs::path recipe;
  std::vector<std::string> set;
  std::string data;
  std::string test_data;
  std::optional<std::uint64_t> seed;
  std::size_t threads = 0;
  fs::path out;
  bool resume = false;
  bool overwrite = false;
  double checkpoint_seconds = 10;
  bool json = false;
  bool quiet = false;
  bool check = false;
  bool no_pictures = false;

  /// But for the seed: whether the run is expected to end where the recipe says.
  bool is_recipe_unchanged() const { return set.empty() && data.empty() && test_data.empty(); }
};

/// For resuming: of runs/NAME, runs/NAME-2 and so on the last that holds this recipe; empty if none does.
fs::path last_run_of(const Recipe& recipe) {
  const auto folder = [&](int number) {
    return fs::path("runs") / (number == 1 ? recipe.name : fmt::format("{}-{}", recipe.name, number));
  };
  fs::path last;
  for (int number = 1; file_exists(folder(number)); ++number)
    if (holds_run_of(recipe, folder(number))) last = folder(number);
  return last;
}

void print_report(const RunResult& result, bool unchanged_recipe) {
  const TrainReport& report = result.report;
  print_line("");
  const auto row = [](const char* name, const Text& value) {
    print_line(format_text("  {:<20}{}", name, value));
  };
  print_line(bold(report.recipe) + "  " + faint(result.model));
  std::string expected;
  if (const auto& range = result.expected_test_accuracy; unchanged_recipe && range)
    expected = fmt::format("  (expected {} to {})", percent((*range)[0], 1), percent((*range)[1], 1));
  if (!result.members.empty()) {
    print_line(bold(fmt::format("  {:<20}{:>10}{:>10}  {}", "member", "test", "training", "seed")));
    std::size_t trained = 0;
    for (const auto& member : result.members)
      print_line(fmt::format("  {:<20}{:>10}{:>10}  {}", ++trained, percent(member.test_accuracy),
                             percent(member.train_accuracy), member.seed));
    print_line(bold(fmt::format("  the {} together", trained)));
  }
  row("test accuracy", bold(percent(report.test_accuracy)) + expected);
  if (report.validation_accuracy) row("validation accuracy", percent(*report.validation_accuracy));
  row("training accuracy", percent(report.train_accuracy));
  row("training time",
      fmt::format("{:.2f} s ({:.2f} s of it evaluation), {:.0f} images/s, {}", report.train_seconds(),
                  report.evaluation_seconds, report.images_per_second, counted(report.threads, "thread")));
  row("weights", fmt::format("{} parameters, SHA-256 {}...", grouped(report.parameters),
                             report.weights_sha256.substr(0, 16)));
  row("kept in", result.folder.string());
}

/// For a run whose network has learned nothing.
std::string chance_message(double accuracy, const Recipe& recipe) {
  using Kind = OptimizerSpec::Kind;
  const auto& optimizer = recipe.optimizer;
  const float high = optimizer.kind == Kind::adadelta ? 5 : optimizer.kind == Kind::adamw ? 0.03F : 0.5F;
  const char* const other = optimizer.learning_rate < 1e-4F   ? "a larger"
                            : optimizer.learning_rate >= high ? "a smaller"
                                                              : "another";
  return fmt::format(
      "the network has learned nothing: {} of the test images is hardly more than guessing; try {} "
      "optimizer.learning_rate (it is {}) or more steps, or look at the labels and the preprocessing",
      percent(accuracy), other, optimizer.learning_rate);
}

/// Prints a finished run's report and says how it ended.
int conclude(const RunResult& result, const TrainArguments& arguments, const Recipe& recipe,
             const std::function<void(const std::string&)>& print_author_line) {
  if (result.was_finished) print_message("this run was finished before; its result was:");
  for (const auto& line : result.report.lines) print_author_line(line);
  if (arguments.json)
    print_line(json_text(to_json(result)));
  else
    print_report(result, arguments.is_recipe_unchanged());
  const double accuracy = result.report.test_accuracy;
  if (result.at_chance) print_message(chance_message(accuracy, recipe));
  if (result.as_expected.value_or(true)) return result.at_chance && arguments.check ? check_failed : success;
  // A recipe that was changed is not expected to end where the recipe says.
  if (arguments.check || arguments.is_recipe_unchanged())
    print_message(fmt::format("the test accuracy, {}, is outside the range that the recipe expects",
                              percent(accuracy)));
  return arguments.check ? check_failed : success;
}

/// The run is finished and kept: a picture that cannot be drawn is a note, and no failure.
void draw_pictures(const fs::path& folder, const TrainingData& data, std::size_t threads) {
  std::string problem;
  try {
    if (stop_signal() == 0) {
      const Model model = load_model(RunFolder(folder).model);
      draw_run({.folder = folder, .model = model, .test = data.test, .threads = threads});
      return;
    }
  } catch (const std::exception& error) {
    problem = error.what();
  }
  // Ctrl-C reaches gnuplot, too, and what it says then is no fault of its own.
  if (stop_signal() != 0)
    print_message(
        "interrupted: the run is finished, but not all its pictures are drawn; --resume draws them");
  else
    print_message("some pictures of the run could not be drawn (--no-pictures skips them): " + problem);
}

/// For a run that was finished before; its data may be gone since.
void draw_pictures_again(const Recipe& recipe, const fs::path& folder, const TrainArguments& arguments,
                         const UnpackLimits& limits) {
  try {
    const auto data = load_training_data(recipe, {.limits = limits});
    const Model model = load_model(RunFolder(folder).model);
    if (model.origin().data_sha256 != data->train_file.sha256)
      throw Error(ErrorCode::invalid_argument, "has changed since the run", recipe.data.name);
    match_classes(*data, model);
    draw_pictures(folder, *data, arguments.threads);
  } catch (const std::exception& error) {
    print_message(std::string("the run's pictures are missing, and cannot be drawn without its data: ") +
                  error.what());
  }
}

int train(const TrainArguments& arguments, const UnpackLimits& limits) {
  std::vector<RecipeOverride> overrides = to_overrides(arguments.set);
  if (!arguments.data.empty()) overrides.push_back({"data.name=" + toml_text(arguments.data)});
  if (!arguments.test_data.empty()) overrides.push_back({"data.test=" + toml_text(arguments.test_data)});
  if (arguments.seed) overrides.push_back({"seed=" + std::to_string(*arguments.seed)});
  const Recipe recipe = load_recipe(recipe_file(arguments.recipe), overrides);
  // Which folder is free is decided when nothing can refuse the run any more.
  fs::path folder = arguments.out;
  if (folder.empty() && arguments.resume) folder = last_run_of(recipe);
  const bool next_free = folder.empty();
  if (next_free) folder = fs::path("runs") / recipe.name;

  const auto say = [&](const std::string& line) {
    if (!arguments.quiet) print_message(line);
  };
  Progress progress(!arguments.quiet);
  // The author's lines are results, unless standard output is promised to a program.
  const auto print_author_line = [&](const std::string& text) {
    if (arguments.quiet) return;
    progress.clear();
    for (const auto line : split(text, '\n')) arguments.json ? print_message(line) : print_line(line);
  };

  RunResult result;
  if (arguments.resume && !next_free)
    if (auto finished = finished_run(recipe, folder)) result = *std::move(finished);
  if (result.finished) {
    if (!arguments.no_pictures && lacks_pictures(folder))
      draw_pictures_again(recipe, folder, arguments, limits);
  } else {
    const auto data = load_training_data(recipe, {.limits = limits});
    RunCallbacks callbacks;
    std::size_t current_member = 0;
    callbacks.on_member = [&](std::size_t member) { current_member = member; };
    callbacks.on_member_end = [&](std::size_t member, const RunResult& ended) {
      progress.clear();
      say(fmt::format("member {} of {}{}: {} of the test images", member + 1, recipe.members,
                      ended.was_finished ? ", trained before" : "", percent(ended.report.test_accuracy)));
    };
    callbacks.on_start = [&](const Trainer& trainer, std::uint64_t first_step) {
      stop_on_signals();  // not before there is something to save
      if (recipe.training.gradient == Recipe::Gradient::numerical)
        say(fmt::format("central differences need {} loss evaluations a step, so this run has {} of {}",
                        grouped(2 * trainer.network().parameters().size()), counted(trainer.steps(), "step"),
                        counted(trainer.batch(), "image")));
      if (first_step > 0)
        say(fmt::format("resuming after step {} of {}", first_step, trainer.steps()));
      else if (arguments.resume && current_member == 0)
        say("nothing to resume; starting a new run");
      progress.start(trainer, first_step);
    };
    callbacks.on_step = [&](const StepInfo& info) {
      progress.step(info);
      return stop_signal() != 0 ? Flow::stop : Flow::go_on;
    };
    callbacks.stop_requested = [] { return stop_signal() != 0; };
    callbacks.on_record = [&](const Record& record) {
      progress.record(record);
      for (const auto& line : record.lines) print_author_line(line);
    };
    result = run_recipe(recipe, *data,
                        {.folder = folder,
                         .next_free = next_free,
                         .resume = arguments.resume,
                         .overwrite = arguments.overwrite,
                         .threads = arguments.threads,
                         .checkpoint_seconds = arguments.checkpoint_seconds},
                        callbacks);
    progress.clear();
    if (result.finished && !arguments.no_pictures) draw_pictures(result.folder, *data, arguments.threads);
  }
  if (!result.finished) {
    print_message(
        fmt::format("interrupted; the run is saved. Continue with: scrawl train {} --resume --out {}",
                    RunFolder(result.folder).recipe.string(), result.folder.string()));
    return stopped + stop_signal();
  }

  return conclude(result, arguments, recipe, print_author_line);
}

}  // namespace

void add_train(CommandLine& line) {
  auto arguments = std::make_shared<TrainArguments>();
  auto* command = line.add(
      line.app, "train", "Train the network of a recipe",
      {.notes =
           "The run's folder contains model.safetensors, metrics.csv, recipe.toml, result.json, a "
           "checkpoint,\n"
           "pictures (curves.svg, confusion.svg, digits.png, mistakes.png, weights.png), and\n"
           "events.out.tfevents.scrawl: 'tensorboard --logdir DIR' shows its curves and images, also during\n"
           "the run. An ensemble (ensemble.members of a recipe) also has such a folder for each member.\n"
           "Ctrl-C finishes the step, saves and exits with status 130; SIGTERM and SIGHUP do the same, with\n"
           "status 128 + their number. A run continued with --resume gives the same bits as one that was\n"
           "never interrupted, even after kill -9.\n",
       .examples = "  scrawl train recipes/two-layer.toml\n"
                   "  scrawl train recipes/two-layer.toml --set optimizer.learning_rate=0.2 --seed 7 --out "
                   "runs/faster\n"
                   "  scrawl train recipes/two-layer.toml --set training.gradient=numerical\n"});
  add_value(command, "recipe", "RECIPE", arguments->recipe, recipe_help)->required();
  add_overrides(command, arguments->set, override_help);
  add_value(command, "--data", "DATA", arguments->data,
            "Train on this data set instead: a name, a file or a folder, as for scrawl data info");
  add_value(command, "--test-data", "DATA", arguments->test_data,
            "The test images, if they are in another file; --set 'data.split=[0.8, 0.1, 0.1]' splits a set "
            "without test images");
  add_value(command, "--seed", "N", arguments->seed,
            "Seed of all random numbers; the same seed gives the same weights")
      ->check(whole_number(0, 9223372036854775807));
  add_threads(command, arguments->threads,
              "Number of threads (default: chosen for speed). Results do not depend on it");
  auto* out = add_value(command, "--out", "DIR", arguments->out,
                        "The run's folder (default: runs/NAME, or the next free runs/NAME-2 ...)");
  auto* resume =
      command->add_flag("--resume", arguments->resume,
                        "Continue an interrupted run; start if there is none; report a finished one");
  command->add_flag("--overwrite", arguments->overwrite, "Replace the run in --out")
      ->excludes(resume)
      ->needs(out);
  add_value(command, "--checkpoint-every", "SECONDS", arguments->checkpoint_seconds,
            "Seconds between checkpoints (default: 10)")
      ->check(number(0, 1e9));
  command->add_flag(
      "--check", arguments->check,
      "Exit with status 1 if the test accuracy is outside the recipe's range, or no better than "
      "guessing");
  command->add_flag("--no-pictures", arguments->no_pictures,
                    "Do not draw curves, confusion matrix and galleries at the end");
  command->add_flag("--json", arguments->json, json_help);
  command->add_flag("-q,--quiet", arguments->quiet, "Print no progress and no intermediate results");
  command->callback([arguments, &line] { line.status = train(*arguments, line.limits()); });
}

}  // namespace scrawl::tool
