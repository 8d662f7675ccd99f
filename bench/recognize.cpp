// Measures the time from the bytes of MNIST's test images to class probabilities: one image at a time on one
// thread, and a thousand images per call on several threads.
//
//     bench-recognize MODEL.safetensors [--threads N] [--json]

#include "scrawl/scrawl.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace scrawl;

namespace {

constexpr std::size_t images_a_call = 1000;
constexpr std::size_t singles_a_reading = 20;  // reading the clock takes a tenth of an image
constexpr int rounds = 10;                     // over all test images

struct Options {
  std::string model;
  std::size_t threads = 2;
  bool json = false;
};

Options parse_options(int argc, char** argv) {
  const Error usage(ErrorCode::invalid_argument,
                    "usage: bench-recognize MODEL.safetensors [--threads N] [--json]");
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--threads" && i + 1 < argc) {
      char* end = nullptr;
      options.threads = std::strtoul(argv[++i], &end, 10);
      if (*end != '\0' || options.threads == 0) throw usage;
    } else if (options.model.empty() && !argument.starts_with('-')) {
      options.model = argument;
    } else {
      throw usage;
    }
  }
  if (options.model.empty()) throw usage;
  return options;
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = parse_options(argc, argv);
  const Recognizer recognizer(load_model(options.model));
  const Dataset test = load_dataset("mnist", Part::test, /*download=*/true);
  const std::size_t pixels = test.shape.size();
  const std::size_t classes = recognizer.classes();
  const std::span<const std::uint8_t> images(test.images);
  std::vector<float> memory(test.size() * classes);
  const std::span probabilities(memory);

  const auto classify = [&](std::size_t first, std::size_t count, ThreadPool* pool) {
    const auto from = images.subspan(first * pixels, count * pixels);
    const auto to = probabilities.subspan(first * classes, count * classes);
    pool ? recognizer.classify(from, to, *pool) : recognizer.classify(from, to);
  };
  const auto median_time = [&](std::size_t calls, std::size_t count, ThreadPool* pool) {
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t first = 0; first + calls * count <= test.size(); first += calls * count) {
        const double begin = seconds();
        for (std::size_t call = 0; call < calls; ++call) classify(first + call * count, count, pool);
        times.push_back((seconds() - begin) / static_cast<double>(calls * count));
      }
    }
    return median(times);
  };

  const double one = median_time(singles_a_reading, 1, nullptr);
  ThreadPool pool(options.threads);
  const double bulk = median_time(1, images_a_call, &pool);

  std::size_t right = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const auto row = probabilities.subspan(i * classes, classes);
    right += std::max_element(row.begin(), row.end()) - row.begin() == test.labels[i];
  }
  const double accuracy = static_cast<double>(right) / static_cast<double>(test.size());
  if (options.json)
    std::printf(
        "{\"model\": \"%s\", \"one_microseconds\": %.4f, \"bulk_images_per_second\": %.0f, \"threads\": %zu, "
        "\"accuracy\": %.4f}\n",
        to_string(recognizer.model().only().network.spec()).c_str(), 1e6 * one, 1 / bulk, pool.size(),
        accuracy);
  else
    std::printf(
        "%s\n  one image at a time, 1 thread    %8.3f us\n  %zu images a call, %zu thread%s %8.2f million/s\n"
        "  accuracy %.4f\n",
        to_string(recognizer.model().only().network.spec()).c_str(), 1e6 * one, images_a_call, pool.size(),
        pool.size() == 1 ? " " : "s", 1e-6 / bulk, accuracy);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench-recognize: %s\n", error.what());
  return 1;
}
