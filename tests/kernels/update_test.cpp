#include "kernels/kernel_testing.h"
#include "kernels/update_reference.h"

namespace scrawl::update_test {
namespace {

using kernels::UpdateRule;
using test::Draw;
using test::Guarded;
using test::lengths;
using test::same_bits;
using test::Values;

class UpdateTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, UpdateTest, ::testing::ValuesIn(supported_targets()), test::target_name);

const std::vector<UpdateRule<float>> rules = {
    {.learning_rate = 0.1F, .momentum = 0.9F, .beta1 = 0.9F, .beta2 = 0.999F, .epsilon = 1e-8F, .rho = 0.9F},
    {.learning_rate = 0.03F,
     .l2 = 0.01F,
     .momentum = 0.5F,
     .nesterov = true,
     .decay = 0.02F,
     .beta1 = 0.8F,
     .beta2 = 0.99F,
     .epsilon = 1e-6F,
     .rho = 0.95F,
     .correction1 = 0.36F,
     .correction2 = 0.0199F}};

/// Everything that an update reads and writes; three steps, so that the state matters.
struct Arrays {
  Guarded g;
  Guarded w;
  Guarded first;
  Guarded second;

  Arrays(std::size_t n, Draw& draw, Values values)
      : g(n, draw, values), w(n, draw, values), first(n, draw, values), second(n, draw, values) {
    for (auto& variance : second.inside()) variance = std::abs(variance);
  }
};

template <class Step>
void expect_the_references_bits(const Step& step) {
  Draw draw(1);
  for (const auto& rule : rules)
    for (const auto n : lengths)
      for (const auto values : {Values::ordinary, Values::some_special}) {
        Arrays arrays(n, draw, values);
        Arrays expected = arrays;
        for (int i = 0; i < 3; ++i) step(n, rule, arrays, expected);
        ASSERT_TRUE(same_bits(arrays.w, expected.w)) << n;
        ASSERT_TRUE(same_bits(arrays.first, expected.first)) << n;
        ASSERT_TRUE(same_bits(arrays.second, expected.second)) << n;
        ASSERT_TRUE(same_bits(arrays.g, expected.g)) << n;
      }
}

TEST_P(UpdateTest, SgdGivesTheReferencesBits) {
  expect_the_references_bits([&](std::size_t n, const auto& rule, Arrays& mine, Arrays& theirs) {
    table().update_sgd(n, rule, mine.g.data(), mine.w.data());
    kernels::reference::update_sgd(n, rule, theirs.g.data(), theirs.w.data());
  });
}

TEST_P(UpdateTest, MomentumGivesTheReferencesBits) {
  expect_the_references_bits([&](std::size_t n, const auto& rule, Arrays& mine, Arrays& theirs) {
    table().update_momentum(n, rule, mine.g.data(), mine.first.data(), mine.w.data());
    kernels::reference::update_momentum(n, rule, theirs.g.data(), theirs.first.data(), theirs.w.data());
  });
}

TEST_P(UpdateTest, AdamwGivesTheReferencesBits) {
  expect_the_references_bits([&](std::size_t n, const auto& rule, Arrays& mine, Arrays& theirs) {
    table().update_adamw(n, rule, mine.g.data(), mine.first.data(), mine.second.data(), mine.w.data());
    kernels::reference::update_adamw(n, rule, theirs.g.data(), theirs.first.data(), theirs.second.data(),
                                     theirs.w.data());
  });
}

TEST_P(UpdateTest, AdadeltaGivesTheReferencesBits) {
  expect_the_references_bits([&](std::size_t n, const auto& rule, Arrays& mine, Arrays& theirs) {
    table().update_adadelta(n, rule, mine.g.data(), mine.first.data(), mine.second.data(), mine.w.data());
    kernels::reference::update_adadelta(n, rule, theirs.g.data(), theirs.first.data(), theirs.second.data(),
                                        theirs.w.data());
  });
}

TEST_P(UpdateTest, AverageGivesTheReferencesBits) {
  expect_the_references_bits([&](std::size_t n, const auto& rule, Arrays& mine, Arrays& theirs) {
    table().update_average(n, rule.learning_rate, mine.w.data(), mine.first.data());
    kernels::reference::update_average(n, rule.learning_rate, theirs.w.data(), theirs.first.data());
  });
}

TEST_P(UpdateTest, ScaleGivesTheReferencesBits) {
  expect_the_references_bits([&](std::size_t n, const auto& rule, Arrays& mine, Arrays& theirs) {
    table().scale(n, rule.learning_rate, mine.g.data(), mine.first.data());
    kernels::reference::scale(n, rule.learning_rate, theirs.g.data(), theirs.first.data());
    table().scale(n, rule.momentum, mine.w.data(), mine.w.data());
    kernels::reference::scale(n, rule.momentum, theirs.w.data(), theirs.w.data());
  });
}

// Worked by hand: numbers that binary fractions hold exactly.
TEST(UpdateReference, SgdByHand) {
  const float g = 0.5F;
  float w = 2;
  kernels::reference::update_sgd<float>(1, {.learning_rate = 0.25F, .l2 = 0.5F}, &g, &w);
  EXPECT_EQ(w, 2 - 0.25F * (0.5F + 0.5F * 2));
}

TEST(UpdateReference, MomentumByHand) {
  const float g = 1;
  float velocity = 2;
  float w = 4;
  kernels::reference::update_momentum<float>(1, {.learning_rate = 0.25F, .momentum = 0.5F}, &g, &velocity,
                                             &w);
  EXPECT_EQ(velocity, 0.5F * 2 + 1);
  EXPECT_EQ(w, 4 - 0.25F * 2);
}

TEST(UpdateReference, NesterovByHand) {
  const float g = 1;
  float velocity = 2;
  float w = 4;
  kernels::reference::update_momentum<float>(1, {.learning_rate = 0.25F, .momentum = 0.5F, .nesterov = true},
                                             &g, &velocity, &w);
  EXPECT_EQ(velocity, 2);
  EXPECT_EQ(w, 4 - 0.25F * (1 + 0.5F * 2));
}

TEST(UpdateReference, AdamwByHand) {
  const float g = 2;
  float mean = 0;
  float variance = 0;
  float w = 8;
  const UpdateRule<float> rule = {.learning_rate = 0.5F,
                                  .decay = 0.25F,
                                  .beta1 = 0.5F,
                                  .beta2 = 0.75F,
                                  .epsilon = 0,
                                  .correction1 = 0.5F,
                                  .correction2 = 0.25F};
  kernels::reference::update_adamw<float>(1, rule, &g, &mean, &variance, &w);
  EXPECT_EQ(mean, 1);
  EXPECT_EQ(variance, 1);
  EXPECT_EQ(w, 8 * (1 - 0.5F * 0.25F) - 0.5F * (2.0F / 2.0F));
}

TEST(UpdateReference, AdadeltaByHand) {
  const float g = 2;
  float squares = 12;
  float changes = 4;
  float w = 8;
  const UpdateRule<float> rule = {.learning_rate = 0.5F, .l2 = 0.25F, .epsilon = 0, .rho = 0.75F};
  kernels::reference::update_adadelta<float>(1, rule, &g, &squares, &changes, &w);
  const float gradient = 2 + 0.25F * 8;
  EXPECT_EQ(squares, 0.75F * 12 + 0.25F * gradient * gradient);  // 13
  const float change = 2 / std::sqrt(13.0F) * gradient;
  EXPECT_FLOAT_EQ(changes, 0.75F * 4 + 0.25F * change * change);
  EXPECT_FLOAT_EQ(w, 8 - 0.5F * change);
}

TEST(UpdateReference, AdadeltaBeginsWithTheRootOfEpsilon) {
  const float g = 4;
  float squares = 0;
  float changes = 0;
  float w = 0;
  kernels::reference::update_adadelta<float>(1, {.learning_rate = 1, .epsilon = 4, .rho = 0.25F}, &g,
                                             &squares, &changes, &w);
  EXPECT_EQ(squares, 12);
  EXPECT_EQ(w, -2);  // -2 / sqrt(12 + 4) * 4
  EXPECT_EQ(changes, 3);
}

TEST(UpdateReference, AverageByHand) {
  const float w = 6;
  float average = 2;
  kernels::reference::update_average<float>(1, 0.25F, &w, &average);
  EXPECT_EQ(average, 0.75F * 2 + 0.25F * 6);
}

TEST_P(UpdateTest, SumOfSquaresGivesTheReferencesBits) {
  Draw draw(2);
  for (std::size_t n = 0; n < 130; ++n)
    for (const auto values : {Values::ordinary, Values::some_special}) {
      const Guarded x(n, draw, values);
      const float sum = table().sum_of_squares(n, x.data());
      const float expected = kernels::reference::sum_of_squares(n, x.data());
      ASSERT_TRUE(same_bits(std::span(&sum, 1), std::span(&expected, 1))) << n;
    }
}

TEST_P(UpdateTest, SumOfSquaresIsOne) {
  Draw draw(3);
  const Guarded x(10000, draw);
  double sum = 0;
  for (std::size_t i = 0; i < 10000; ++i) sum += static_cast<double>(x.data()[i]) * x.data()[i];
  EXPECT_NEAR(table().sum_of_squares(10000, x.data()) / sum, 1, 1e-5);
}

}  // namespace
}  // namespace scrawl::update_test
