#include "kernels/activation_reference.h"
#include "kernels/kernel_testing.h"
#include "kernels/pooling_one.h"
#include "kernels/pooling_reference.h"

#include <array>
#include <vector>

namespace scrawl::pooling_test {
namespace {

using kernels::image_lanes;
using kernels::Window;
using test::Draw;
using test::Guarded;
using test::same_bits;
using test::Values;

class PoolingTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, PoolingTest, ::testing::ValuesIn(supported_targets()), test::target_name);

std::string describe(const Window& w) {
  return std::to_string(w.channels) + "x" + std::to_string(w.height) + "x" + std::to_string(w.width) +
         ", window " + std::to_string(w.kernel_height) + "x" + std::to_string(w.kernel_width) + ", stride " +
         std::to_string(w.stride) + ", padding " + std::to_string(w.padding);
}

/// Calls visit(window) for windows of all kinds, none of which lies outside of the picture.
template <class Visit>
void for_each_window(const Visit& visit) {
  using Size = std::array<std::size_t, 2>;
  constexpr std::array<Size, 6> kernels = {Size{1, 1}, {2, 2}, {3, 3}, {2, 3}, {4, 1}, {5, 5}};
  constexpr std::array<Size, 7> sizes = {Size{1, 1}, {2, 2}, {3, 5}, {4, 8}, {7, 6}, {13, 9}, {28, 28}};
  for (const auto& [height, width] : sizes)
    for (const auto& [kernel_height, kernel_width] : kernels)
      for (const std::size_t stride : {1, 2, 3})
        for (const std::size_t padding : {0, 1, 2}) {
          if (padding >= kernel_height || padding >= kernel_width) continue;
          if (kernel_height > height + 2 * padding || kernel_width > width + 2 * padding) continue;
          const Window w = kernels::window_over({1 + (height + stride) % 3, height, width}, kernel_height,
                                                kernel_width, stride, padding);
          SCOPED_TRACE(describe(w));
          visit(w);
        }
}

/// Values of which many are the same, so that windows have several largest ones.
Guarded with_ties(std::size_t size, Draw& draw) {
  Guarded values(size);
  for (auto& value : values.inside()) value = static_cast<float>(draw.below(4)) - 1;
  return values;
}

TEST_P(PoolingTest, MaximumGivesTheReferencesBits) {
  Draw draw(1);
  for_each_window([&](const Window& w) {
    for (const bool special : {false, true}) {
      const Guarded x(w.places() * image_lanes, draw, special ? Values::some_special : Values::ordinary);
      Guarded y(w.channels * w.out_places() * image_lanes);
      Guarded expected(w.channels * w.out_places() * image_lanes);
      table().max_pool({w, x.data(), y.data()});
      kernels::reference::max_pool<float>({w, x.data(), expected.data()});
      ASSERT_TRUE(same_bits(y, expected));
    }
  });
}

TEST_P(PoolingTest, GradientOfTheMaximumGivesTheReferencesBits) {
  Draw draw(2);
  for_each_window([&](const Window& w) {
    for (const bool relu : {false, true})
      for (const bool special : {false, true}) {
        const std::size_t size = w.places() * image_lanes;
        const std::size_t out_size = w.channels * w.out_places() * image_lanes;
        const Guarded x = special ? Guarded(size, draw, Values::some_special) : with_ties(size, draw);
        const Guarded dy(out_size, draw, special ? Values::some_special : Values::ordinary);
        Guarded y(out_size);
        kernels::reference::max_pool<float>({w, x.data(), y.data()});
        Guarded dx(size);
        Guarded expected(size);
        table().max_pool_gradient({w, x.data(), y.data(), dy.data(), dx.data(), relu});
        kernels::reference::max_pool_gradient<float>(
            {w, x.data(), y.data(), dy.data(), expected.data(), relu});
        ASSERT_TRUE(same_bits(dx, expected));
      }
  });
}

TEST_P(PoolingTest, MeanGivesTheReferencesBits) {
  Draw draw(3);
  for_each_window([&](const Window& w) {
    for (const bool special : {false, true}) {
      const Guarded x(w.places() * image_lanes, draw, special ? Values::some_special : Values::ordinary);
      Guarded y(w.channels * w.out_places() * image_lanes);
      Guarded expected(w.channels * w.out_places() * image_lanes);
      table().mean_pool({w, x.data(), y.data()});
      kernels::reference::mean_pool<float>({w, x.data(), expected.data()});
      ASSERT_TRUE(same_bits(y, expected));
    }
  });
}

/// What the reference makes of a picture that lies in the first lane.
template <class Kernel>
Guarded in_first_lane(const Window& w, const Guarded& picture, const Kernel& kernel) {
  std::vector<float> x(w.places() * image_lanes);
  std::vector<float> y(w.channels * w.out_places() * image_lanes);
  for (std::size_t i = 0; i < w.places(); ++i) x[i * image_lanes] = picture.data()[i];
  kernel({w, x.data(), y.data()});
  Guarded result(w.channels * w.out_places());
  for (std::size_t i = 0; i < w.channels * w.out_places(); ++i) result.data()[i] = y[i * image_lanes];
  return result;
}

TEST(PoolingOne, GivesTheReferencesBits) {
  Draw draw(6);
  for_each_window([&](const Window& w) {
    for (const auto values : {Values::ordinary, Values::some_special}) {
      const Guarded picture(w.places(), draw, values);
      Guarded y(w.channels * w.out_places());
      kernels::max_pool_one(w, picture.data(), y.data());
      ASSERT_TRUE(same_bits(y, in_first_lane(w, picture, kernels::reference::max_pool<float>)));
      kernels::mean_pool_one(w, picture.data(), y.data());
      ASSERT_TRUE(same_bits(y, in_first_lane(w, picture, kernels::reference::mean_pool<float>)));
    }
  });
}

TEST_P(PoolingTest, GradientOfTheMeanGivesTheReferencesBits) {
  Draw draw(4);
  for_each_window([&](const Window& w) {
    for (const bool relu : {false, true}) {
      const Guarded x(w.places() * image_lanes, draw);
      const Guarded dy(w.channels * w.out_places() * image_lanes, draw, Values::some_special);
      Guarded dx(w.places() * image_lanes);
      Guarded expected(w.places() * image_lanes);
      const float* const given = relu ? x.data() : nullptr;
      table().mean_pool_gradient({w, given, nullptr, dy.data(), dx.data(), relu});
      kernels::reference::mean_pool_gradient<float>({w, given, nullptr, dy.data(), expected.data(), relu});
      ASSERT_TRUE(same_bits(dx, expected));
    }
  });
}

TEST_P(PoolingTest, GradientsThroughReluAreThoseOfItsOwnGradientBehindTheirs) {
  Draw draw(5);
  for_each_window([&](const Window& w) {
    const std::size_t size = w.places() * image_lanes;
    const std::size_t out_size = w.channels * w.out_places() * image_lanes;
    Guarded x(size, draw);
    kernels::reference::relu(size, x.data(), x.data());
    const Guarded dy(out_size, draw);
    Guarded y(out_size);
    table().max_pool({w, x.data(), y.data()});
    Guarded dx(size);
    Guarded expected(size);
    for (const auto gradient : {table().max_pool_gradient, table().mean_pool_gradient}) {
      gradient({w, x.data(), y.data(), dy.data(), dx.data(), true});
      gradient({w, x.data(), y.data(), dy.data(), expected.data(), false});
      kernels::reference::relu_gradient(size, x.data(), expected.data(), expected.data());
      ASSERT_TRUE(same_bits(dx, expected));
    }
  });
}

// Sums that can be done in the head: a 3x3 picture, 2x2 windows one apart.
TEST_P(PoolingTest, TakesTheFirstLargestOfEachWindow) {
  const Window w = {1, 3, 3, 2, 2, 1, 0, 2, 2};
  const std::array<float, 9> picture = {1, 5, 5, 2, 5, 0, 7, 1, 3};
  const std::array<float, 4> change = {1, 10, 100, 1000};
  constexpr std::array<float, 4> most = {5, 5, 7, 5};
  constexpr std::array<float, 9> gradient = {0, 11, 0, 0, 1000, 0, 100, 0, 0};
  constexpr std::array<float, 4> means = {3.25, 3.75, 3.75, 2.25};
  std::vector<float> x(9 * image_lanes);
  std::vector<float> dy(4 * image_lanes);
  std::vector<float> y(4 * image_lanes);
  std::vector<float> dx(9 * image_lanes);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = picture[i / image_lanes];
  for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = change[i / image_lanes];
  table().max_pool({w, x.data(), y.data()});
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], most[i / image_lanes]);
  table().max_pool_gradient({w, x.data(), y.data(), dy.data(), dx.data()});
  for (std::size_t i = 0; i < dx.size(); ++i) EXPECT_EQ(dx[i], gradient[i / image_lanes]);
  table().mean_pool({w, x.data(), y.data()});
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], means[i / image_lanes]);
}

}  // namespace
}  // namespace scrawl::pooling_test
