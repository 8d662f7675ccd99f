#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model.h"
#include "scrawl/report.h"

#include "draw.h"
#include "evaluate.h"
#include "judged_images.h"
#include "output.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {

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

}  // namespace scrawl::tool
