#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model.h"
#include "scrawl/report.h"

#include "base/text.h"
#include "draw.h"
#include "evaluate.h"
#include "judged_images.h"
#include "output.h"
#include "output_file.h"

#include <cstddef>

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

void evaluate_image(const EvaluateArguments& arguments, const Model& model, const Images& images) {
  const std::size_t index = *arguments.index;
  const DatasetView& data = images.view;
  if (index >= data.size())
    throw Error(ErrorCode::invalid_argument,
                fmt::format("there is no image {}; {} ({}) has the images 0 to {}", index, images.name,
                            images.part, data.size() - 1));
  const std::size_t prediction = judge(model, data.slice(index, 1), 1).front().prediction;
  const auto& classes = model.classes();
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
  const auto names = printable_names(classes);
  print_line(format_text("Image {} of {} ({}): label {}, read as {}", index, images.name, images.part,
                         names[label], bold(names[prediction])));
  print_line("");
  const Shape shape = picture_shape(data.shape);
  for (const auto& line : draw(data.image(index), shape, terminal_shades()))
    print_line(Text::raw("  " + line));
  print_line("");
  const std::size_t width = widest(names, 5);
  print_line(bold(fmt::format("{:>{}}  probability", "class", width)));
  for (std::size_t c = 0; c < names.size(); ++c) {
    const std::string line =
        fmt::format("{:>{}}  {:<14} {}", names[c], width, probabilities[c], bar(probabilities[c], 40));
    const std::string text = line.substr(0, line.find_last_not_of(' ') + 1);
    print_line(c == prediction ? bold(text) : Text(text));
  }
}

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
