#include "scrawl/model.h"
#include "scrawl/run.h"
#include "scrawl/trainer.h"

#include "nn/custom_layers.h"
#include "testing.h"
#include "train/synthetic.h"

#include <gtest/gtest.h>

// Training with a layer or a loss of the program's own.
namespace scrawl::own_parts_test {
namespace {

using test::custom_layers;
using test::error_of;
using test::mentions;
using test::small_recipe;
using test::synthetic_data;

Recipe swish_recipe() {
  Recipe recipe = small_recipe();
  recipe.model = parse_model("6x5 > dense 16 > swish > dense 8 > bent-line > dense 4", custom_layers());
  return recipe;
}

TEST(OwnLayer, IsTrainedByTheTrainer) {
  const auto data = synthetic_data();
  Recipe recipe = swish_recipe();
  for (const auto kind : {OptimizerSpec::Kind::sgd, OptimizerSpec::Kind::adamw}) {
    recipe.optimizer.kind = kind;
    std::string expected;
    for (const std::size_t threads : {1, 2, 3}) {
      Trainer trainer(recipe, *data, threads);
      trainer.train();
      const auto report = trainer.report();
      if (threads == 1) {
        EXPECT_GT(report.test_accuracy, 0.9);
        const ParameterInfo beta = trainer.network().parameter_infos()[2];
        EXPECT_NE(trainer.network().parameters()[beta.offset], 1) << "it was trained";
        expected = report.weights_sha256;
      }
      EXPECT_EQ(report.weights_sha256, expected);
    }
  }
  recipe.training.gradient = Recipe::Gradient::numerical;
  recipe.training.numerical_steps = 1;
  Trainer(recipe, *data).train();
}

TEST(OwnLayer, HasNoPlaceInARecipeFile) {
  const auto error = error_of([] { parse_recipe(to_toml(swish_recipe())); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error, {"model.layers", "'swish'", "Recipe::model"}));
}

// The folder of such a run is the program's: it resumes it and reads its model.
TEST(OwnLayer, MakesARunThatIsResumed) {
  const auto data = synthetic_data();
  const Recipe recipe = swish_recipe();
  const test::TempFolder temporary;
  run_recipe(recipe, *data, {.folder = temporary / "whole"});
  const auto expected =
      weights_sha256(load_model(temporary / "whole" / "model.safetensors", custom_layers()).only().network);

  const auto stop = [](const StepInfo& info) { return info.step == 20 ? Flow::stop : Flow::go_on; };
  RunCallbacks callbacks;
  callbacks.on_step = stop;
  EXPECT_FALSE(run_recipe(recipe, *data, {.folder = temporary / "parts"}, callbacks).finished);
  EXPECT_TRUE(run_recipe(recipe, *data, {.folder = temporary / "parts", .resume = true}).finished);
  EXPECT_EQ(
      weights_sha256(load_model(temporary / "parts" / "model.safetensors", custom_layers()).only().network),
      expected);

  Recipe two = recipe;
  two.members = 2;
  EXPECT_TRUE(run_recipe(two, *data, {.folder = temporary / "two"}).finished);
  const Model ensemble = load_model(temporary / "two" / "model.safetensors", custom_layers());
  EXPECT_EQ(weights_sha256(ensemble.members[0].network), expected);
  EXPECT_EQ(ensemble.members.size(), 2U);
}

/// Half the squared error, which must not train as the whole one does.
class HalfSquaredError final : public Loss {
 public:
  float evaluate(MatrixView<const float> outputs, std::span<const std::uint8_t> labels,
                 MatrixView<float> gradient, const Compute& compute) const override {
    const float whole = whole_->evaluate(outputs, labels, gradient, compute);
    for (std::size_t r = 0; r < gradient.rows(); ++r)
      for (float& value : gradient.row(r)) value /= 2;
    return whole / 2;
  }

 private:
  std::unique_ptr<Loss> whole_ = make_loss<float>(SquaredError{});
};

TEST(OwnLoss, IsTrainedWithByTheTrainer) {
  const auto data = synthetic_data();
  Recipe recipe = small_recipe();
  recipe.loss = SquaredError{};
  Trainer usual(recipe, *data);
  usual.train();
  Trainer trainer(recipe, *data);
  trainer.use_loss(std::make_unique<HalfSquaredError>());
  trainer.train();
  EXPECT_GT(trainer.report().test_accuracy, 0.9);
  EXPECT_NE(trainer.report().weights_sha256, usual.report().weights_sha256);

  recipe.training.gradient = Recipe::Gradient::numerical;
  Trainer numerical(recipe, *data);
  EXPECT_TRUE(mentions(error_of([&] { numerical.use_loss(std::make_unique<HalfSquaredError>()); }),
                       {"numerical", "backpropagation"}));
}

}  // namespace
}  // namespace scrawl::own_parts_test
