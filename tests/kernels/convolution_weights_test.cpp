#include "kernels/convolution_reference.h"
#include "kernels/kernel_testing.h"

#include <array>
#include <vector>

namespace scrawl::convolution_weights_test {
namespace {

using kernels::image_lanes;
using kernels::Window;
using test::Draw;
using test::Guarded;
using test::same_bits;

class ConvolutionWeightsTest : public test::OnEachTarget {
 protected:
  void compare(const Window& w, std::size_t outputs, bool with_bias, Draw& draw, test::Values values) const {
    const Guarded x(w.places() * image_lanes, draw, values);
    const Guarded dy(outputs * w.out_places() * image_lanes, draw, values);
    Guarded dw(w.taps() * outputs);
    Guarded expected_dw(w.taps() * outputs);
    Guarded db(outputs);
    Guarded expected_db(outputs);
    table().convolution_weight_gradient(
        {w, outputs, x.data(), dy.data(), dw.data(), with_bias ? db.data() : nullptr});
    kernels::reference::convolution_weight_gradient<float>(
        {w, outputs, x.data(), dy.data(), expected_dw.data(), with_bias ? expected_db.data() : nullptr});
    ASSERT_TRUE(same_bits(dw, expected_dw));
    ASSERT_TRUE(same_bits(db, expected_db));
  }
};
INSTANTIATE_TEST_SUITE_P(Targets, ConvolutionWeightsTest, ::testing::ValuesIn(supported_targets()),
                         test::target_name);

Window window(std::size_t channels, std::size_t height, std::size_t width, std::size_t kernel_height,
              std::size_t kernel_width, std::size_t stride, std::size_t padding) {
  return kernels::window_over({channels, height, width}, kernel_height, kernel_width, stride, padding);
}

std::string describe(const Window& w, std::size_t outputs) {
  return std::to_string(w.channels) + "x" + std::to_string(w.height) + "x" + std::to_string(w.width) + " > " +
         std::to_string(outputs) + ", kernel " + std::to_string(w.kernel_height) + "x" +
         std::to_string(w.kernel_width) + ", stride " + std::to_string(w.stride) + ", padding " +
         std::to_string(w.padding);
}

/// Runs visit(window) for kernels, strides, paddings and sizes of pictures.
template <class Visit>
void for_each_window(const std::vector<std::size_t>& channels, const Visit& visit) {
  using Size = std::array<std::size_t, 2>;
  constexpr std::array<Size, 8> kernels = {Size{1, 1}, {2, 3}, {3, 3}, {3, 2},
                                           {5, 5},     {4, 4}, {1, 7}, {3, 6}};
  constexpr std::array<Size, 5> sizes = {Size{1, 1}, {1, 5}, {3, 4}, {6, 2}, {7, 9}};
  for (const auto [height, width] : sizes)
    for (const auto [kernel_height, kernel_width] : kernels)
      for (const std::size_t stride : {1, 2, 3})
        for (const std::size_t padding : {0, 1, 2, 5}) {
          if (kernel_height > height + 2 * padding || kernel_width > width + 2 * padding) continue;
          for (const auto count : channels)
            visit(window(count, height, width, kernel_height, kernel_width, stride, padding));
        }
}

TEST_P(ConvolutionWeightsTest, GiveTheReferencesBitsForWindowsOfAllKinds) {
  Draw draw(1);
  for_each_window({1, 3}, [&](const Window& w) {
    for (const std::size_t outputs : {1, 4, 7}) {
      SCOPED_TRACE(describe(w, outputs));
      compare(w, outputs, outputs != 4, draw, test::Values::ordinary);
    }
  });
}

TEST_P(ConvolutionWeightsTest, GiveTheReferencesBitsForEveryNumberOfOutputsAndChannels) {
  Draw draw(2);
  for (const std::size_t kernel : {1, 2, 3, 4, 5}) {
    for (std::size_t outputs = 1; outputs <= 17; ++outputs) {
      const auto w = window(1 + outputs % 3, 6, 7, kernel, kernel, 1, 1);
      SCOPED_TRACE(describe(w, outputs));
      compare(w, outputs, outputs % 2 == 0, draw, test::Values::ordinary);
    }
    for (const std::size_t channels : {4, 7, 16, 33})
      for (const std::size_t outputs : {2, 32, 64}) {
        const auto w = window(channels, 5, 6, kernel, kernel, 1, 1);
        SCOPED_TRACE(describe(w, outputs));
        compare(w, outputs, true, draw, test::Values::ordinary);
      }
  }
}

TEST_P(ConvolutionWeightsTest, GiveTheReferencesBitsForWholePictures) {
  Draw draw(3);
  for (const std::size_t padding : {0, 1, 2})
    for (const std::size_t kernel : {3, 5}) {
      const auto w = window(2, 28, 28, kernel, kernel, 1, padding);
      SCOPED_TRACE(describe(w, 6));
      compare(w, 6, true, draw, test::Values::ordinary);
    }
}

TEST_P(ConvolutionWeightsTest, GiveTheReferencesBitsForNumbersThatAreNone) {
  Draw draw(4);
  for (const std::size_t kernel : {1, 3, 5}) {
    const auto w = window(2, 8, 8, kernel, kernel, 1, 1);
    SCOPED_TRACE(describe(w, 5));
    for (int i = 0; i < 20; ++i) compare(w, 5, true, draw, test::Values::some_special);
  }
}

// Of two places and two taps: sums that can be done in the head.
TEST_P(ConvolutionWeightsTest, AddProductsOverPlacesAndLanes) {
  const auto w = window(1, 1, 3, 1, 2, 1, 0);
  std::vector<float> x(3 * image_lanes, 0);
  std::vector<float> dy(2 * image_lanes, 0);
  x[0 * image_lanes + 3] = 2;
  x[1 * image_lanes + 3] = 3;
  x[2 * image_lanes + 9] = 5;
  dy[0 * image_lanes + 3] = 7;
  dy[1 * image_lanes + 9] = 11;
  std::array<float, 2> dw{};
  float db = 0;
  table().convolution_weight_gradient({w, 1, x.data(), dy.data(), dw.data(), &db});
  EXPECT_EQ(dw[0], 2 * 7);
  EXPECT_EQ(dw[1], 3 * 7 + 5 * 11);
  EXPECT_EQ(db, 7 + 11);
}

}  // namespace
}  // namespace scrawl::convolution_weights_test
