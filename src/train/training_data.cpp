#include "scrawl/class_map.h"
#include "scrawl/error.h"
#include "scrawl/trainer.h"

namespace scrawl {
namespace {

/// Both files of a known data set, or the parts of one file or two.
void load_files(const Recipe::Data& source, const LoadOptions& options, TrainingData& data) {
  if (is_known_dataset(source.name) || !source.test.empty()) {
    data.train_file = load_data(source.name, Part::train, options);
    data.test_file = load_data(source.test.empty() ? source.name : source.test, Part::test, options);
  } else {
    DataFiles files = read_source(source.name, {.limits = options.limits});  // once, for both parts
    if (files.find(Part::test) == nullptr)
      throw Error(ErrorCode::invalid_argument,
                  "holds no test images; say where they are, as data.test in the recipe or --test-data",
                  source.name);
    data.test_file = take_part(files, Part::test);
    data.train_file = take_part(std::move(files), Part::train);
  }
  if (!data.train_file.class_names.empty() || !data.test_file.class_names.empty())
    match_classes(data.test_file, names_of_classes(data.train_file), {},
                  {.name = "the training data", .remedy = "give both the same names of classes"});
  if (data.test_file.shape.size() != data.train_file.shape.size())
    throw Error(ErrorCode::invalid_argument, "the test images are of " + to_string(data.test_file.shape) +
                                                 ", and the training images of " +
                                                 to_string(data.train_file.shape));
}

}  // namespace

const DatasetView& TrainingData::part(Part part) const {
  return part == Part::train ? train : part == Part::validation ? validation : test;
}

std::unique_ptr<TrainingData> load_training_data(const Recipe& recipe, const LoadOptions& options) {
  auto data = std::make_unique<TrainingData>();
  load_files(recipe.data, options, *data);
  const std::uint64_t there = data->train_file.size();
  const std::uint64_t validation = recipe.data.validation;
  if (validation >= there || recipe.data.train > there - validation)
    throw Error(ErrorCode::invalid_argument, "data: " + std::to_string(recipe.data.train) + " training and " +
                                                 std::to_string(validation) +
                                                 " validation images are more than the " +
                                                 std::to_string(there) + " of " + recipe.data.name);
  const std::uint64_t train = recipe.data.train ? recipe.data.train : there - validation;
  data->train = data->train_file.view().slice(0, train);
  data->validation = data->train_file.view().slice(there - validation, validation);
  data->test = data->test_file.view();
  return data;
}

}  // namespace scrawl
