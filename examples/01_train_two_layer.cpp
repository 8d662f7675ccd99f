// Trains a network of two dense layers on MNIST, one step after the other, and counts what it then reads
// correctly of the test images. This is the network of recipes/two-layer.toml; here the training loop lies
// open, made of the library's own pieces.

#include "scrawl/scrawl.h"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <vector>

int main() try {
  using namespace scrawl;

  // 60,000 images to learn from, and 10,000 that the network never sees while it learns.
  const Dataset train = load_dataset("mnist", Part::train, /*download=*/true);
  const Dataset test = load_dataset("mnist", Part::test, /*download=*/true);

  // A model is a line of text: 784 pixels, 50 hidden units with a sigmoid, one output for each digit.
  Network network(parse_model("28x28 > dense 50 > sigmoid > dense 10"));
  network.initialise({.kind = Initialiser::Kind::normal, .deviation = 0.01F}, /*seed=*/1);

  // What says how wrong the outputs are, what changes the weights, and what hands out the images.
  constexpr std::uint64_t epochs = 16;
  DataLoader loader(train.view(), {.batch_size = 100, .shuffle = true});
  const auto criterion = make_loss<float>(SoftmaxCrossEntropy{});
  Optimizer optimizer({.learning_rate = 0.1F}, network.parameter_infos(), epochs * loader.size());

  // All the memory that training needs. The loop below allocates nothing.
  const Compute compute;  // one thread, and the fastest instructions of this machine
  Workspace workspace = network.make_workspace(100);
  std::vector<float> gradients(network.parameters().size());
  Evaluator evaluator(network, /*preprocessing=*/{}, /*batch=*/100, /*threads=*/1);

  std::uint64_t step = 0;
  for (std::uint64_t epoch = 1; epoch <= epochs; ++epoch) {
    double loss = 0;
    for (const Batch& batch : loader) {
      // Forward: ten numbers for each image of the batch.
      const auto outputs = network.forward(batch.images, workspace, compute, Mode::train);
      // Loss: how wrong they are, and in which direction each should move.
      loss += criterion->evaluate(outputs, batch.labels, workspace.output_gradient(), compute);
      // Backward: in which direction each weight should move.
      network.backward(workspace, compute, gradients);
      // Step: move them all, by a little.
      optimizer.step(step++, network.parameters(), gradients, compute);
    }
    std::printf("epoch %2d: mean loss %.4f\n", static_cast<int>(epoch),
                loss / static_cast<double>(loader.size()));
  }

  std::printf("test accuracy %.2f %%\n", 100 * evaluator.accuracy(network, test.view()));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "01_train_two_layer: %s\n", error.what());
  return 1;
}
