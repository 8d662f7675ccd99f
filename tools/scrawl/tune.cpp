#include "scrawl/tune.h"

#include "scrawl/data_files.h"
#include "scrawl/error.h"
#include "scrawl/recognizer.h"
#include "scrawl/synth.h"

#include "base/text.h"
#include "command.h"
#include "images.h"
#include "output.h"
#include "output_file.h"
#include "progress.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

constexpr std::size_t few_of_a_class = 5;
constexpr std::size_t most_named = 5;  // doubtful corrections
constexpr double least_kept = 0.5;     // accuracy on what the model was trained on

struct TuneArguments {
  std::filesystem::path model;
  std::string corrections;
  std::string part = "train";
  std::string replay = "mnist:5000";
  double most_drop = 0.002;
  std::filesystem::path out;
  std::string map;
  std::uint64_t seed = 1;
  std::size_t threads = 0;
  bool overwrite = false;
  bool json = false;
  bool quiet = false;
};

/// "mnist:5000" or "mnist".
struct Replay {
  std::string source;
  std::size_t count = 5000;
};

Replay parse_replay(const std::string& text) {
  Replay replay{.source = text};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return replay;
  const auto count = parse_number<std::size_t>(std::string_view(text).substr(colon + 1));
  if (!count) return replay;  // a colon of a file's name
  if (*count == 0)
    throw Error(ErrorCode::invalid_argument, "--replay: give at least one image, such as mnist:5000");
  return {text.substr(0, colon), *count};
}

/// A set of its own, which marks can be added to.
Dataset first_images(const Images& images, const Model& model, std::size_t count) {
  const DatasetView some = images.view.slice(0, std::min(count, images.view.size()));
  return {.shape = some.shape,
          .classes = some.classes,
          .images = {some.images.begin(), some.images.end()},
          .labels = {some.labels.begin(), some.labels.end()},
          .class_names = model.classes()};
}

/// What a user should know before trusting what was learned.
std::vector<std::string> warnings_about(const Model& model, const DatasetView& corrections) {
  std::vector<std::size_t> counts(model.outputs());
  for (const std::uint8_t label : corrections.labels) ++counts[label];
  std::vector<std::string> warnings;
  std::string few;
  std::size_t classes = 0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    classes += counts[c] > 0 ? 1 : 0;
    if (counts[c] == 0 || counts[c] >= few_of_a_class) continue;
    few += (few.empty() ? "" : ", ") + fmt::format("{} of {}", counts[c], model.classes()[c]);
  }
  if (classes == 1)
    warnings.push_back(
        "all corrections are of one class; a model that learns them may call other digits that, too");
  if (!few.empty()) warnings.push_back("few corrections: " + few + "; ten of a class are enough as a rule");
  return warnings;
}

int tune(const TuneArguments& arguments, const UnpackLimits& limits) {
  const Replay replay = parse_replay(arguments.replay);
  check_model_output(arguments.out, {arguments.model, arguments.corrections, replay.source},
                     arguments.overwrite);
  Model model = arguments.model.empty() ? default_model() : load_model(arguments.model);
  const Images corrections = load_images_for(model, arguments.corrections, parse_part(arguments.part),
                                             class_map(arguments.map), limits);
  const Images old = load_images_for(model, replay.source, Part::train, {}, limits);
  Dataset replayed = first_images(old, model, replay.count);
  if (find_no_digit(model.classes()))
    add_other_marks(replayed, std::max<std::size_t>(1, replayed.size() / 5), arguments.seed);
  const Images kept = load_images_for(model, replay.source, Part::test, {}, limits);
  const auto warnings = warnings_about(model, corrections.view);
  if (!arguments.json)
    for (const auto& warning : warnings) print_message("warning: " + warning);

  Progress bar(!arguments.quiet && !arguments.json);
  TuneSettings settings{
      .most_drop = arguments.most_drop, .seed = arguments.seed, .threads = arguments.threads};
  settings.progress = [&](double share) {
    bar.show(share);
    return true;
  };
  const TuneResult result = tune(model, corrections.view, replayed.view(), kept.view, settings);
  bar.clear();
  save_model(arguments.out, model);

  const Tuning& t = result.tuning;
  if (arguments.json) {
    print_json({{"written", arguments.out.string()},
                {"is_better", result.is_better},
                {"corrections", t.corrections},
                {"mix", t.mix},
                {"before", t.before},
                {"after", t.after},
                {"kept_before", t.kept_before},
                {"kept_after", t.kept_after},
                {"doubtful", result.doubtful},
                {"warnings", warnings}});
    return success;
  }
  for (std::size_t i = 0; i < std::min(result.doubtful.size(), most_named); ++i) {
    const std::size_t index = result.doubtful[i];
    print_message(
        fmt::format("warning: correction {} says {}, and the model is sure that it is another digit; is the "
                    "label right? See: scrawl "
                    "evaluate {} --data {} --part {} --index {}",
                    index, model.classes()[corrections.view.labels[index]],
                    arguments.model.empty() ? arguments.out.string() : arguments.model.string(),
                    arguments.corrections, arguments.part, index));
  }
  if (result.doubtful.size() > most_named)
    print_message(fmt::format("warning: and {} more like it", result.doubtful.size() - most_named));
  if (t.kept_before < least_kept)
    print_message(
        fmt::format("warning: the old model reads only {} of the test images of {}; name what it was "
                    "trained on with --replay",
                    percent(t.kept_before), replay.source));
  const std::string where = arguments.out.string();
  if (result.is_better)
    print_line(fmt::format("{}: learned from {}, {} of the new weights", where,
                           counted(t.corrections, "correction"), percent(double{t.mix}, 0)));
  else
    print_line(fmt::format("{}: the old model; nothing was gained from {}", where,
                           counted(t.corrections, "correction")));
  print_line(fmt::format("corrections, each read without having been shown: {} right before, {} after",
                         percent(t.before), percent(t.after)));
  print_line(fmt::format("{} ({}): {} before, {} after", kept.name, kept.part, percent(t.kept_before),
                         percent(t.kept_after)));
  return success;
}

}  // namespace

void add_tune(CommandLine& line) {
  auto arguments = std::make_shared<TuneArguments>();
  auto* command = line.add(
      line.app, "tune", "Make a model better at reading one person's hand",
      {.notes =
           "Trains the model on corrections, which are labelled digits of that hand, and on images that it\n"
           "has seen before. Then mixes the old and the new weights, and keeps the mix that reads the\n"
           "corrections best (each held out once) and loses at most --max-drop of the accuracy on the\n"
           "test images of --replay. Where that gains nothing, the output is the old model. Ten corrections\n"
           "of each digit are enough as a rule. The same seed gives the same bits.\n",
       .examples =
           "  scrawl tune --corrections my-digits -o mine.safetensors\n"
           "  scrawl tune runs/lenet5/model.safetensors --corrections more.npz -o better.safetensors\n"});
  add_value(command, "model", "MODEL", arguments->model,
            "The model (default: the one that comes with scrawl)");
  add_value(command, "--corrections", "DATA", arguments->corrections,
            "Labelled digits: a folder of pictures for each digit, or any other data set")
      ->required();
  add_value(command, "--part", "PART", arguments->part, "Of the corrections, the part (default: train)");
  add_value(command, "--map", "DATA=MODEL,...", arguments->map, map_help);
  add_value(command, "--replay", "DATA[:N]", arguments->replay,
            "What the model was trained on, and how many of its images to show again (default: mnist:5000)");
  add_value(command, "--max-drop", "SHARE", arguments->most_drop,
            "The accuracy that the model may lose on the test images of --replay (default: 0.002)")
      ->check(number(0, 1));
  add_value(command, "-o,--output", "FILE", arguments->out, "The model file to write")->required();
  add_value(command, "--seed", "N", arguments->seed, "Another seed shows the images in another order")
      ->check(whole_number(0, 9223372036854775807));
  add_threads(command, arguments->threads, "Number of threads (default: one per core)");
  command->add_flag("--overwrite", arguments->overwrite, overwrite_help);
  command->add_flag("--json", arguments->json, json_help);
  command->add_flag("-q,--quiet", arguments->quiet, "Print no progress");
  command->callback([arguments, &line] { line.status = tune(*arguments, line.limits()); });
}

}  // namespace scrawl::tool
