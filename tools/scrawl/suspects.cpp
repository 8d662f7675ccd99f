#include "scrawl/evaluation.h"
#include "scrawl/report.h"

#include "base/text.h"
#include "evaluate.h"
#include "judged_images.h"
#include "output.h"
#include "output_file.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

constexpr std::size_t columns_of_suspects = 5;

/// 99.9996 % is not 100 %.
std::string probability(float value) {
  std::string text = percent(static_cast<double>(value));
  if (text == "100.00 %" && value < 1) return "> 99.99 %";
  if (text == "0.00 %" && value > 0) return "< 0.01 %";
  return text;
}

void print(const std::vector<Judgement>& listed, const Model& model, const Images& images) {
  const auto& classes = model.classes();
  const std::size_t width = widest(printable_names(classes), 7);
  print_line(fmt::format("The {} of {} {} of {} ({}) whose labels the model doubts most", listed.size(),
                         grouped(images.view.size()), plural(images.view.size(), "image"), images.name,
                         images.part));
  print_line("");
  print_line(bold(fmt::format("{:>7}  {:>{}}  {:>{}}  {:>14}  {:>10}", "image", "label", width, "read as",
                              width, "p(label)", "confidence")));
  for (const auto& judgement : listed) {
    const std::string line =
        fmt::format("{:>7}  {:>{}}  {:>{}}  {:>14}  {:>10}", judgement.index,
                    class_text(classes, judgement.label), width, class_text(classes, judgement.prediction),
                    width, probability(judgement.label_probability), probability(judgement.confidence));
    print_line(judgement.is_mistake() ? Text(line) : faint(line));
  }
}

void write(const EvaluateArguments& arguments, const std::vector<Judgement>& listed, const Model& model,
           const Images& images) {
  std::vector<Tile> tiles;
  tiles.reserve(listed.size());
  for (const auto& judgement : listed) {
    tiles.push_back(to_tile(judgement, model.classes(), images.view.image(judgement.index)));
    tiles.back().caption = fmt::format("{}: {}", judgement.index, tiles.back().caption);
  }
  write_gallery(arguments.out, images.view.shape, tiles, columns_of_suspects);
}

}  // namespace

void list_suspects(const EvaluateArguments& arguments, const Model& model, const Images& images) {
  if (!arguments.out.empty()) {
    check_output(arguments.out, arguments.model, arguments.overwrite);
    check_picture_output(arguments.out, images.name, arguments.overwrite);
  }
  const auto judgements = judge(model, images.view, arguments.threads);
  const auto listed = suspects(judgements, *arguments.suspects);
  if (!arguments.out.empty()) write(arguments, listed, model, images);
  if (arguments.json) {
    for (const auto& judgement : listed) print_json(to_json(judgement));
    return;
  }
  print(listed, model, images);
  if (arguments.out.empty()) return;
  print_line("");
  print_line(fmt::format("{}: {}", arguments.out.string(), counted(listed.size(), "image")));
  print_legend(model.classes());
}

}  // namespace scrawl::tool
