// Asks a network about one test image of MNIST, and prints the probability of each digit.
//
//     02_query_one_image [MODEL [INDEX]]
//
// MODEL is a model file, such as `scrawl train` leaves in runs/NAME/model.safetensors. Without one, a small
// network is trained first, which takes some seconds.

#include "scrawl/scrawl.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

using namespace scrawl;

namespace {

/// A recipe is plain data: what is not set here has a sensible default.
Model train_a_small_one() {
  Recipe recipe;
  recipe.name = "small";
  recipe.model = parse_model("28x28 > dense 50 > relu > dense 10");
  recipe.training.batch = 100;
  recipe.training.epochs = 5;

  const auto data = load_training_data(recipe, {.download = true});
  Trainer trainer(recipe, *data);
  trainer.train();
  // A Model is the network with all that is needed to use it: here, how its pixels were prepared.
  return {trainer.network(),
          {.preprocessing = trainer.preprocessing(), .loss = recipe.loss, .classes = numbered_classes(10)}};
}

std::size_t parse_index(const char* text, std::size_t images) {
  char* end = nullptr;
  const unsigned long long index = std::strtoull(text, &end, 10);
  if (end == text || *end != '\0' || *text == '-' || index >= images)
    throw Error(ErrorCode::invalid_argument, "there is no image '" + std::string(text) +
                                                 "'; give a number from 0 to " + std::to_string(images - 1));
  return index;
}

}  // namespace

int main(int argc, char** argv) try {
  const Dataset test = load_dataset("mnist", Part::test, /*download=*/true);
  const std::size_t index = argc > 2 ? parse_index(argv[2], test.size()) : 0;
  if (argc < 2) std::printf("no model was given: training a small one\n");
  const Model model = argc > 1 ? load_model(argv[1]) : train_a_small_one();
  if (model.inputs() != test.shape.size())
    throw Error(ErrorCode::invalid_argument,
                "reads images of " + to_string(model.only().network.spec().input) +
                    ", and MNIST's are of 28x28; give another model",
                argv[1]);

  // Bytes in, probabilities out: the model prepares the pixels as it saw them in training.
  const std::vector<float> probabilities = predict_probabilities(model, test.view().image(index));
  const auto best = std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
  std::printf("image %zu, whose label is %d:\n", index, test.labels[index]);
  for (std::size_t c = 0; c < probabilities.size(); ++c)
    std::printf("  %s  %6.2f %%%s\n", model.classes()[c].c_str(), 100.0 * probabilities[c],
                static_cast<std::ptrdiff_t>(c) == best ? "  <- read as this" : "");

  Evaluator evaluator(model.only().network, model.only().info.preprocessing, /*batch=*/100, /*threads=*/1);
  std::printf("test accuracy %.2f %%\n", 100 * evaluator.accuracy(model.only().network, test.view()));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "02_query_one_image: %s\n", error.what());
  return 1;
}
