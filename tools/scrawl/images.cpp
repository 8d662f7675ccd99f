#include "images.h"

#include "scrawl/data_files.h"
#include "scrawl/error.h"
#include "scrawl/model.h"
#include "scrawl/recipe.h"

#include "base/file_system.h"
#include "output.h"

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

/// Whether two recipes divide a set alike.
bool divide_alike(const Recipe& a, const Recipe& b) {
  const auto drawn_by = [](const Recipe& recipe) {
    Recipe::Data data = recipe.data;
    data.seed = data.seed.value_or(recipe.seed);
    data.name.clear();  // the same set may have lain elsewhere
    return data;
  };
  return drawn_by(a) == drawn_by(b);
}

/// Where parts are drawn, one network's test images are another's training images unless all agree.
void check_members_divide_alike(const Model& model, const Recipe& recipe, const std::filesystem::path& file) {
  for (std::size_t k = 1; k < model.members.size(); ++k) {
    const ModelInfo& info = model.members[k].info;
    if (info.data_sha256 == model.origin().data_sha256 && !info.recipe_text.empty() &&
        divide_alike(recipe, recipe_of(info, file)))
      continue;
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("its members 1 and {} divide their data in different ways, so that one was trained "
                    "on what the other was tested with; name images that none has seen with --data",
                    k + 1),
        file.string());
  }
}

bool is_here(const std::string& source) {
  return is_known_dataset(source) || source.find(',') != std::string::npos || file_exists(source);
}

bool same_source(const std::string& a, const std::string& b) { return a == b || is_same_file(a, b); }

/// The model's own data: as its recipe had them, where that still is there. Where parts are drawn and the
/// data have changed, nobody knows which images the model has seen: then without `divided`.
Images load_own(const Model& model, const std::filesystem::path& file, const Recipe& recipe, Part part,
                const ClassMap& map, const UnpackLimits& limits) {
  const std::string& source = recipe.data.name;
  if (!is_here(source))
    throw Error(ErrorCode::not_found,
                "is the model's training data, but does not exist here; name the images with --data", source);
  Images images;
  images.name = part == Part::test && !recipe.data.test.empty() ? recipe.data.test : source;
  images.part = to_string(part);
  Recipe wanted = recipe;
  if (part != Part::train) wanted.data.add.clear();  // more images for training, which may be gone
  for (const auto& added : wanted.data.add)
    if (!is_here(added))
      throw Error(
          ErrorCode::not_found,
          "is part of the model's training data, but does not exist here; name the images with --data",
          added);
  auto divided = load_training_data(wanted, {.limits = limits});
  const bool draws_part = divided->drawn && (part != Part::test || recipe.data.split);
  if (draws_part && divided->train_file.sha256 != model.origin().data_sha256) return images;
  if (draws_part) check_members_divide_alike(model, recipe, file);
  match_classes(*divided, model, map);
  images.divided = std::move(divided);
  images.view = images.divided->part(part);
  if (images.view.size() == 0)
    throw Error(ErrorCode::invalid_argument,
                fmt::format("the model's recipe sets no images of {} aside for {}", source, images.part));
  return images;
}

Images images_of(DataFiles files, const std::string& source, Part part) {
  Images images;
  images.name = source;
  images.part = files.parts.size() == 1 && !files.parts[0].part ? "all" : to_string(part);
  images.whole = take_part(std::move(files), part);
  images.view = images.whole.view();
  return images;
}

Images with_classes_of(const Model& model, Images images, const ClassMap& map) {
  match_classes(images.whole, model.classes(), map);
  images.view = images.whole.view();
  return images;
}

/// Whether these are the images that the model's recipe has divided into parts.
bool are_divided_by(const ModelInfo& info, const DataFiles& files) {
  return files.find(Part::test) == nullptr && files.find(Part::validation) == nullptr &&
         files.parts[0].data.sha256 == info.data_sha256;
}

}  // namespace

Images load_images(const std::string& source, Part part, const UnpackLimits& limits) {
  if (!is_known_dataset(source)) return images_of(read_source(source, {.limits = limits}), source, part);
  if (part == Part::validation)
    throw Error(ErrorCode::invalid_argument,
                source + " has no validation part of its own; use --part train or test");
  Images images;
  images.name = source;
  images.part = to_string(part);
  images.whole = load_dataset(source, part);
  images.view = images.whole.view();
  return images;
}

Images load_images_for(const Model& model, const std::string& source, Part part, const ClassMap& map,
                       const UnpackLimits& limits) {
  return with_classes_of(model, load_images(source, part, limits), map);
}

Images load_test_images(const Model& model, const std::filesystem::path& file, const std::string& source,
                        Part part, const ClassMap& map, const UnpackLimits& limits) {
  const ModelInfo& info = model.origin();
  const std::string own = info.data.empty() ? "mnist" : info.data;
  if (info.recipe_text.empty())
    return load_images_for(model, source.empty() ? own : source, part, map, limits);
  Recipe recipe = recipe_of(info, file);
  const bool draws_test = recipe.data.split && (*recipe.data.split)[2] > 0;
  const bool is_own =
      source.empty() || (same_source(source, info.data) && (part != Part::test || draws_test));
  // The test file of a known data set needs nothing of the recipe, and not the training file either.
  const bool has_own_file =
      part == Part::test && is_known_dataset(recipe.data.name) && recipe.data.test.empty();
  if (is_own && !has_own_file) {
    Images images = load_own(model, file, recipe, part, map, limits);
    if (images.divided) return images;
    if (source.empty())
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("has changed since the model was trained, so that its {} part cannot be drawn "
                              "again; name images that the model has not seen with --data",
                              images.part),
                  recipe.data.name);
    images = load_images_for(model, source, part, map, limits);
    print_message(
        fmt::format("note: {} has changed since the model was trained on some of its images; all of "
                    "them are used, including those it has seen",
                    source));
    return images;
  }
  if (!draws_test || source.empty() || is_known_dataset(source))
    return load_images_for(model, source.empty() ? own : source, part, map, limits);
  // The model's data may lie here under another name: most of them are what it was trained on.
  DataFiles files = read_source(source, {.limits = limits});
  if (!are_divided_by(info, files))
    return with_classes_of(model, images_of(std::move(files), source, part), map);
  recipe.data.name = source;
  return load_own(model, file, recipe, part, map, limits);
}

void match_classes(TrainingData& data, const Model& model, const ClassMap& map) {
  for (Dataset* file : {&data.train_file, &data.test_file}) match_classes(*file, model.classes(), map);
  data.train.classes = data.validation.classes = data.train_file.classes;
  data.test.classes = data.test_file.classes;
}

ClassMap class_map(const std::string& text) { return text.empty() ? ClassMap() : parse_class_map(text); }

const char* const map_help =
    "Maps classes of the data to classes of the model if their names differ: 0=A,1=B (class 0 of the data is "
    "the model's A), or by-position";

}  // namespace scrawl::tool
