#include "train/teacher.h"

#include "scrawl/evaluation.h"
#include "scrawl/run.h"
#include "scrawl/trainer.h"

#include "nn/nn_testing.h"
#include "testing.h"
#include "train/synthetic.h"

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::teacher_test {
namespace {

using test::error_of;
using test::mentions;
using test::small_recipe;
using test::synthetic_data;

class TeacherTest : public ::testing::Test {
 protected:
  std::filesystem::path saved(const char* layers, std::size_t classes, std::uint64_t seed = 1) {
    Network network(parse_model(layers));
    test::fill_parameters(network, seed);
    const auto path = folder / ("teacher-" + std::to_string(seed) + ".safetensors");
    save_model(path, {std::move(network), {.classes = numbered_classes(classes)}});
    return path;
  }
  std::filesystem::path other_names() {
    const auto path = folder / "names.safetensors";
    Model model = load_model(saved("6x5 > dense 4", 4));
    model.only().info.classes = {"0", "1", "2", "x"};
    save_model(path, model);
    return path;
  }
  Recipe taught_recipe() {
    Recipe recipe = small_recipe();
    recipe.training.teacher = saved("6x5 > dense 4", 4).string();
    recipe.training.teacher_share = 0.6;
    return recipe;
  }

  test::TempFolder folder;
};

// The value and the gradient of the cross-entropy with the mixed target, from their definitions.
TEST_F(TeacherTest, MixesItsProbabilitiesIntoTheTarget) {
  constexpr std::size_t rows = 37;
  constexpr std::size_t classes = 5;
  constexpr double share = 0.3;
  constexpr float smoothing = 0.1F;
  const auto path = saved("6x5 > dense 3", 3);  // the other two it does not know
  const Network network(parse_model("6x5 > dense 5"));
  const SoftmaxCrossEntropy loss{.label_smoothing = smoothing};
  const auto names = numbered_classes(classes);
  Teacher teacher(path, share, loss, network, names, 3, rows, default_target());
  const Dataset data = test::synthetic_dataset({1, 6, 5}, classes, rows, 3);
  const auto outputs = test::random_samples<float>(rows, classes, 5, 1);
  bool is_known[rows];
  for (std::size_t r = 0; r < rows; ++r) is_known[r] = r % 3 != 0;
  const auto probabilities = predict_probabilities(load_model(path), data.images);

  for (const std::size_t threads : {1, 3}) {
    const Compute compute(threads);
    std::vector<float> gradients(rows * classes);
    const MatrixView<float> gradient(gradients.data(), rows, classes);
    const float value = make_loss<float>(loss)->evaluate(outputs.view(), data.labels, gradient, compute) +
                        teacher.teach(data.images, data.labels, is_known, outputs.view(), gradient, compute);
    double expected_value = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      double sum = 0;
      for (const float output : outputs.view().row(r)) sum += std::exp(double{output});
      for (std::size_t j = 0; j < classes; ++j) {
        const double of_label = (j == data.labels[r] ? 1 - smoothing : 0) + double{smoothing} / classes;
        const double of_teacher = j < 3 ? double{probabilities[3 * r + j]} : 0;
        const double target = is_known[r] ? share * of_teacher + (1 - share) * of_label : of_label;
        const double probability = std::exp(double{outputs.view().row(r)[j]}) / sum;
        expected_value -= target * std::log(probability) / rows;
        EXPECT_NEAR(gradient.row(r)[j], (probability - target) / rows, 1e-7) << r << ' ' << j;
      }
    }
    EXPECT_NEAR(value, expected_value, 1e-5);
  }
}

TEST_F(TeacherTest, ItsPupilHasTheSameBitsForEveryNumberOfThreadsAndTarget) {
  const Recipe recipe = taught_recipe();
  const auto data = synthetic_data();
  for (const Target target : supported_targets())
    for (const std::size_t threads : {1, 3}) {
      Trainer trainer(recipe, *data, threads, target);
      trainer.train();
      EXPECT_EQ(weights_sha256(trainer.network()),
                "9b3c71e9d4d874a8a1551ece9f033074fb42925bf3521f9f200d4b7c35bf6582")
          << to_string(target) << ", threads " << threads;
    }
}

// With a share of 1 only the teacher counts: labels that are all wrong do not matter.
TEST_F(TeacherTest, ItsPupilReadsAsItDoes) {
  Recipe recipe = small_recipe();
  auto data = synthetic_data();
  Trainer first(recipe, *data);
  first.train();
  const auto path = folder / "first.safetensors";
  save_model(path, {first.network(), {.loss = recipe.loss, .classes = numbered_classes(4)}});
  recipe.training.teacher = path.string();
  recipe.training.teacher_share = 1;
  recipe.training.epochs = 20;
  for (auto& label : data->train_file.labels) label = static_cast<std::uint8_t>((label + 1) % 4);
  data->train = data->train_file.view().slice(0, 200);
  Trainer pupil(recipe, *data);
  pupil.train();
  EXPECT_GT(pupil.report().test_accuracy, 0.95);
  data->added = 200;  // what was added is learned from its labels
  Trainer other(recipe, *data);
  other.train();
  EXPECT_LT(other.report().test_accuracy, 0.05);
}

TEST_F(TeacherTest, SeesTheChangedImages) {
  Recipe recipe = taught_recipe();
  recipe.augmentation = {.shift = 1};
  const auto data = synthetic_data();
  Trainer trainer(recipe, *data, 1);
  EXPECT_TRUE(trainer.train());
}

TEST_F(TeacherTest, AnInterruptedRunGoesOnWithTheSameOneOnly) {
  Recipe recipe = taught_recipe();
  const auto data = synthetic_data();
  const RunResult whole = run_recipe(recipe, *data, {.folder = folder / "whole", .threads = 1});
  RunCallbacks callbacks;
  callbacks.on_step = [](const StepInfo& info) { return info.step < 20 ? Flow::go_on : Flow::stop; };
  const RunOptions options{.folder = folder / "cut", .resume = true, .threads = 1, .checkpoint_seconds = 0};
  EXPECT_FALSE(run_recipe(recipe, *data, options, callbacks).finished);
  const auto path = std::filesystem::path(*recipe.training.teacher);
  std::filesystem::copy_file(path, folder / "kept");
  std::filesystem::rename(saved("6x5 > dense 4", 4, 2), path);
  EXPECT_TRUE(mentions(error_of([&] { run_recipe(recipe, *data, options); }), {"another teacher", "resume"}));
  std::filesystem::rename(folder / "kept", path);
  EXPECT_EQ(run_recipe(recipe, *data, options).report.weights_sha256, whole.report.weights_sha256);
}

TEST_F(TeacherTest, ANewRunDoesNotDeleteIt) {
  Recipe recipe = taught_recipe();
  const auto run = folder / "run";
  std::filesystem::create_directory(run);
  std::filesystem::rename(*recipe.training.teacher, run / "model.safetensors");
  recipe.training.teacher = (run / "model.safetensors").string();
  const auto data = synthetic_data();
  EXPECT_TRUE(mentions(error_of([&] { run_recipe(recipe, *data, {.folder = run, .overwrite = true}); }),
                       {"is the teacher", "--out"}));
  EXPECT_TRUE(std::filesystem::exists(run / "model.safetensors"));
}

TEST_F(TeacherTest, RecipesThatItCannotTeachAreRefused) {
  const auto refused = [&](const std::function<void(Recipe&)>& change, std::vector<std::string_view> words) {
    Recipe recipe = taught_recipe();
    change(recipe);
    const auto data = synthetic_data();
    EXPECT_TRUE(mentions(error_of([&] { const Trainer trainer(recipe, *data); }), words)) << words[0];
  };
  refused([](Recipe& r) { r.training.teacher.reset(); }, {"training.teacher_share", "training.teacher"});
  refused([](Recipe& r) { r.training.teacher_share = 0; }, {"training.teacher_share", "above 0"});
  refused([](Recipe& r) { r.training.teacher_share = std::nan(""); }, {"training.teacher_share", "above 0"});
  refused([](Recipe& r) { r.loss = MulticlassHinge{}; }, {"training.teacher", "softmax-cross-entropy"});
  refused([](Recipe& r) { r.training.gradient = Recipe::Gradient::numerical; },
          {"training.teacher", "backpropagation"});
  refused([&](Recipe& r) { r.training.teacher = (folder / "none").string(); }, {"none"});
  refused([&](Recipe& r) { r.training.teacher = saved("6x6 > dense 4", 4).string(); }, {"6x6", "6x5"});
  // Four classes are in the data, and the teacher must know them by the same names.
  refused([&](Recipe& r) { r.training.teacher = saved("6x5 > dense 3", 3).string(); },
          {"0, 1, 2,", "0, 1, 2, 3;"});
  refused([&](Recipe& r) { r.training.teacher = other_names().string(); }, {"0, 1, 2, x", "data.name"});
  refused([&](Recipe& r) { r.training.teacher = saved("6x5 > dense 5", 5).string(); },
          {"0, 1, 2, 3, 4", "0, 1, 2, 3;"});
}

TEST_F(TeacherTest, IsKeptInTheRecipe) {
  const Recipe recipe = parse_recipe(to_toml(taught_recipe()));
  EXPECT_EQ(recipe.training.teacher, taught_recipe().training.teacher);
  EXPECT_EQ(recipe.training.teacher_share, 0.6);
  EXPECT_EQ(to_toml(small_recipe()).find("teacher"), std::string::npos);
}

}  // namespace
}  // namespace scrawl::teacher_test
