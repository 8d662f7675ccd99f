#include "predict/member_plan.h"

#include "scrawl/random.h"

#include "predict/plain.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace scrawl::member_plan_test {
namespace {

/// With biases, scales, means and variances between 0.5 and 1.
Model model_of(const std::string& text, const Preprocessing& preprocessing = {}, const LossSpec& loss = {}) {
  Network network(parse_model(text));
  network.initialise({.kind = Initialiser::Kind::he}, 1);
  const RandomKey key{.seed = 2};
  std::uint32_t index = 0;
  for (const auto& info : network.parameter_infos())
    if (info.kind != ParameterKind::weight)
      for (auto& value : network.parameters().subspan(info.offset, info.size()))
        value = 0.5F + random_uniform(key, index++) / 2;
  for (auto& value : network.state()) value = 0.5F + random_uniform(key, index++) / 2;
  return {std::move(network), {.preprocessing = preprocessing, .loss = loss}};
}

/// Images of which most is background.
std::vector<std::uint8_t> images_of(std::size_t count, std::size_t pixels) {
  std::vector<std::uint8_t> images(count * pixels);
  const RandomKey key{.seed = 3};
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto draw = random_below(key, static_cast<std::uint32_t>(i), 700);
    images[i] = static_cast<std::uint8_t>(draw < 256 ? draw : 0);
  }
  return images;
}

std::optional<MemberPlan> plan_of(const Model& model, Target target = default_target()) {
  return MemberPlan::make(model.members[0], target);
}

std::vector<float> predicted(const MemberPlan& plan, const Model& model,
                             std::span<const std::uint8_t> images) {
  std::vector<float> probabilities(images.size() / model.inputs() * model.outputs());
  plan.predict(images, probabilities);
  return probabilities;
}

/// Every kind of layer, in all places where a step stands for it.
const char* const compiled[] = {
    "8x6 > dense 5",
    "8x6 > dense 300 nobias > relu > dense 17 > sigmoid > dense 3 > silu",
    "8x6 > dense 20 > relu > relu > tanh > dense 4 > leaky-relu 0.2 > sigmoid",
    "8x6 > dense 20 nobias > dropout 0.5 > batchnorm > relu > dense 40 > batchnorm > dense 6",
    "8x6 > sigmoid > dense 5",
    "8x6 > relu",
    "8x6 > flatten",
    "8x6 > dropout 0.5",
    "2x8x6 > conv 3 3x3 pad 1 > relu > maxpool 2 > conv 17 2x3 > leaky-relu > dense 5",
    "2x8x6 > conv 5 2x2 stride 2 nobias > batchnorm > silu > avgpool 2 > flatten > dense 9 > tanh > dense 2",
    "3x8x6 > maxpool 3 stride 2 pad 1 > relu > dense 40 > relu > dense 20 > relu > dense 4",
    "8x6 > conv 4 3x3 > relu > relu > globalavgpool",
    "48 > conv 3 1x5 > maxpool 1 stride 2 > dense 4",
    "8x6 > batchnorm > conv 17 3x3 > maxpool 2 > batchnorm > relu > dense 20 > relu > dense 3",
    "3x8x6 > conv 5 3x3 > relu > batchnorm > maxpool 2 > batchnorm > tanh",
};

const Preprocessing preprocessings[] = {
    {}, {.factor = 0.99F, .offset = 0.01F}, {.mean = {0.13F}, .deviation = {0.3F}}};

const LossSpec losses[] = {SoftmaxCrossEntropy{}, SquaredError{.low = 0, .high = 1}};

TEST(MemberPlan, GivesTheProbabilitiesOfTheNetwork) {
  for (const char* text : compiled)
    for (const auto& preprocessing : preprocessings)
      for (const auto& loss : losses) {
        const Model model = model_of(text, preprocessing, loss);
        const auto plan = plan_of(model);
        ASSERT_TRUE(plan) << text;
        const auto images = images_of(37, model.inputs());
        const auto expected = test::plain_probabilities(model, images);
        const auto found = predicted(*plan, model, images);
        ASSERT_EQ(found.size(), expected.size());
        for (std::size_t i = 0; i < found.size(); ++i)
          ASSERT_NEAR(found[i], expected[i], 2e-6) << text << ", " << to_string(preprocessing);
      }
}

TEST(MemberPlan, PredictsTheFirstClassWithTheLargestOutput) {
  for (const auto& loss : losses) {
    const Model model = model_of(compiled[1], {}, loss);
    const auto images = images_of(37, model.inputs());
    std::vector<float> probabilities(37 * model.outputs());
    std::vector<std::uint8_t> found(37);
    plan_of(model)->predict(images, probabilities, found);
    std::vector<std::uint8_t> expected(37);
    predict_plainly(model.members[0], default_target(), images, probabilities, expected);
    EXPECT_EQ(found, expected);
  }
}

TEST(MemberPlan, GivesTheSameBitsForAnyNumberAtATimeOnEachTarget) {
  for (const char* text : compiled) {
    const Model model = model_of(text, preprocessings[1]);
    const std::size_t pixels = model.inputs();
    const auto images = images_of(40, pixels);
    const auto expected = predicted(*plan_of(model, Target::scalar), model, images);
    for (const Target target : supported_targets()) {
      const auto plan = plan_of(model, target);
      for (std::size_t count = 1; count <= 40; ++count) {
        const auto found = predicted(*plan, model, std::span(images).last(count * pixels));
        ASSERT_TRUE(std::equal(found.rbegin(), found.rend(), expected.rbegin()))
            << text << ", " << to_string(target) << ", " << count << " at a time";
      }
    }
  }
}

TEST(MemberPlan, SeveralThreadsShareOne) {
  for (const char* text : {compiled[1], compiled[8]}) {
    const Model model = model_of(text);
    const auto plan = plan_of(model);
    const std::size_t pixels = model.inputs();
    const std::size_t classes = model.outputs();
    const auto images = images_of(60, pixels);
    const auto expected = predicted(*plan, model, images);
    std::vector<float> found(expected.size());
    ThreadPool pool(3);
    pool.run(3, [&](std::size_t piece) {
      plan->predict(std::span(images).subspan(piece * 20 * pixels, 20 * pixels),
                    std::span(found).subspan(piece * 20 * classes, 20 * classes));
    });
    EXPECT_EQ(found, expected) << text;
  }
}

TEST(MemberPlan, LeavesOtherNetworks) {
  for (const char* text : {"8x6 > dense 36 > conv 4 1x3 > dense 3", "48 > batchnorm > dense 3",
                           "8x6 > dense 9 > relu > batchnorm > dense 3", "6 > dense 40000 > relu > dense 2"})
    EXPECT_FALSE(plan_of(model_of(text))) << text;
}

TEST(MemberPlan, DoesNotSkipZerosWhereWeightsAreNotFinite) {
  for (const char* text : {"8x6 > dense 3", "8x6 > conv 3 3x3 > dense 3"}) {
    Model model = model_of(text);
    model.only().network.parameters()[5] = std::numeric_limits<float>::infinity();
    EXPECT_FALSE(plan_of(model)) << text;
  }
}

}  // namespace
}  // namespace scrawl::member_plan_test
