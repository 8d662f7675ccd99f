// Reads all test images of MNIST, as fast as the machine can: bytes in, probabilities out.
//
//     05_classify_many [MODEL]
//
// MODEL is a model file, such as `scrawl train` leaves in runs/NAME/model.safetensors. Without one, the model
// that comes with the library is used.

#include "scrawl/scrawl.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <span>
#include <thread>
#include <vector>

using namespace scrawl;

int main(int argc, char** argv) try {
  const Dataset test = load_dataset("mnist", Part::test, /*download=*/true);
  const Recognizer recognizer = argc > 1 ? Recognizer(load_model(argv[1])) : Recognizer();
  const std::size_t classes = recognizer.classes();
  std::vector<float> probabilities(test.size() * classes);

  // One image, on this thread. Nothing is allocated, and several threads may share one Recognizer.
  recognizer.classify(test.view().image(0), std::span(probabilities).first(classes));

  // All of them, on all cores.
  ThreadPool pool(std::thread::hardware_concurrency());
  const auto begin = std::chrono::steady_clock::now();
  recognizer.classify(test.images, probabilities, pool);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;

  std::size_t right = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes);
    const auto likeliest = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row;
    right += likeliest == test.labels[i] ? 1 : 0;
  }
  std::printf("%zu of %zu images read right, %.1f ms on %zu threads\n", right, test.size(),
              1e3 * seconds.count(), pool.size());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "05_classify_many: %s\n", error.what());
  return 1;
}
