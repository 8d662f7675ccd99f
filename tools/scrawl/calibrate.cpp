#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model.h"

#include "base/text.h"
#include "command.h"
#include "images.h"
#include "output.h"
#include "output_file.h"

#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

constexpr std::size_t few_images = 1000;
constexpr double least_accuracy = 0.5;

struct CalibrateArguments {
  std::filesystem::path model;
  std::string data;
  std::string part;
  std::string map;
  std::filesystem::path as;
  std::filesystem::path out;
  bool overwrite = false;
  bool json = false;
};

int calibrate(const CalibrateArguments& arguments, const UnpackLimits& limits) {
  check_model_output(arguments.out, {arguments.model, arguments.data, arguments.as}, arguments.overwrite);
  Model model = load_model(arguments.model);
  if (!arguments.as.empty()) {
    apply_calibration(model, read_calibration(arguments.as));
    save_model(arguments.out, model);
    if (arguments.json)
      print_json({{"model", arguments.model.string()},
                  {"as", arguments.as.string()},
                  {"written", arguments.out.string()}});
    else
      print_line(fmt::format("{}: calibrated as {} says", arguments.out.string(), arguments.as.string()));
    return success;
  }
  const Part part = !arguments.part.empty()  ? parse_part(arguments.part)
                    : arguments.data.empty() ? Part::validation
                                             : Part::test;
  const Images images =
      load_test_images(model, arguments.model, arguments.data, part, class_map(arguments.map), limits);
  const Calibration found = calibrate(model, images.view);
  const double accuracy = found.before.accuracy;
  if (images.view.size() < few_images)
    print_message(
        fmt::format("warning: {} {} are few to measure errors of one in a thousand with; give {} or more",
                    images.view.size(), plural(images.view.size(), "image"), few_images));
  if (accuracy < least_accuracy)
    print_message(
        fmt::format("warning: the model reads only {} of these images rightly; are they such as it "
                    "was trained to read?",
                    percent(accuracy)));
  save_model(arguments.out, model);
  if (arguments.json) {
    auto thresholds = nlohmann::ordered_json::array();
    for (const auto& threshold : found.thresholds)
      thresholds.push_back({{"error", threshold.error},
                            {"confidence", threshold.confidence},
                            {"answered", threshold.answered}});
    print_json({{"model", arguments.model.string()},
                {"images", images.view.size()},
                {"accuracy", accuracy},
                {"lowering", found.lowering},
                {"temperature", found.temperature},
                {"log_loss_before", found.before.log_loss},
                {"log_loss", found.after.log_loss},
                {"calibration_error_before", found.before.calibration_error},
                {"calibration_error", found.after.calibration_error},
                {"thresholds", thresholds},
                {"written", arguments.out.string()}});
    return success;
  }
  print_line(fmt::format("{}: temperature {}, from {} {}", arguments.out.string(),
                         shortest(found.temperature), grouped(images.view.size()),
                         plural(images.view.size(), "image")));
  if (found.lowering > 0)
    print_line(fmt::format("the class none lowered by {:.2f}, to refuse one digit of 1,000 at the most",
                           found.lowering));
  print_line(fmt::format("log-loss {:.4f}, before {:.4f}; calibration error {:.2f} %, before {:.2f} %",
                         found.after.log_loss, found.before.log_loss, 100 * found.after.calibration_error,
                         100 * found.before.calibration_error));
  if (found.thresholds.empty()) return success;
  print_line("");
  print_line(bold(fmt::format("{:>9}  {:>10}  {:>8}", "error", "confidence", "answered")));
  for (const auto& [error, confidence, answered] : found.thresholds)
    print_line(fmt::format("{:>7.2f} %  {:>10.5f}  {:>6.2f} %", 100 * error, confidence, 100 * answered));
  return success;
}

}  // namespace

void add_calibrate(CommandLine& line) {
  auto arguments = std::make_shared<CalibrateArguments>();
  auto* command = line.add(
      line.app, "calibrate", "Make a model's confidence honest",
      {.notes =
           "Lowers the class none until it refuses at most one digit of 1,000, then divides the outputs by\n"
           "the temperature at which the probabilities fit the images best. Also measures the confidence "
           "that\n"
           "each error rate needs, for scrawl read --target-error. Use images\n"
           "that the model was not trained on.\n",
       .examples = "  scrawl calibrate runs/reader/model.safetensors -o calibrated.safetensors\n"
                   "  scrawl calibrate runs/part/model.safetensors -o part.safetensors --json > part.json\n"
                   "  scrawl calibrate runs/all/model.safetensors --as part.json -o all.safetensors\n"});
  add_value(command, "model", "MODEL", arguments->model, model_help)->required();
  add_value(command, "--data", "DATA", arguments->data,
            "The images (default: those that the model's recipe has set aside)");
  add_value(command, "--part", "PART", arguments->part,
            "Of these, the part (default: validation of the recipe's, test of others)");
  add_value(command, "--map", "DATA=MODEL,...", arguments->map, map_help);
  add_value(command, "--as", "FILE", arguments->as,
            "Do not measure; apply this output of scrawl calibrate --json")
      ->excludes("--data")
      ->excludes("--part");
  add_value(command, "-o,--output", "FILE", arguments->out, "The model file to write")->required();
  command->add_flag("--overwrite", arguments->overwrite, overwrite_help);
  command->add_flag("--json", arguments->json, json_help);
  command->callback([arguments, &line] { line.status = calibrate(*arguments, line.limits()); });
}

}  // namespace scrawl::tool
