#include "images.h"

#include "scrawl/data_files.h"
#include "scrawl/error.h"
#include "scrawl/recipe.h"

#include "base/file_system.h"

#include <utility>

#include <fmt/format.h>

namespace scrawl::tool {
namespace {

Recipe recipe_of(const ModelInfo& info, const std::filesystem::path& model) {
  try {
    return parse_recipe(info.recipe_text);
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_data, "its recipe: " + error.message(), model.string());
  }
}

/// The model's own data: as its recipe had them, where that still is there.
Images load_own(const Model& model, const Recipe& recipe, Part part, const ClassMap& map,
                const UnpackLimits& limits) {
  const std::string& source = recipe.data.name;
  if (!is_known_dataset(source) && source.find(',') == std::string::npos && !file_exists(source))
    throw Error(ErrorCode::not_found,
                "the model was trained on it, and it is not here; say where the images are with --data",
                source);
  Images images;
  images.name = part == Part::test && !recipe.data.test.empty() ? recipe.data.test : source;
  images.part = to_string(part);
  images.divided = load_training_data(recipe, {.limits = limits});
  match_classes(*images.divided, model, map);
  images.view = images.divided->part(part);
  if (images.view.size() == 0)
    throw Error(ErrorCode::invalid_argument,
                fmt::format("the model's recipe sets no images of {} aside for {}", source, images.part));
  return images;
}

}  // namespace

Images load_images(const std::string& source, Part part, const UnpackLimits& limits) {
  Images images;
  images.name = source;
  images.part = to_string(part);
  if (is_known_dataset(source)) {
    if (part == Part::validation)
      throw Error(ErrorCode::invalid_argument,
                  source + " has no validation part of its own; use --part train or test");
    images.whole = load_dataset(source, part);
  } else {
    DataFiles files = read_source(source, {.limits = limits});
    if (files.parts.size() == 1 && !files.parts[0].part) images.part = "all";
    images.whole = take_part(std::move(files), part);
  }
  images.view = images.whole.view();
  return images;
}

Images load_images_for(const Model& model, const std::string& source, Part part, const ClassMap& map,
                       const UnpackLimits& limits) {
  Images images = load_images(source, part, limits);
  match_classes(images.whole, model.info.classes, map);
  images.view = images.whole.view();
  return images;
}

Images load_test_images(const Model& model, const std::filesystem::path& file, const std::string& source,
                        Part part, const ClassMap& map, const UnpackLimits& limits) {
  const ModelInfo& info = model.info;
  const bool is_own = source.empty() || (source == info.data && part != Part::test);
  if (is_own && !info.recipe_text.empty()) {
    const Recipe recipe = recipe_of(info, file);
    // The test file of a known data set needs nothing of the recipe, and not the training file either.
    if (part != Part::test || !is_known_dataset(recipe.data.name) || !recipe.data.test.empty())
      return load_own(model, recipe, part, map, limits);
  }
  const std::string own = info.data.empty() ? "mnist" : info.data;
  return load_images_for(model, source.empty() ? own : source, part, map, limits);
}

void match_classes(TrainingData& data, const Model& model, const ClassMap& map) {
  for (Dataset* file : {&data.train_file, &data.test_file}) match_classes(*file, model.info.classes, map);
  data.train.classes = data.validation.classes = data.train_file.classes;
  data.test.classes = data.test_file.classes;
}

ClassMap class_map(const std::string& text) { return text.empty() ? ClassMap() : parse_class_map(text); }

const char* const map_help =
    "Which classes of the data are which of the model, where their names differ: 0=A,1=B (class 0 of the "
    "data "
    "is the model's A), or by-position";

}  // namespace scrawl::tool
