// Small pieces of work whose instructions `check` counts: training steps of the recipes, recognition, and
// reading a picture. They use made-up images, one thread and the AVX2 kernels, which valgrind can run.
//
// instructions [NAME]     does all of it, or one piece, and prints the names in order
// instructions --build    prints what it was compiled with
#include "scrawl/error.h"
#include "scrawl/random.h"
#include "scrawl/recognizer.h"
#include "scrawl/trainer.h"

#include "counted.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scrawl {
namespace {

constexpr std::size_t side = 28;
constexpr std::size_t classes = 10;
constexpr std::string_view mlp = "28x28 > dense 50 > sigmoid > dense 100 > sigmoid > dense 10";

/// Like handwritten digits in what matters here: a fifth of the pixels is not 0, none at the border.
Dataset made_up_images(std::size_t count) {
  Dataset data = {.name = "made-up", .shape = {1, side, side}, .classes = classes};
  data.images.reserve(count * side * side);
  data.labels.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const RandomKey key = {.seed = 1, .sample = static_cast<std::uint32_t>(i)};
    data.labels.push_back(static_cast<std::uint8_t>(random_below(key, 0, classes)));
    for (std::size_t p = 0; p < side * side; ++p) {
      const std::size_t row = p / side;
      const std::size_t column = p % side;
      const bool inside = row >= 4 && row < 24 && column >= 4 && column < 24;
      const auto draw = random_below(key, static_cast<std::uint32_t>(p + 1), 700);
      data.images.push_back(static_cast<std::uint8_t>(inside && draw < 256 ? draw : 0));
    }
  }
  return data;
}

TrainingData made_up_data() {
  TrainingData data;
  data.train_file = made_up_images(120);
  data.test_file = made_up_images(10);
  data.train = data.train_file.view();
  data.test = data.test_file.view();
  return data;
}

/// `steps` steps of a recipe, after some that are not counted.
void train(const std::string& name, std::uint64_t steps) {
  constexpr std::uint64_t warm_up = 1;
  Recipe recipe = load_recipe(SCRAWL_RECIPES "/" + name + ".toml");
  recipe.report.every = 0;
  recipe.report.loss_every = std::numeric_limits<std::uint32_t>::max();
  const TrainingData data = made_up_data();
  Trainer trainer(recipe, data, 1, Target::avx2);
  const auto until = [&](std::uint64_t last) {
    TrainerCallbacks callbacks;
    callbacks.on_step = [last](const StepInfo& info) { return info.step < last ? Flow::go_on : Flow::stop; };
    trainer.train(callbacks);
  };
  until(warm_up);
  counted([&] { until(warm_up + steps); });
}

/// A recogniser of digits with untrained weights: how many instructions it takes does not depend on them.
Recognizer made_up_recognizer(std::string_view layers) {
  Model model(Network(parse_model(layers)), {.classes = numbered_classes(10)});
  model.only().network.initialise({.kind = Initialiser::Kind::glorot}, 1);
  return Recognizer(std::move(model), Target::avx2);
}

void recognise(std::string_view layers, std::size_t images, std::size_t times) {
  const Recognizer recognizer = made_up_recognizer(layers);
  const Dataset data = made_up_images(images);
  std::vector<float> probabilities(images * recognizer.classes());
  counted([&] {
    for (std::size_t i = 0; i < times; ++i) recognizer.classify(data.images, probabilities);
  });
}

/// A photograph of a 1: a dark stroke on paper that gets darker to one side.
void read_picture() {
  constexpr std::size_t width = 300;
  constexpr std::size_t height = 400;
  GreyImage picture{.width = width, .height = height, .pixels = {}};
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const bool ink = y > 80 && y < 320 && x > 140 && x < 165;
      picture.pixels.push_back(static_cast<std::uint8_t>(ink ? 40 : 230 - x / 5 - (x * 7 + y * 13) % 5));
    }
  const Recognizer recognizer = made_up_recognizer(mlp);
  counted([&] { recognizer.read(picture); });
}

struct Workload {
  const char* name;
  std::function<void()> run;
};

std::vector<Workload> workloads() {
  return {
      {"online-relu", [] { train("online-relu", 100); }},
      {"sigmoid-mse", [] { train("sigmoid-mse", 30); }},
      {"two-layer", [] { train("two-layer", 2); }},
      {"three-layer", [] { train("three-layer", 1); }},
      {"linear-hinge", [] { train("linear-hinge", 4); }},
      {"lenet5", [] { train("lenet5", 1); }},
      {"recognise-1", [] { recognise(mlp, 1, 100); }},
      {"recognise-100", [] { recognise(mlp, 100, 2); }},
      {"recognise-lenet5",
       [] { recognise(to_string(load_recipe(SCRAWL_RECIPES "/lenet5.toml").model), 16, 2); }},
      {"read-picture", read_picture},
  };
}

}  // namespace
}  // namespace scrawl

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--build") {
    std::puts(SCRAWL_BUILD);
    return 0;
  }
  const std::string_view only = argc > 1 ? argv[1] : "";
  try {
    for (const auto& workload : scrawl::workloads()) {
      if (!only.empty() && only != workload.name) continue;
      workload.run();
      std::puts(workload.name);
    }
  } catch (const scrawl::Error& error) {
    std::fprintf(stderr, "instructions: %s\n", error.what());
    return 1;
  }
}
