#pragma once

#include "scrawl/random.h"
#include "scrawl/trainer.h"

#include <cstdint>
#include <memory>

namespace scrawl::test {

/// Images that can be learned: class c is bright in every pixel p with p % classes == c, with noise over all.
inline Dataset synthetic_dataset(Shape shape, std::size_t classes, std::size_t images, std::uint64_t seed) {
  Dataset data{
      .name = "synthetic", .shape = shape, .classes = classes, .images = {}, .labels = {}, .sha256 = "none"};
  const std::size_t pixels = shape.size();
  for (std::size_t i = 0; i < images; ++i) {
    const RandomKey key{.seed = seed, .sample = static_cast<std::uint32_t>(i)};
    const auto label = random_below(key, 0, classes);
    data.labels.push_back(static_cast<std::uint8_t>(label));
    for (std::size_t p = 0; p < pixels; ++p) {
      const auto noise = random_below(key, static_cast<std::uint32_t>(p + 1), 100);
      data.images.push_back(static_cast<std::uint8_t>(noise + (p % classes == label ? 150 : 0)));
    }
  }
  return data;
}

inline std::unique_ptr<TrainingData> synthetic_data(Shape shape = {1, 6, 5}, std::size_t classes = 4,
                                                    std::size_t train = 200, std::size_t validation = 50) {
  auto data = std::make_unique<TrainingData>();
  data->train_file = synthetic_dataset(shape, classes, train + validation, 11);
  data->test_file = synthetic_dataset(shape, classes, 100, 12);
  data->train = data->train_file.view().slice(0, train);
  data->validation = data->train_file.view().slice(train, validation);
  data->test = data->test_file.view();
  return data;
}

/// A recipe for synthetic_data() that trains within milliseconds.
inline Recipe small_recipe() {
  return parse_recipe(R"(
name = "small"
[data]
validation = 50
[model]
layers = "6x5 > dense 16 > relu > dense 4"
initialiser = "he"
[loss]
kind = "softmax-cross-entropy"
[optimizer]
kind = "momentum"
learning_rate = 0.05
l2 = 1e-4
[training]
sampling = "shuffled"
batch = 16
epochs = 4
[report]
every = 10
count_from = 0
evaluate = ["train", "validation", "test"]
lines = ["{step} {loss:.6f} {train_accuracy:.3f} {validation_accuracy:.3f} {test_accuracy:.3f}"]
final = ["done {test_percent:.1f}"]
)");
}

/// A recipe for a network so small that the numerical gradient is quick, with the batches and steps of a
/// numerical run whichever gradient it takes.
inline Recipe of_numerical_length(Recipe recipe, Recipe::Gradient gradient) {
  recipe.model = parse_model("6x5 > dense 5 > sigmoid > dense 4");
  recipe.training.gradient = gradient;
  recipe.training.batch = recipe.training.numerical_batch;
  recipe.training.epochs = 0;
  recipe.training.steps = recipe.training.numerical_steps;
  return recipe;
}

}  // namespace scrawl::test
