#include "scrawl/data_files.h"
#include "scrawl/error.h"
#include "scrawl/trainer.h"

#include "data/arrays.h"
#include "data/stratify.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace scrawl {
namespace {

using Numbers = std::vector<std::uint32_t>;  // of images, ascending

/// Images of each part in the training file; training gets the first of the rest.
struct Counts {
  std::size_t train = 0;
  std::size_t validation = 0;
  std::size_t test = 0;
};

bool draws_test(const Recipe::Data& source) { return source.split && (*source.split)[2] > 0; }

Error has_test_images(const std::string& name) {
  return {ErrorCode::invalid_argument,
          "has its own test images, so data.split must not reserve any: make its third fraction 0, as in "
          "[0.9, 0.1, 0.0]",
          name};
}

/// Reads the files. Returns the number of validation images at the end of the training file.
std::size_t load_files(const Recipe::Data& source, const LoadOptions& options, TrainingData& data) {
  std::size_t own_validation = 0;
  bool has_test = !source.test.empty();
  if (is_known_dataset(source.name)) {
    data.train_file = load_data(source.name, Part::train, options);
    if (!has_test) data.test_file = load_data(source.name, Part::test, options);
    has_test = true;
  } else {
    DataFiles files = read_source(source.name, {.limits = options.limits});  // once for all parts
    if (const Dataset* test = files.find(Part::test); !has_test && test != nullptr) {
      data.test_file = *test;
      has_test = true;
    }
    if (!has_test && !draws_test(source))
      throw Error(ErrorCode::invalid_argument,
                  "contains no test images; have some drawn, as with --set 'data.split=[0.8, 0.1, 0.1]' (for "
                  "training, validation and testing), or name them as data.test in the recipe or "
                  "--test-data",
                  source.name);
    if (const Dataset* validation = files.find(Part::validation)) own_validation = validation->size();
    data.train_file = take_part(std::move(files), Part::train);
  }
  if (has_test && draws_test(source)) throw has_test_images(source.name);
  if (!source.test.empty()) data.test_file = load_data(source.test, Part::test, options);
  if (!has_test) return own_validation;
  if (!data.train_file.class_names.empty() || !data.test_file.class_names.empty())
    match_classes(data.test_file, names_of_classes(data.train_file), {},
                  {.name = "the training data", .remedy = "use the same class names in both"});
  if (data.test_file.shape.size() != data.train_file.shape.size())
    throw Error(ErrorCode::invalid_argument, "the test images are " + to_string(data.test_file.shape) +
                                                 ", but the training images are " +
                                                 to_string(data.train_file.shape));
  return own_validation;
}

Counts count_parts(const Recipe::Data& source, std::size_t images) {
  if (source.split) {
    const auto share = [&](std::size_t part) {
      return static_cast<std::size_t>(std::llround((*source.split)[part] * static_cast<double>(images)));
    };
    const std::size_t test = std::min(share(2), images);
    const std::size_t validation = std::min(share(1), images - test);
    const Counts counts{.train = images - test - validation, .validation = validation, .test = test};
    const std::array<std::size_t, 3> parts = {counts.train, counts.validation, counts.test};
    for (std::size_t part = 0; part < parts.size(); ++part)
      if ((*source.split)[part] > 0 && parts[part] == 0)
        throw Error(ErrorCode::invalid_argument,
                    "data.split: of its " + std::to_string(images) + " images, none is left for the " +
                        std::string(to_string(static_cast<Part>(part))) +
                        " part; change the fractions or add images",
                    source.name);
    return counts;
  }
  if (source.validation >= images || source.train > images - source.validation)
    throw Error(ErrorCode::invalid_argument, "data: " + std::to_string(source.train) + " training and " +
                                                 std::to_string(source.validation) +
                                                 " validation images are more than the " +
                                                 std::to_string(images) + " of " + source.name);
  const std::size_t left = images - source.validation;
  return {.train = source.train ? source.train : left, .validation = source.validation};
}

/// A range of the training file. Parts get its first or last images, or some of each class if it is sorted.
class Stretch {
 public:
  Stretch(std::span<const std::uint8_t> labels, std::size_t first, std::size_t count, bool draws)
      : labels_(labels), draws_(draws || is_sorted_by_class(labels.subspan(first, count))), left_(count) {
    std::iota(left_.begin(), left_.end(), static_cast<std::uint32_t>(first));
  }
  std::size_t size() const { return left_.size(); }

  /// Moves `count` of the remaining images to `taken`. Returns whether they were drawn.
  bool take(std::size_t count, bool from_end, std::uint64_t seed, Numbers& taken) {
    const bool draws = draws_ && count > 0 && count < size();
    Numbers some;
    if (draws)
      some = draw_stratified(labels_, left_, count, seed);
    else if (from_end)
      some.assign(left_.end() - static_cast<std::ptrdiff_t>(count), left_.end());
    else
      some.assign(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(count));
    Numbers rest;
    rest.reserve(size() - count);
    std::set_difference(left_.begin(), left_.end(), some.begin(), some.end(), std::back_inserter(rest));
    left_ = std::move(rest);
    taken.insert(taken.end(), some.begin(), some.end());
    return draws;
  }

 private:
  std::span<const std::uint8_t> labels_;
  bool draws_;
  Numbers left_;
};

/// Divides the training file. If parts are drawn it is reordered: training images, unused images, validation.
void divide(const Recipe& recipe, std::size_t own_validation, TrainingData& data) {
  Dataset& file = data.train_file;
  const Counts counts = count_parts(recipe.data, file.size());
  const std::uint64_t seed = recipe.data.seed.value_or(recipe.seed);
  const bool is_split = recipe.data.split.has_value();
  const std::size_t own_training = is_split ? file.size() : file.size() - own_validation;
  Stretch front(file.labels, 0, own_training, is_split);
  Stretch back(file.labels, own_training, file.size() - own_training, is_split);

  Numbers test;
  Numbers validation;
  Numbers train;
  data.drawn = front.take(counts.test, true, seed, test);
  const std::size_t validation_behind = std::min(counts.validation, back.size());
  data.drawn |= front.take(counts.validation - validation_behind, true, seed, validation);
  data.drawn |= back.take(validation_behind, true, seed, validation);
  const std::size_t train_in_front = std::min(counts.train, front.size());
  data.drawn |= front.take(train_in_front, false, seed, train);
  data.drawn |= back.take(counts.train - train_in_front, false, seed, train);

  // Trained class by class, the network would forget each class for the next.
  std::vector<std::uint8_t> train_labels;
  for (const auto number : train) train_labels.push_back(file.labels[number]);
  const bool shuffles = recipe.training.sampling == Sampling::sequential && is_sorted_by_class(train_labels);
  if (shuffles) shuffle_images(train, seed);

  if (data.drawn || shuffles) {
    Numbers order = train;
    front.take(front.size(), false, seed, order);
    back.take(back.size(), false, seed, order);
    order.insert(order.end(), validation.begin(), validation.end());
    if (counts.test > 0) {
      data.test_file = select_images(file, test);
      data.test_file.sha256 = content_sha256(data.test_file.images, data.test_file.labels);
    }
    file = select_images(file, order);
  }
  data.train = file.view().slice(0, counts.train);
  data.validation = file.view().slice(file.size() - counts.validation, counts.validation);
  data.test = data.test_file.view();
}

/// Puts `more` behind the training images.
void add_images(const Dataset& more, TrainingData& data) {
  Dataset& file = data.train_file;
  const std::size_t kept = data.train.size();
  const auto at = [](std::size_t place) { return static_cast<std::ptrdiff_t>(place); };
  file.images.insert(file.images.begin() + at(kept * file.shape.size()), more.images.begin(),
                     more.images.end());
  file.labels.insert(file.labels.begin() + at(kept), more.labels.begin(), more.labels.end());
  data.added += more.size();
  data.added_sha256 += more.sha256;
  const std::size_t validation = data.validation.size();
  data.train = file.view().slice(0, kept + more.size());
  data.validation = file.view().slice(file.size() - validation, validation);
}

/// Loads data.add. Classes that `name` lacks get the numbers after its own.
void load_added(const Recipe::Data& source, const LoadOptions& options, TrainingData& data) {
  for (const auto& name : source.add) {
    Dataset more = load_data(name, Part::train, options);
    if (more.shape.size() != data.train_file.shape.size())
      throw Error(ErrorCode::invalid_argument,
                  "data.add: its images are " + to_string(more.shape) + ", but those of " + source.name +
                      " are " + to_string(data.train_file.shape),
                  name);
    auto classes = names_of_classes(data.train_file);
    for (const auto& added : names_of_classes(more))
      if (std::find(classes.begin(), classes.end(), added) == classes.end()) classes.push_back(added);
    if (classes.size() > names_of_classes(data.train_file).size())
      for (Dataset* file : {&data.train_file, &data.test_file}) {
        file->class_names = classes;
        file->classes = classes.size();
      }
    match_classes(more, classes, {},
                  {.name = "the training data", .remedy = "use the same class names in both"});
    add_images(more, data);
  }
  data.test = data.test_file.view();
}

}  // namespace

const DatasetView& TrainingData::part(Part part) const {
  return part == Part::train ? train : part == Part::validation ? validation : test;
}

std::unique_ptr<TrainingData> load_training_data(const Recipe& recipe, const LoadOptions& options) {
  auto data = std::make_unique<TrainingData>();
  const std::size_t own_validation = load_files(recipe.data, options, *data);
  divide(recipe, own_validation, *data);
  load_added(recipe.data, options, *data);
  return data;
}

}  // namespace scrawl
