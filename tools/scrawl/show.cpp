#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model.h"
#include "scrawl/preprocessing.h"
#include "scrawl/recipe.h"
#include "scrawl/report.h"

#include "base/text.h"
#include "command.h"
#include "draw.h"
#include "images.h"
#include "index_list.h"
#include "judged_images.h"
#include "numbers.h"
#include "output.h"
#include "output_file.h"
#include "recipe_file.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

constexpr std::size_t first_shown = 25;
constexpr std::size_t first_augmented = 5;
constexpr std::size_t gallery_columns = 5;

struct ShowArguments {
  std::string data;
  std::string part = "train";
  std::string index;
  std::filesystem::path model;
  std::string map;
  std::filesystem::path out;
  std::size_t columns = 0;
  std::filesystem::path augment;
  std::size_t versions = gallery_columns - 1;
  std::vector<std::string> overrides;
  std::optional<std::uint64_t> seed;
  bool overwrite = false;
  bool json = false;
};

/// The images to be shown and what is known of each; without a model, each is "read" as its label.
struct Shown {
  Images images;
  std::vector<Judgement> judgements;
  std::vector<std::string> classes;
};

std::vector<Judgement> labels_of(const DatasetView& data, std::span<const std::size_t> indices) {
  std::vector<Judgement> labels;
  labels.reserve(indices.size());
  for (const std::size_t index : indices)
    labels.push_back({.index = index, .label = data.labels[index], .prediction = data.labels[index]});
  return labels;
}

/// The same of the images themselves, which need not lie side by side.
std::vector<Judgement> judge_some(const Model& model, const DatasetView& data,
                                  std::span<const std::size_t> indices) {
  Dataset some{.shape = data.shape, .classes = data.classes};
  for (const std::size_t index : indices) {
    const auto pixels = data.image(index);
    some.images.insert(some.images.end(), pixels.begin(), pixels.end());
    some.labels.push_back(data.labels[index]);
  }
  auto judgements = judge(model, some.view(), 1);
  for (std::size_t i = 0; i < indices.size(); ++i) judgements[i].index = indices[i];
  return judgements;
}

/// The images `indices`, each followed by `versions` augmented ones, as the training steps 0, 1, ... of a run
/// with this seed would show it.
Dataset with_augmented(const DatasetView& data, std::span<const std::size_t> indices,
                       const Augmentation& augmentation, std::uint64_t seed, std::size_t versions) {
  Augmenter augmenter(augmentation, picture_shape(data.shape), seed);
  Dataset all{.shape = data.shape, .classes = data.classes};
  all.images.resize(indices.size() * (versions + 1) * data.shape.size());
  all.labels.reserve(indices.size() * (versions + 1));
  const std::span images(all.images);
  std::size_t at = 0;
  for (const std::size_t index : indices) {
    const auto original = data.image(index);
    std::copy(original.begin(), original.end(), images.subspan(at, original.size()).begin());
    at += original.size();
    for (std::uint32_t step = 0; step < versions; ++step, at += original.size())
      augmenter.apply(original, step, static_cast<std::uint32_t>(index), images.subspan(at, original.size()));
    all.labels.insert(all.labels.end(), versions + 1, data.labels[index]);
  }
  return all;
}

/// Shows rows of an image and its augmented versions instead of the images.
void augment(const ShowArguments& arguments, std::span<const std::size_t> indices, Shown& shown) {
  const std::filesystem::path file = recipe_file(arguments.augment);
  const Recipe recipe = load_recipe(file, to_overrides(arguments.overrides));
  if (recipe.augmentation.is_off())
    throw Error(ErrorCode::invalid_argument,
                "does not augment images; add changes to its section [augment], such as "
                "rotation = 15",
                file.string());
  shown.images.whole = with_augmented(shown.images.view, indices, recipe.augmentation,
                                      arguments.seed.value_or(recipe.seed), arguments.versions);
  shown.images.divided.reset();
  shown.images.view = shown.images.whole.view();
  std::vector<std::size_t> all(shown.images.view.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  shown.judgements = labels_of(shown.images.view, all);
}

Shown load(const ShowArguments& arguments, const UnpackLimits& limits) {
  const Part part = parse_part(arguments.part);
  std::optional<Model> model;
  if (!arguments.model.empty()) model = load_model(arguments.model);
  Shown shown;
  shown.images = model ? load_images_for(*model, arguments.data, part, class_map(arguments.map), limits)
                       : load_images(arguments.data, part, limits);
  shown.classes = model ? model->classes() : shown.images.whole.class_names;
  const DatasetView& data = shown.images.view;
  if (data.size() == 0)
    throw Error(ErrorCode::invalid_argument,
                fmt::format("has no images to show ({}); choose another --part", shown.images.part),
                arguments.data);
  const std::string name = fmt::format("{} ({})", shown.images.name, shown.images.part);
  const bool augments = !arguments.augment.empty();
  const std::size_t first = augments ? first_augmented : first_shown;
  const std::size_t tiles = augments ? arguments.versions + 1 : 1;
  const auto indices = arguments.index.empty()
                           ? some_images(data, first)
                           : parse_indices(arguments.index, data.size(), most_tiles / tiles, name);
  if (augments) {
    augment(arguments, indices, shown);
  } else {
    shown.judgements = model ? judge_some(*model, data, indices) : labels_of(data, indices);
  }
  return shown;
}

void write_picture(const ShowArguments& arguments, const Shown& shown) {
  std::vector<Tile> tiles;
  tiles.reserve(shown.judgements.size());
  for (const auto& judgement : shown.judgements)
    tiles.push_back(to_tile(judgement, shown.classes, shown.images.view.image(judgement.index)));
  write_gallery(arguments.out, shown.images.view.shape, tiles,
                arguments.columns ? arguments.columns : gallery_columns);
}

void print_objects(const ShowArguments& arguments, const Shown& shown) {
  for (const auto& judgement : shown.judgements) {
    if (arguments.model.empty())
      print_json({{"index", judgement.index}, {"label", judgement.label}});
    else
      print_json(to_json(judgement));
  }
}

void print_pictures(const ShowArguments& arguments, const Shown& shown) {
  const std::size_t terminal = terminal_columns();
  const Shape shape = picture_shape(shown.images.view.shape);
  const std::size_t most = arguments.columns ? std::max<std::size_t>(terminal / arguments.columns, 3) - 2
                                             : std::min<std::size_t>(terminal, 100);
  std::size_t width = drawn_columns(shape, most);
  for (const auto& judgement : shown.judgements)
    width = std::max(width, std::min(columns_of(reading(judgement, shown.classes)), most));
  const std::size_t fitting = std::max<std::size_t>((terminal + 2) / (width + 2), 1);
  const std::size_t columns = arguments.columns ? arguments.columns : fitting;
  const Shades shades = terminal_shades();
  std::vector<Piece> row;
  for (std::size_t i = 0; i < shown.judgements.size(); ++i) {
    const Judgement& judgement = shown.judgements[i];
    auto lines = draw(shown.images.view.image(judgement.index), shape, shades, most);
    for (auto& line : lines) line.append(width - drawn_columns(shape, most), ' ');
    row.push_back({.caption = reading(judgement, shown.classes),
                   .marked = judgement.is_mistake(),
                   .lines = std::move(lines)});
    if (row.size() < columns && i + 1 < shown.judgements.size()) continue;
    for (const auto& line : side_by_side(row, width)) print_line(Text::raw(line));
    print_line("");
    row.clear();
  }
}

int show(const ShowArguments& arguments, const UnpackLimits& limits) {
  if (!arguments.out.empty()) {
    check_picture_output(arguments.out, arguments.data, arguments.overwrite);
    check_output(arguments.out, arguments.model, arguments.overwrite);
    check_output(arguments.out, arguments.augment, arguments.overwrite);
  }
  const Shown shown = load(arguments, limits);
  if (!arguments.out.empty()) write_picture(arguments, shown);
  if (arguments.json) {
    print_objects(arguments, shown);
  } else if (arguments.out.empty()) {
    print_pictures(arguments, shown);
  } else {
    print_line(fmt::format("{}: {} of {} ({})", arguments.out.string(),
                           counted(shown.judgements.size(), "image"), shown.images.name, shown.images.part));
    print_legend(shown.classes);
  }
  return success;
}

}  // namespace

void add_show(CommandLine& line) {
  auto arguments = std::make_shared<ShowArguments>();
  auto* command = line.add(
      line.app, "show", "Show the images of a data set",
      {.notes = "Draws in the terminal, or with -o to a PNG file. With --model, misread images are marked.\n",
       .examples = "  scrawl show mnist\n"
                   "  scrawl show mnist --part test --index 0..99 --columns 10 -o digits.png\n"
                   "  scrawl show my-digits.csv --index 3,5,9..12 --model runs/two-layer/model.safetensors\n"
                   "  scrawl show mnist --augment my-reader.toml --versions 9 -o augmented.png\n"});
  add_value(command, "data", "DATA", arguments->data, "A data set: name, file or folder")->required();
  add_value(command, "--part", "PART", arguments->part, "train, validation or test (default: train)");
  add_value(command, "--index", "LIST", arguments->index,
            "The images, counted from 0: 3, 0..24 or 1,5,9..12 (default: the first 25, or 25 spread over the "
            "set if it is sorted by class)");
  auto* model =
      add_value(command, "--model", "MODEL", arguments->model, "Also show what this model predicts");
  add_value(command, "--map", "DATA=MODEL,...", arguments->map, map_help)->needs(model);
  add_value(command, "-o,--output", "FILE", arguments->out, "Write a PNG file");
  auto* columns = add_value(command, "--columns", "N", arguments->columns,
                            "Images per row (default: as many as fit the terminal; 5 in a file)")
                      ->check(whole_number(1, 1000));
  command->add_flag("--overwrite", arguments->overwrite, overwrite_help);
  auto* json =
      command->add_flag("--json", arguments->json,
                        "Print one JSON object per image: index and label, and with --model the prediction");
  auto* augmented =
      add_value(command, "--augment", "RECIPE", arguments->augment,
                "Show a row per image (default: the first 5): the image, then as it is augmented "
                "when this recipe is trained")
          ->excludes(model)
          ->excludes(columns)
          ->excludes(json);
  add_value(command, "--versions", "N", arguments->versions,
            "With --augment: the number of augmented images per row (default: 4)")
      ->check(whole_number(1, 99))
      ->needs(augmented);
  add_overrides(command, arguments->overrides,
                "With --augment: change a key of the recipe: section.key=value (repeatable)")
      ->needs(augmented);
  add_value(command, "--seed", "N", arguments->seed, "With --augment: the seed (default: the recipe's)")
      ->check(whole_number(0, 9223372036854775807))
      ->needs(augmented);
  command->callback([arguments, &line] {
    if (!arguments->augment.empty()) arguments->columns = arguments->versions + 1;
    line.status = show(*arguments, line.limits());
  });
}

}  // namespace scrawl::tool
