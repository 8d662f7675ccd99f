#include "scrawl/trainer.h"

#include "scrawl/run.h"

#include "testing.h"
#include "train/synthetic.h"

#include <atomic>
#include <cmath>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::trainer_test {
namespace {

using test::error_of;
using test::mentions;
using test::of_numerical_length;
using test::small_recipe;
using test::synthetic_data;

std::string trained_sha256(const Recipe& recipe, const TrainingData& data, std::size_t threads,
                           Target target) {
  Trainer trainer(recipe, data, threads, target);
  EXPECT_TRUE(trainer.train());
  return weights_sha256(trainer.network());
}

TEST(Trainer, LearnsWhatCanBeLearned) {
  const auto data = synthetic_data();
  Trainer trainer(small_recipe(), *data, 1);
  const double before = trainer.report().test_accuracy;
  trainer.train();
  const TrainReport report = trainer.report();
  EXPECT_LT(before, 0.6);
  EXPECT_GT(report.test_accuracy, 0.95);
  EXPECT_EQ(report.steps, 4U * 13U);  // 200 images in batches of 16: 12 whole ones and one of 8
  EXPECT_DOUBLE_EQ(report.epochs, 4);
  EXPECT_EQ(report.parameters, 30U * 16 + 16 + 16 * 4 + 4);
  ASSERT_EQ(report.lines.size(), 1U);
  EXPECT_TRUE(report.lines[0].starts_with("done "));
}

TEST(Trainer, SameSeedSameBitsForEveryThreadCountAndTarget) {
  const auto data = synthetic_data();
  for (const char* optimizer : {"sgd", "nesterov", "adamw"}) {
    Recipe recipe = small_recipe();
    recipe.optimizer.kind = optimizer == std::string("sgd")        ? OptimizerSpec::Kind::sgd
                            : optimizer == std::string("nesterov") ? OptimizerSpec::Kind::nesterov
                                                                   : OptimizerSpec::Kind::adamw;
    const std::string expected = trained_sha256(recipe, *data, 1, Target::scalar);
    for (const auto target : supported_targets())
      for (const std::size_t threads : {1, 2, 3, 8})
        EXPECT_EQ(trained_sha256(recipe, *data, threads, target), expected)
            << optimizer << ", " << to_string(target) << ", threads " << threads;
    recipe.seed = 2;
    EXPECT_NE(trained_sha256(recipe, *data, 1, default_target()), expected);
  }
}

/// Augments in every way.
Recipe augmenting_recipe() {
  Recipe recipe = small_recipe();
  recipe.augmentation = {.probability = 0.9F,
                         .shift = 0.5F,
                         .rotation = 10,
                         .elastic_alpha = 5,
                         .elastic_sigma = 3,
                         .thickness = 0.2F,
                         .blur = 0.3F,
                         .contrast = 0.1F,
                         .noise = 5,
                         .erase_probability = 0.1F};
  return recipe;
}

TEST(Trainer, AugmentationHasTheSameBitsForEveryThreadCountAndTarget) {
  const auto data = synthetic_data();
  for (const auto sampling : {Sampling::shuffled, Sampling::with_replacement}) {
    Recipe recipe = augmenting_recipe();
    recipe.training.sampling = sampling;
    const std::string expected = trained_sha256(recipe, *data, 1, Target::scalar);
    for (const auto target : supported_targets())
      for (const std::size_t threads : {1, 2, 3, 8})
        EXPECT_EQ(trained_sha256(recipe, *data, threads, target), expected)
            << to_string(target) << ", threads " << threads;
    recipe.augmentation = {};
    EXPECT_NE(trained_sha256(recipe, *data, 1, default_target()), expected);
  }
}

TEST(Trainer, AugmentationChangesTheTrainingImagesAndNoOthers) {
  const auto data = synthetic_data();
  Recipe recipe = small_recipe();
  recipe.fit.standardise = Standardise::per_pixel;
  recipe.preprocessing.divisor = 1;
  recipe.optimizer.learning_rate = 0;
  Trainer plain(recipe, *data, 1);
  recipe.augmentation = {.shift = 1000};  // shows nothing but zeros
  Trainer augmented(recipe, *data, 1);
  EXPECT_EQ(augmented.preprocessing(), plain.preprocessing());
  float plain_loss = 0;
  float first_loss = 0;
  const auto losses = [](float& loss) {
    TrainerCallbacks callbacks;
    callbacks.on_step = [&loss](const StepInfo& info) {
      loss = info.data_loss;
      return info.step == 1 ? Flow::stop : Flow::go_on;
    };
    return callbacks;
  };
  plain.train(losses(plain_loss));
  augmented.train(losses(first_loss));
  EXPECT_NE(first_loss, plain_loss);
  const TrainReport report = augmented.report();
  const TrainReport expected = plain.report();
  EXPECT_EQ(report.train_accuracy, expected.train_accuracy);
  EXPECT_EQ(report.validation_accuracy, expected.validation_accuracy);
  EXPECT_EQ(report.test_accuracy, expected.test_accuracy);
}

TEST(Trainer, EachPresentationOfAnImageIsAugmentedAnew) {
  const auto data = synthetic_data();
  Recipe recipe = small_recipe();
  recipe.optimizer.learning_rate = 0;
  recipe.optimizer.l2 = 0;
  recipe.training.sampling = Sampling::sequential;
  recipe.training.batch = 200;  // the same batch in each step
  recipe.augmentation = {.shift = 2};
  std::vector<float> losses;
  TrainerCallbacks callbacks;
  callbacks.on_step = [&](const StepInfo& info) {
    losses.push_back(info.data_loss);
    return Flow::go_on;
  };
  Trainer(recipe, *data, 1).train(callbacks);
  ASSERT_EQ(losses.size(), 4U);
  EXPECT_NE(losses[0], losses[1]);
  EXPECT_NE(losses[1], losses[2]);
}

TEST(Trainer, OneAugmentedImageAStepIsTrainedOnToo) {
  const auto data = synthetic_data();
  Recipe recipe = augmenting_recipe();
  recipe.training.batch = 1;
  recipe.optimizer = {.learning_rate = 0.01F};
  const std::string expected = trained_sha256(recipe, *data, 1, Target::scalar);
  EXPECT_EQ(trained_sha256(recipe, *data, 2, default_target()), expected);
  recipe.augmentation = {};
  EXPECT_NE(trained_sha256(recipe, *data, 2, default_target()), expected);
}

TEST(Trainer, AnAugmentedRunGoesOnFromAState) {
  const auto data = synthetic_data();
  const Recipe recipe = augmenting_recipe();
  Trainer first(recipe, *data, 1);
  TrainerCallbacks stop;
  stop.on_step = [](const StepInfo& info) { return info.step == 17 ? Flow::stop : Flow::go_on; };
  first.train(stop);
  Trainer second(recipe, *data, 2);
  second.restore(first.state());
  second.train();
  EXPECT_EQ(weights_sha256(second.network()), trained_sha256(recipe, *data, 1, default_target()));
}

TEST(Trainer, VectorsThatAreNoPicturesAreNotAugmented) {
  const auto data = synthetic_data({1, 1, 30});
  EXPECT_TRUE(mentions(error_of([&] { Trainer(augmenting_recipe(), *data, 1); }),
                       {"augment", "plain vectors of 30 values"}));
  const auto square = synthetic_data({1, 1, 36});
  Recipe recipe = augmenting_recipe();
  recipe.model = parse_model("36 > dense 4");
  EXPECT_TRUE(Trainer(recipe, *square, 1).train());
}

/// A recipe that trains on one image a step (OnlineStep), with weight decay and a background that is not 0.
Recipe online_recipe() {
  Recipe recipe = small_recipe();
  recipe.optimizer = {.learning_rate = 0.01F, .l2 = 0.01F};
  recipe.preprocessing.offset = 0.1F;
  recipe.training.batch = 1;
  return recipe;
}

TEST(Trainer, OneImageAStepHasTheSameBitsForEveryThreadCountAndTarget) {
  const auto data = synthetic_data();
  const std::string expected = trained_sha256(online_recipe(), *data, 1, Target::scalar);
  for (const auto target : supported_targets())
    for (const std::size_t threads : {1, 2, 3, 8})
      EXPECT_EQ(trained_sha256(online_recipe(), *data, threads, target), expected)
          << to_string(target) << ", threads " << threads;
}

TEST(Trainer, OneImageAStepLearnsWhatTheNetworkLearns) {
  const auto data = synthetic_data();
  for (const auto sampling : {Sampling::sequential, Sampling::shuffled, Sampling::with_replacement}) {
    Recipe recipe = online_recipe();
    recipe.training.sampling = sampling;
    Trainer online(recipe, *data, 1);
    // After-update losses are taken by the plain path, with the same weights up to rounding.
    recipe.training.loss_after_update = true;
    Trainer plain(recipe, *data, 1);
    online.train();
    plain.train();
    const auto a = online.network().parameters();
    const auto b = plain.network().parameters();
    ASSERT_NE(weights_sha256(online.network()), weights_sha256(plain.network()));
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-4 * (1 + std::abs(b[i])));
    EXPECT_GT(online.report().test_accuracy, 0.95);
  }
}

/// Uses the threads that it is given.
class ThreadedLoss final : public Loss {
 public:
  float evaluate(MatrixView<const float> outputs, std::span<const std::uint8_t> labels,
                 MatrixView<float> gradient, const Compute& compute) const override {
    compute.pool().run(compute.threads(), [](std::size_t) {});
    return usual_->evaluate(outputs, labels, gradient, compute);
  }

 private:
  std::unique_ptr<Loss> usual_ = make_loss<float>(SoftmaxCrossEntropy{});
};

TEST(Trainer, ALossMayUseTheThreadsOnOneImage) {
  const auto data = synthetic_data();
  const Recipe recipe = online_recipe();
  Trainer trainer(recipe, *data, 2);
  trainer.use_loss(std::make_unique<ThreadedLoss>());
  trainer.train();
  EXPECT_EQ(weights_sha256(trainer.network()), trained_sha256(recipe, *data, 1, default_target()));
}

TEST(Trainer, ACallbackMayGoBack) {
  const auto data = synthetic_data();
  for (const std::size_t batch : {1, 10}) {
    Recipe recipe = online_recipe();
    recipe.training.batch = batch;
    Trainer trainer(recipe, *data, 2);
    const TrainingState start = trainer.state();
    bool went_back = false;
    TrainerCallbacks callbacks;
    callbacks.on_step = [&](const StepInfo& info) {
      if (info.step == 7 && !went_back) {
        went_back = true;
        trainer.restore(start);
      }
      return Flow::go_on;
    };
    EXPECT_TRUE(trainer.train(callbacks));
    EXPECT_EQ(weights_sha256(trainer.network()), trained_sha256(recipe, *data, 1, default_target())) << batch;
  }
}

TEST(Trainer, LookingAtOneImageAStepChangesNothing) {
  const auto data = synthetic_data();
  const std::string expected = trained_sha256(online_recipe(), *data, 1, default_target());
  Recipe recipe = online_recipe();
  recipe.report.loss_every = 1;
  recipe.report.every = 3;
  EXPECT_EQ(trained_sha256(recipe, *data, 1, default_target()), expected);

  Trainer watched(online_recipe(), *data, 1);
  std::string last;
  TrainerCallbacks callbacks;
  callbacks.on_step = [&](const StepInfo&) {
    const std::string now = weights_sha256(watched.network());
    EXPECT_NE(now, last);  // of this step, not of the last record
    last = now;
    return Flow::go_on;
  };
  watched.train(callbacks);
  EXPECT_EQ(last, expected);
}

TEST(Trainer, ExplicitThreadsAreTheThreadsThatRun) {
  const auto data = synthetic_data();
  EXPECT_EQ(Trainer(small_recipe(), *data, 3).threads(), 3U);
  EXPECT_EQ(Trainer(small_recipe(), *data).threads(), 1U);  // by default: the work is too small to share
}

TEST(Trainer, CallbacksSeeEveryStepAndEpochAndCanStop) {
  const auto data = synthetic_data();
  Trainer trainer(small_recipe(), *data, 1);
  std::uint64_t steps = 0;
  std::vector<std::uint64_t> epochs;
  std::vector<std::uint64_t> reports;
  TrainerCallbacks callbacks;
  callbacks.on_step = [&](const StepInfo& info) {
    EXPECT_EQ(info.step, ++steps);
    EXPECT_EQ(info.steps, 52U);
    return Flow::go_on;
  };
  callbacks.on_epoch = [&](const StepInfo& info) {
    epochs.push_back(info.step);
    return info.epoch == 3 ? Flow::stop : Flow::go_on;
  };
  callbacks.on_record = [&](const Record& record) {
    if (!record.lines.empty()) reports.push_back(record.step);
  };
  EXPECT_FALSE(trainer.train(callbacks));  // an early stop after three of four epochs
  EXPECT_EQ(epochs, (std::vector<std::uint64_t>{13, 26, 39}));
  EXPECT_EQ(reports, (std::vector<std::uint64_t>{1, 11, 21, 31}));  // counted from 0: steps 0, 10, 20, 30
  EXPECT_EQ(trainer.report().steps, 39U);
  EXPECT_TRUE(trainer.train());  // and it can go on
}

TEST(Trainer, ReportsFallWhereTheAuthorsPutThem) {
  const auto count = [](Recipe::Scope scope, std::uint64_t count_from, std::uint64_t every) {
    Recipe recipe = small_recipe();
    recipe.report.scope = scope;
    recipe.report.count_from = count_from;
    recipe.report.every = every;
    recipe.report.lines = {"{epoch}:{step}"};
    const auto data = synthetic_data();
    Trainer trainer(recipe, *data, 1);
    std::vector<std::string> lines;
    TrainerCallbacks callbacks;
    callbacks.on_record = [&](const Record& record) {
      lines.insert(lines.end(), record.lines.begin(), record.lines.end());
    };
    trainer.train(callbacks);
    return lines;
  };
  using Lines = std::vector<std::string>;
  EXPECT_EQ(count(Recipe::Scope::run, 1, 26), (Lines{"2:26", "4:52"}));
  EXPECT_EQ(count(Recipe::Scope::run, 0, 26), (Lines{"0:0", "2:26"}));
  EXPECT_EQ(count(Recipe::Scope::epoch, 1, 13), (Lines{"1:13", "2:13", "3:13", "4:13"}));
  EXPECT_EQ(count(Recipe::Scope::epoch, 0, 13), (Lines{"0:0", "1:0", "2:0", "3:0"}));
}

TEST(Trainer, StateAndRestoreGoOnWithTheSameBits) {
  const auto data = synthetic_data();
  for (const auto& [recipe, stop_at] :
       std::vector<std::pair<Recipe, std::uint64_t>>{{small_recipe(), 1},
                                                     {small_recipe(), 12},
                                                     {small_recipe(), 13},
                                                     {small_recipe(), 30},
                                                     {small_recipe(), 51},
                                                     {online_recipe(), 1},
                                                     {online_recipe(), 199},
                                                     {online_recipe(), 500}}) {
    const std::string expected = trained_sha256(recipe, *data, 1, default_target());
    Trainer first(recipe, *data, 1);
    TrainerCallbacks callbacks;
    callbacks.on_step = [stop = stop_at](const StepInfo& info) {
      return info.step == stop ? Flow::stop : Flow::go_on;
    };
    EXPECT_FALSE(first.train(callbacks));
    Trainer second(recipe, *data, 2);
    second.restore(first.state());
    EXPECT_TRUE(second.train());
    EXPECT_EQ(weights_sha256(second.network()), expected) << "stopped at " << stop_at;
  }
  for (const bool online : {false, true}) {
    const Recipe recipe = online ? online_recipe() : small_recipe();
    TrainingState other = Trainer(recipe, *data, 1).state();
    EXPECT_EQ(other.online.empty(), !online);
    (online ? other.online : other.parameters).pop_back();
    EXPECT_EQ(error_of([&] { Trainer(recipe, *data, 1).restore(other); }).code(),
              ErrorCode::invalid_argument);
  }
}

TEST(Trainer, TheLossIncludesThePenaltyAndMayBeTakenAfterTheUpdate) {
  const auto data = synthetic_data();
  const auto first_loss = [&](float l2, bool after_update) {
    Recipe recipe = small_recipe();
    recipe.optimizer.l2 = l2;
    recipe.optimizer.learning_rate = 0.01F;
    recipe.training.loss_after_update = after_update;
    Trainer trainer(recipe, *data, 1);
    double loss = 0;
    TrainerCallbacks callbacks;
    callbacks.on_record = [&](const Record& record) { loss = record.loss; };
    callbacks.on_step = [](const StepInfo&) { return Flow::stop; };
    trainer.train(callbacks);
    return loss;
  };
  EXPECT_GT(first_loss(1.0F, false), first_loss(0, false) + 5);  // 544 weights of He's deviations
  EXPECT_LT(first_loss(0, true), first_loss(0, false));
}

TEST(Trainer, NumericalAndBackpropagatedRunsAgree) {
  const auto data = synthetic_data();
  const auto parameters = [&](Recipe::Gradient gradient) {
    Trainer trainer(of_numerical_length(small_recipe(), gradient), *data, 2);
    EXPECT_EQ(trainer.steps(), 3U);
    EXPECT_EQ(trainer.batch(), 10U);
    trainer.train();
    return trainer.state().parameters;
  };
  const auto numerical = parameters(Recipe::Gradient::numerical);
  const auto exact = parameters(Recipe::Gradient::backpropagation);
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(numerical[i], exact[i], 1e-6);
}

TEST(Trainer, ANumericalStepThatIsGivenUpHasNotBegun) {
  const auto data = synthetic_data();
  Recipe recipe = of_numerical_length(small_recipe(), Recipe::Gradient::numerical);
  recipe.model = parse_model("6x5 > dense 5 > batchnorm > sigmoid > dense 4");
  Trainer trainer(recipe, *data, 2);
  const std::string start = weights_sha256(trainer.network());
  TrainerCallbacks callbacks;
  std::atomic<int> asked = 0;
  callbacks.stop_requested = [&] { return ++asked > 50; };
  EXPECT_FALSE(trainer.train(callbacks));
  EXPECT_LT(asked, 60);
  EXPECT_EQ(weights_sha256(trainer.network()), start);  // with the running means
  EXPECT_EQ(trainer.state().step, 0U);
  EXPECT_TRUE(trainer.train());
  EXPECT_EQ(weights_sha256(trainer.network()), trained_sha256(recipe, *data, 1, default_target()));
}

TEST(Trainer, TakesImagesOfAnyShapeAndAnyNumberOfClasses) {
  const auto data = synthetic_data({3, 32, 32}, 26, 300, 0);
  Recipe recipe = small_recipe();
  recipe.data.validation = 0;
  recipe.report.every = 0;
  recipe.report.evaluate.clear();
  recipe.report.lines.clear();
  recipe.report.final.clear();
  recipe.model = parse_model("3x32x32 > dense 26");
  recipe.loss = MulticlassHinge{};
  recipe.initialiser = {.kind = Initialiser::Kind::normal, .deviation = 1e-4F};
  Trainer trainer(recipe, *data, 1);
  trainer.train();
  EXPECT_GT(trainer.report().train_accuracy, 0.9);
}

TEST(Trainer, RefusesDataThatDoNotFit) {
  const auto data = synthetic_data();
  Recipe recipe = small_recipe();
  recipe.model = parse_model("28x28 > dense 4");
  EXPECT_TRUE(mentions(error_of([&] { Trainer(recipe, *data, 1); }), {"28x28", "6x5"}));
  recipe.model = parse_model("6x5 > dense 3");
  EXPECT_TRUE(mentions(error_of([&] { Trainer(recipe, *data, 1); }), {"3 outputs", "4 classes", "dense 4"}));
  recipe.model = parse_model("6x5 > dense 10");  // data may lack the last classes
  EXPECT_EQ(Trainer(recipe, *data, 1).network().outputs(), 10U);
}

// A recipe that a program made is checked as one from a file is.
TEST(Trainer, RefusesARecipeThatWouldDoNothing) {
  const auto data = synthetic_data();
  const auto refuses = [&](const auto& change, const std::vector<std::string_view>& parts) {
    Recipe recipe = small_recipe();
    change(recipe);
    const auto error = error_of([&] { Trainer(recipe, *data, 1); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(mentions(error, parts));
  };
  refuses([](Recipe& r) { r.training.epochs = 0; }, {"training.epochs", "training.steps"});
  refuses([](Recipe& r) { r.training.steps = 3; }, {"either steps or epochs"});
  refuses([](Recipe& r) { r.training.batch = 0; }, {"training.batch"});
  refuses([](Recipe& r) { r.model = parse_model("6x5 > relu"); }, {"no layer with weights", "dense 4"});
  refuses([](Recipe& r) { r.members = 3; }, {"ensemble of 3", "member_recipe", "run_recipe"});
  refuses([](Recipe& r) { r.optimizer.learning_rate = NAN; }, {"optimizer.learning_rate", "finite"});
  refuses([](Recipe& r) { r.optimizer.l2 = INFINITY; }, {"optimizer.l2", "finite"});
  refuses([](Recipe& r) { r.preprocessing.divisor = NAN; }, {"preprocessing.divisor", "finite"});
  refuses([](Recipe& r) { r.training.numerical_step = NAN; }, {"training.numerical_step", "finite"});
  Recipe nameless = small_recipe();
  nameless.name.clear();
  EXPECT_TRUE(Trainer(nameless, *data, 1).train());
  EXPECT_TRUE(mentions(error_of([&] { run_recipe(small_recipe(), *data, {}); }), {"RunOptions::folder"}));
}

TEST(Trainer, KnowsItsLastRecord) {
  const auto data = synthetic_data();
  for (const auto scope : {Recipe::Scope::run, Recipe::Scope::epoch})
    for (const std::uint64_t count_from : {0, 1})
      for (const std::uint64_t every : {0, 1, 5, 13, 17, 100})
        for (const std::uint64_t loss_every : {1, 3, 20, 1000}) {
          Recipe recipe = small_recipe();
          recipe.report.every = every;
          recipe.report.scope = scope;
          recipe.report.count_from = count_from;
          recipe.report.evaluate.clear();
          recipe.report.lines.clear();
          recipe.report.loss_every = loss_every;
          Trainer trainer(recipe, *data, 1);
          std::uint64_t recorded = 0;
          TrainerCallbacks callbacks;
          callbacks.on_record = [&](const Record& record) { recorded = record.step; };
          callbacks.on_step = [&](const StepInfo& info) {
            EXPECT_EQ(trainer.last_record(info.step), recorded)
                << info.step << ' ' << count_from << ' ' << every << ' ' << loss_every;
            return Flow::go_on;
          };
          EXPECT_EQ(trainer.last_record(0), 0U);
          trainer.train(callbacks);
        }
}

TEST(Trainer, TrainsOnStandardisedAndWhitenedPixels) {
  const auto data = synthetic_data();
  Recipe recipe = small_recipe();
  recipe.fit = {.standardise = Standardise::per_pixel, .whiten = true};
  const std::string expected = trained_sha256(recipe, *data, 1, Target::scalar);
  EXPECT_EQ(trained_sha256(recipe, *data, 3, default_target()), expected);
  Trainer trainer(recipe, *data, 1);
  trainer.train();
  EXPECT_GT(trainer.report().test_accuracy, 0.9);
}

}  // namespace
}  // namespace scrawl::trainer_test
