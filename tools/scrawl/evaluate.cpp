#include "evaluate.h"

#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model.h"
#include "scrawl/report.h"

#include "base/text.h"
#include "command.h"
#include "judged_images.h"
#include "numbers.h"
#include "output.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

constexpr std::size_t listed_pairs = 8;

double fraction(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

nlohmann::ordered_json to_json(const EvaluateArguments& arguments, const Model& model, const Images& images,
                               const EvaluationResult& result, const std::vector<std::size_t>& members) {
  const auto interval = wilson_interval(result.correct, result.images);
  nlohmann::ordered_json classes = nlohmann::ordered_json::array();
  for (std::size_t c = 0; c < result.confusion.size(); ++c)
    classes.push_back(
        {{"class", model.classes()[c]}, {"precision", result.precision(c)}, {"recall", result.recall(c)}});
  nlohmann::ordered_json pairs = nlohmann::ordered_json::array();
  for (const auto& pair : most_confused(result, listed_pairs))
    pairs.push_back({{"label", pair.label}, {"prediction", pair.prediction}, {"images", pair.count}});
  nlohmann::ordered_json json = {{"model", arguments.model.string()},
                                 {"data", images.name},
                                 {"part", images.part},
                                 {"images", result.images},
                                 {"correct", result.correct},
                                 {"accuracy", result.accuracy()},
                                 {"confidence_interval_95", {interval.low, interval.high}},
                                 {"classes", classes},
                                 {"confusion", result.confusion},
                                 {"most_confused", pairs}};
  if (members.size() < 2) return json;
  auto& list = json["members"] = nlohmann::ordered_json::array();
  for (const auto correct : members)
    list.push_back({{"correct", correct}, {"accuracy", fraction(correct, result.images)}});
  return json;
}

void print_members(const Model& model, const EvaluationResult& result,
                   const std::vector<std::size_t>& members) {
  print_line("");
  print_line(bold(fmt::format("{:>6}  {:>9}", "member", "alone")) + "  of " + std::to_string(members.size()) +
             ", whose probabilities are averaged");
  for (std::size_t k = 0; k < members.size(); ++k)
    print_line(format_text("{:>6}  {:>9}  {}", k + 1, percent(fraction(members[k], result.images)),
                           faint(to_string(model.members[k].network.spec()))));
}

void print(const Model& model, const Images& images, const EvaluationResult& result,
           const std::vector<std::size_t>& members) {
  const auto interval = wilson_interval(result.correct, result.images);
  const std::size_t classes = result.confusion.size();
  print_line(format_text("{}: {} of {} {} of {} ({}) are read correctly", bold(percent(result.accuracy())),
                         grouped(result.correct), grouped(result.images), plural(result.images, "image"),
                         images.name, images.part));
  print_line(
      fmt::format("95 % confidence interval: {} to {}", percent(interval.low), percent(interval.high)));
  if (members.size() > 1) print_members(model, result, members);
  const auto names = printable_names(model.classes());
  const std::size_t width = widest(names, 5) + 1;  // of the widest class name or count
  print_line("");
  print_line(bold(fmt::format("{:>{}}  {:>9}  {:>9}", "class", width, "precision", "recall")));
  for (std::size_t c = 0; c < classes; ++c)
    print_line(fmt::format("{:>{}}  {:>9}  {:>9}", names[c], width, percent(result.precision(c)),
                           percent(result.recall(c))));
  print_line("");
  print_line(bold("Confusion matrix") + "  rows: the label; columns: as it was read");
  std::string header = std::string(width, ' ');
  for (const auto& name : names) header += fmt::format("{:>{}}", name, width);
  print_line(bold(header));
  for (std::size_t label = 0; label < classes; ++label) {
    Text line = bold(fmt::format("{:>{}}", names[label], width));
    for (std::size_t read = 0; read < classes; ++read) {
      const auto count = result.confusion[label][read];
      const Text cell = fmt::format("{:>{}}", count, width);
      line += label == read ? bold(cell) : count == 0 ? faint(cell) : cell;
    }
    print_line(line);
  }
  const auto pairs = most_confused(result, listed_pairs);
  if (pairs.empty()) return;
  print_line("");
  print_line(bold("Most confused"));
  for (const auto& pair : pairs)
    print_line(fmt::format("{} read as {}: {} {}", names[pair.label], names[pair.prediction],
                           grouped(pair.count), plural(pair.count, "image")));
}

void check_sizes(const EvaluateArguments& arguments, const Model& model, const Images& images) {
  const DatasetView& data = images.view;
  if (data.shape.size() != model.inputs() || data.classes > model.outputs())
    throw Error(ErrorCode::invalid_argument,
                fmt::format("the model reads {} into {}, and {} has {} and {}", to_string(model.input()),
                            counted(model.outputs(), "class"), images.name, to_string(data.shape),
                            counted(data.classes, "class")),
                arguments.model.string());
}

void evaluate_all(const EvaluateArguments& arguments, const Model& model, const Images& images) {
  const auto judged = judge_members(model, images.view, arguments.threads);
  std::vector<std::uint8_t> predictions(judged.judgements.size());
  std::transform(judged.judgements.begin(), judged.judgements.end(), predictions.begin(),
                 [](const Judgement& judgement) { return judgement.prediction; });
  const auto result = compare(images.view.labels, predictions, model.outputs());
  if (arguments.json)
    print_json(to_json(arguments, model, images, result, judged.correct));
  else
    print(model, images, result, judged.correct);
}

/// What is wrong with the value of --index, "" if nothing is.
std::string image_number(std::string& text) {
  if (parse_number<std::size_t>(text)) return "";
  return "'" + text + "' is not an image number; write one, such as 8, or look at several with scrawl show";
}

int evaluate(const EvaluateArguments& arguments, const UnpackLimits& limits) {
  const Model model = load_model(arguments.model);
  const Images images = load_test_images(model, arguments.model, arguments.data, parse_part(arguments.part),
                                         class_map(arguments.map), limits);
  check_sizes(arguments, model, images);
  if (arguments.index)
    evaluate_image(arguments, model, images);
  else if (arguments.suspects)
    list_suspects(arguments, model, images);
  else
    evaluate_all(arguments, model, images);
  return success;
}

}  // namespace

void add_evaluate(CommandLine& line) {
  auto arguments = std::make_shared<EvaluateArguments>();
  auto* command =
      line.add(line.app, "evaluate", "Test a trained model: accuracy, precision, recall, confusion matrix",
               {.notes = "",
                .examples = "  scrawl evaluate runs/two-layer/model.safetensors --part test\n"
                            "  scrawl evaluate runs/two-layer/model.safetensors --data my-digits.csv\n"
                            "  scrawl evaluate letters.safetensors --data my-letters.npz --map 1=A,2=B,3=C\n"
                            "  scrawl evaluate runs/two-layer/model.safetensors --index 8\n"
                            "  scrawl evaluate runs/two-layer/model.safetensors --part train --suspects 50 "
                            "-o suspects.png\n"});
  add_value(command, "model", "MODEL", arguments->model, model_help)->required();
  add_value(command, "--data", "DATA", arguments->data,
            "A data set: name, file or folder (default: the set that the model was trained on)");
  add_value(command, "--part", "PART", arguments->part, "train, validation or test (default: test)");
  add_value(command, "--map", "DATA=MODEL,...", arguments->map, map_help);
  add_value(command, "--batch", "N", arguments->batch, "Has no effect; accepted for older scripts")
      ->check(whole_number(1, 65536));
  add_threads(command, arguments->threads, "Number of threads (default: all cores)");
  auto* index = add_value(command, "--index", "N", arguments->index,
                          "Show only image N of the part, counted from 0, with all probabilities")
                    ->check(CLI::Validator(image_number, ""));
  auto* suspects = add_value(command, "--suspects", "[N]", arguments->suspects,
                             "List the N images whose labels the model doubts most (default: 20)")
                       ->expected(0, 1)
                       ->default_str("20")
                       ->check(CLI::Range(std::size_t{1}, most_tiles))
                       ->excludes(index);
  typed(suspects, "[N]");
  add_value(command, "-o,--output", "FILE", arguments->out, "Also write the suspects to a PNG file")
      ->needs(suspects);
  command->add_flag("--overwrite", arguments->overwrite, overwrite_help);
  command->add_flag("--json", arguments->json, "Print one JSON object; with --suspects, one per image");
  command->callback([arguments, &line] { line.status = evaluate(*arguments, line.limits()); });
}

}  // namespace scrawl::tool
