#include "kernels/convolution_one_reference.h"
#include "kernels/convolution_reference.h"
#include "kernels/kernel_testing.h"
#include "kernels/pooling_reference.h"

namespace scrawl::convolution_one_test {
namespace {

using kernels::image_lanes;
using kernels::Window;
using test::Draw;
using test::Guarded;
using test::same_bits;
using test::Values;

class ConvolutionOneTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, ConvolutionOneTest, ::testing::ValuesIn(supported_targets()),
                         test::target_name);

/// A convolution of one image; its picture with bias 0 may be infinite nowhere.
struct Problem {
  Problem(const Window& shape, std::size_t channels_out, bool with_relu, bool with_pool, Draw& draw,
          Values values = Values::ordinary)
      : window(shape),
        outputs(channels_out),
        relu(with_relu),
        pool(with_pool),
        weights(window.taps() * width),
        bias(width, draw),
        x(window.places(), draw, values),
        scratch(kernels::convolution_one_scratch(window, outputs)) {
    for (std::size_t tap = 0; tap < window.taps(); ++tap)
      for (std::size_t o = 0; o < width; ++o)
        weights.data()[tap * width + o] = o < outputs ? draw.value(Values::ordinary) : 0;
  }

  std::size_t results() const {
    const std::size_t step = pool ? 2 : 1;
    return outputs * (window.out_height / step) * (window.out_width / step);
  }
  kernels::ConvolutionOne<float> into(float* y) {
    return {.window = window,
            .outputs = outputs,
            .weights = weights.data(),
            .bias = bias.data(),
            .x = x.data(),
            .y = y,
            .relu = relu,
            .pool = pool,
            .scratch = scratch.data()};
  }

  Window window;
  std::size_t outputs;
  bool relu, pool;
  std::size_t width = kernels::padded_outputs(outputs);
  Guarded weights, bias, x, scratch;
};

Window window_of(std::size_t channels, std::array<std::size_t, 2> kernel, std::array<std::size_t, 2> size,
                 std::size_t stride, std::size_t padding) {
  return kernels::window_over({channels, size[0], size[1]}, kernel[0], kernel[1], stride, padding);
}

TEST_P(ConvolutionOneTest, GivesTheReferencesBits) {
  Draw draw(1);
  const std::vector<std::array<std::size_t, 2>> sizes = {{1, 1},   {2, 5},   {5, 1},   {1, 20},  {7, 8},
                                                         {13, 11}, {14, 14}, {28, 28}, {12, 33}, {3, 70}};
  const std::vector<std::array<std::size_t, 2>> kernels = {{1, 1}, {3, 3}, {5, 5}, {2, 3}};
  const std::vector<std::size_t> outputs = {1, 2, 3, 5, 6, 7, 8, 15, 16, 17, 32, 40, 64};
  for (const auto& size : sizes)
    for (const auto& kernel : kernels)
      for (const std::size_t stride : {1, 2, 3})
        for (const std::size_t padding : {0, 1, 2, 4})
          for (int round = 0; round < 3; ++round) {
            if (size[0] + 2 * padding < kernel[0] || size[1] + 2 * padding < kernel[1]) continue;
            const Window window = window_of(1 + draw.below(4), kernel, size, stride, padding);
            Problem problem(window, outputs[draw.below(outputs.size())], draw.below(2) == 0,
                            draw.below(2) == 0, draw);
            Guarded y(problem.results());
            Guarded expected(problem.results());
            table().convolution_one(problem.into(y.data()));
            EXPECT_TRUE(Guarded::untouched(problem.scratch.all().front()));
            EXPECT_TRUE(Guarded::untouched(problem.scratch.all().back()));
            kernels::reference::convolution_one(problem.into(expected.data()));
            ASSERT_TRUE(same_bits(y, expected))
                << window.channels << " > " << problem.outputs << ", " << kernel[0] << 'x' << kernel[1]
                << " on " << size[0] << 'x' << size[1] << " stride " << stride << " padding " << padding
                << " relu " << problem.relu << " pool " << problem.pool;
          }
}

TEST_P(ConvolutionOneTest, GivesWhatLayersGiveForManySamples) {
  Draw draw(2);
  for (const bool first : {true, false}) {
    const Window window = first ? window_of(1, {5, 5}, {28, 28}, 1, 2) : window_of(6, {5, 5}, {14, 14}, 1, 0);
    Problem problem(window, first ? 6 : 16, true, true, draw);
    std::vector<float> one(problem.results());
    table().convolution_one(problem.into(one.data()));

    std::vector<float> weights(window.taps() * problem.outputs);
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = problem.weights.data()[i / problem.outputs * problem.width + i % problem.outputs];
    std::vector<float> x(window.places() * image_lanes);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = problem.x.data()[i / image_lanes];
    std::vector<float> sums(problem.outputs * window.out_places() * image_lanes);
    table().convolution({.window = window,
                         .outputs = problem.outputs,
                         .weights = weights.data(),
                         .bias = problem.bias.data(),
                         .x = x.data(),
                         .y = sums.data(),
                         .relu = true});
    std::vector<float> pooled(one.size() * image_lanes);
    kernels::reference::max_pool<float>(
        {.window = window_of(problem.outputs, {2, 2}, {window.out_height, window.out_width}, 2, 0),
         .x = sums.data(),
         .y = pooled.data()});
    for (std::size_t i = 0; i < one.size(); ++i) ASSERT_EQ(one[i], pooled[i * image_lanes + 5]) << i;
  }
}

TEST_P(ConvolutionOneTest, KeepsTheNaNOfAPixelWhereItCounts) {
  Draw draw(3);
  for (const std::size_t outputs : {2, 16}) {
    Problem problem(window_of(1, {3, 3}, {6, 20}, 1, 1), outputs, true, false, draw);
    problem.x.inside()[2 * 20 + 19] = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> y(problem.results());
    table().convolution_one(problem.into(y.data()));
    for (std::size_t i = 0; i < y.size(); ++i) {
      const std::size_t row = i / 20 % 6;
      EXPECT_EQ(std::isnan(y[i]), row >= 1 && row <= 3 && i % 20 >= 18) << i;
    }
  }
}

}  // namespace
}  // namespace scrawl::convolution_one_test
