#include "kernels/batchnorm_reference.h"
#include "kernels/convolution.h"
#include "kernels/kernel_testing.h"

namespace scrawl::batchnorm_test {
namespace {

using kernels::ChannelMap;
using kernels::ChannelSums;
using kernels::image_lanes;
using test::Draw;
using test::Guarded;
using test::same_bits;
using test::Values;

struct Extents {
  std::size_t channels;
  std::size_t places;
};
constexpr Extents all_extents[] = {{1, 1}, {5, 1}, {3, 2}, {2, 3}, {2, 4}, {3, 5}, {1, 7}, {2, 64}, {4, 65}};
constexpr std::size_t all_samples[] = {1, 2, 7, 8, 9, 15, 16};

class BatchNormKernelTest : public test::OnEachTarget {
 protected:
  /// Calls check(extents, samples, values) for all of them.
  template <class Check>
  static void for_each_case(const Check& check) {
    for (const auto& extents : all_extents)
      for (const auto samples : all_samples)
        for (const auto values : {Values::ordinary, Values::some_special}) check(extents, samples, values);
  }
};
INSTANTIATE_TEST_SUITE_P(Targets, BatchNormKernelTest, ::testing::ValuesIn(supported_targets()),
                         test::target_name);

TEST_P(BatchNormKernelTest, MomentsGiveTheReferencesBits) {
  Draw draw(1);
  for_each_case([&](const Extents& e, std::size_t samples, Values values) {
    const Guarded x(e.channels * e.places * image_lanes, draw, values);
    Guarded means(e.channels);
    Guarded squares(e.channels);
    Guarded expected_means(e.channels);
    Guarded expected_squares(e.channels);
    ChannelSums<float> c{.channels = e.channels, .places = e.places, .samples = samples, .x = x.data()};
    c.first = expected_means.data();
    c.second = expected_squares.data();
    kernels::reference::channel_moments(c);
    c.first = means.data();
    c.second = squares.data();
    table().channel_moments(c);
    ASSERT_TRUE(same_bits(means, expected_means)) << e.channels << " " << e.places << " " << samples;
    ASSERT_TRUE(same_bits(squares, expected_squares)) << e.channels << " " << e.places << " " << samples;
  });
}

TEST_P(BatchNormKernelTest, GradientSumsGiveTheReferencesBits) {
  Draw draw(2);
  for_each_case([&](const Extents& e, std::size_t samples, Values values) {
    const std::size_t size = e.channels * e.places * image_lanes;
    const Guarded x(size, draw, values);
    const Guarded dy(size, draw, values);
    const Guarded mean(e.channels, draw);
    Guarded first(e.channels);
    Guarded second(e.channels);
    Guarded expected_first(e.channels);
    Guarded expected_second(e.channels);
    ChannelSums<float> c{.channels = e.channels,
                         .places = e.places,
                         .samples = samples,
                         .x = x.data(),
                         .dy = dy.data(),
                         .mean = mean.data()};
    c.first = expected_first.data();
    c.second = expected_second.data();
    kernels::reference::channel_gradient_sums(c);
    c.first = first.data();
    c.second = second.data();
    table().channel_gradient_sums(c);
    ASSERT_TRUE(same_bits(first, expected_first)) << e.channels << " " << e.places << " " << samples;
    ASSERT_TRUE(same_bits(second, expected_second)) << e.channels << " " << e.places << " " << samples;
  });
}

TEST_P(BatchNormKernelTest, MapsGiveTheReferencesBits) {
  Draw draw(3);
  for_each_case([&](const Extents& e, std::size_t samples, Values values) {
    const std::size_t size = e.channels * e.places * image_lanes;
    Guarded x(size, draw, values);
    Guarded dy(size, draw, values);
    const Guarded mean(e.channels, draw);
    const Guarded factor(e.channels, draw);
    const Guarded dy_factor(e.channels, draw);
    const Guarded offset(e.channels, draw);
    Guarded y(size);
    Guarded expected(size);
    ChannelMap<float> c{.channels = e.channels,
                        .places = e.places,
                        .samples = samples,
                        .x = x.data(),
                        .dy = dy.data(),
                        .mean = mean.data(),
                        .factor = factor.data(),
                        .dy_factor = dy_factor.data(),
                        .offset = offset.data()};
    for (const bool relu : {false, true}) {
      c.relu = relu;
      c.y = expected.data();
      kernels::reference::channel_map(c);
      c.y = y.data();
      table().channel_map(c);
      ASSERT_TRUE(same_bits(y, expected)) << e.channels << " " << e.places << " " << samples << " " << relu;
    }
    c.y = expected.data();
    kernels::reference::channel_map_gradient(c);
    c.y = dy.data();
    table().channel_map_gradient(c);
    ASSERT_TRUE(same_bits(dy, expected)) << e.channels << " " << e.places << " " << samples << ", in place";
  });
}

// The sums against the formulas, and without what lies in lanes that have no sample.
TEST(BatchNormReference, LeavesOutLanesWithoutASample) {
  constexpr std::size_t places = 6;
  constexpr std::size_t samples = 5;
  Draw draw(4);
  std::vector<float> x(places * image_lanes);
  std::vector<float> dy(x.size());
  double sum = 0;
  double gradients = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = draw.uniform(-1, 3);
    dy[i] = draw.uniform(-1, 1);
    if (i % image_lanes >= samples) {
      x[i] = dy[i] = 1e30F;
      continue;
    }
    sum += x[i];
    gradients += dy[i];
  }
  const double mean = sum / (places * samples);
  double squares = 0;
  double products = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i % image_lanes >= samples) continue;
    squares += (x[i] - mean) * (x[i] - mean);
    products += dy[i] * (x[i] - mean);
  }
  float first = 0;
  float second = 0;
  ChannelSums<float> c{.channels = 1, .places = places, .samples = samples, .x = x.data(), .dy = dy.data()};
  c.first = &first;
  c.second = &second;
  kernels::reference::channel_moments(c);
  EXPECT_NEAR(first, mean, 1e-6);
  EXPECT_NEAR(second, squares, 1e-4);
  const float batch_mean = first;
  c.mean = &batch_mean;
  kernels::reference::channel_gradient_sums(c);
  EXPECT_NEAR(first, gradients, 1e-5);
  EXPECT_NEAR(second, products, 1e-5);
}

}  // namespace
}  // namespace scrawl::batchnorm_test
