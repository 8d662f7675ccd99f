#include "kernels/convolution_reference.h"
#include "kernels/kernel_testing.h"
#include "kernels/winograd_reference.h"

namespace scrawl::winograd_test {
namespace {

using kernels::image_lanes;
using kernels::Window;
using test::Draw;
using test::Guarded;
using test::same_bits;
using test::Values;

class WinogradTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, WinogradTest, ::testing::ValuesIn(supported_targets()), test::target_name);

Window window_of(std::size_t channels, std::size_t height, std::size_t width, std::size_t padding) {
  return kernels::window_over({channels, height, width}, 3, 3, 1, padding);
}

/// A convolution, without bias half of the time.
struct Problem {
  Problem(const Window& shape, std::size_t channels_out, Draw& draw)
      : window(shape),
        outputs(channels_out),
        plain(window.taps() * outputs, draw),
        weights(kernels::winograd_products * window.channels * outputs),
        bias(outputs, draw),
        x(window.places() * image_lanes, draw),
        scratch(kernels::winograd_scratch(window.channels)),
        has_bias(draw.below(2) == 0),
        relu(draw.below(2) == 0) {
    kernels::reference::winograd_weights(window.channels, outputs, plain.data(), weights.data());
  }

  std::size_t results() const { return outputs * window.out_places() * image_lanes; }
  kernels::Winograd<float> into(float* y) {
    return {.window = window,
            .outputs = outputs,
            .weights = weights.data(),
            .bias = has_bias ? bias.data() : nullptr,
            .x = x.data(),
            .y = y,
            .relu = relu,
            .scratch = scratch.data()};
  }

  Window window;
  std::size_t outputs;
  Guarded plain, weights, bias, x, scratch;
  bool has_bias, relu;
};

TEST_P(WinogradTest, GivesTheReferencesBits) {
  Draw draw(1);
  const std::vector<std::array<std::size_t, 2>> sizes = {{1, 1}, {2, 5}, {7, 4}, {9, 14}, {12, 6}, {28, 3}};
  for (const auto& size : sizes)
    for (const std::size_t padding : {0, 1, 2})
      for (const std::size_t channels : {1, 3, 8, 33})
        for (const std::size_t outputs : {1, 2, 5, 8, 9, 16, 19}) {
          if (size[0] + 2 * padding < 3 || size[1] + 2 * padding < 3) continue;
          if (channels * outputs * size[0] * size[1] > 12000) continue;
          Problem problem(window_of(channels, size[0], size[1], padding), outputs, draw);
          Guarded y(problem.results());
          Guarded expected(problem.results());
          table().winograd(problem.into(y.data()));
          EXPECT_TRUE(Guarded::untouched(problem.scratch.all().front()));
          EXPECT_TRUE(Guarded::untouched(problem.scratch.all().back()));
          kernels::reference::winograd(problem.into(expected.data()));
          ASSERT_TRUE(same_bits(y, expected)) << channels << " > " << outputs << " on " << size[0] << 'x'
                                              << size[1] << " padding " << padding;
        }
}

TEST_P(WinogradTest, TransformsWeightsAsTheReferenceDoes) {
  Draw draw(2);
  for (const std::size_t channels : {1, 2, 7})
    for (const auto outputs : test::lengths) {
      const Guarded weights(9 * channels * outputs, draw);
      Guarded out(kernels::winograd_products * channels * outputs);
      Guarded expected(kernels::winograd_products * channels * outputs);
      table().winograd_weights(channels, outputs, weights.data(), out.data());
      kernels::reference::winograd_weights(channels, outputs, weights.data(), expected.data());
      ASSERT_TRUE(same_bits(out, expected)) << channels << ' ' << outputs;
    }
}

/// In double, it is the convolution but for rounding; so the matrices are right.
TEST(Winograd, IsTheConvolution) {
  Draw draw(3);
  const Window window = window_of(5, 9, 14, 1);
  const auto numbers = [&](std::size_t n) {
    std::vector<double> values(n);
    for (auto& value : values) value = double{draw.uniform(-1, 1)};
    return values;
  };
  const auto weights = numbers(window.taps() * 7);
  const auto bias = numbers(7);
  const auto x = numbers(window.places() * image_lanes);
  std::vector<double> transformed(kernels::winograd_products * 5 * 7);
  std::vector<double> scratch(kernels::winograd_scratch(5));
  std::vector<double> y(7 * window.out_places() * image_lanes);
  std::vector<double> expected(y.size());
  kernels::reference::winograd_weights<double>(5, 7, weights.data(), transformed.data());
  kernels::reference::winograd<double>({.window = window,
                                        .outputs = 7,
                                        .weights = transformed.data(),
                                        .bias = bias.data(),
                                        .x = x.data(),
                                        .y = y.data(),
                                        .relu = true,
                                        .scratch = scratch.data()});
  kernels::reference::convolution<double>({.window = window,
                                           .outputs = 7,
                                           .weights = weights.data(),
                                           .bias = bias.data(),
                                           .x = x.data(),
                                           .y = expected.data(),
                                           .relu = true});
  for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], expected[i], 1e-13) << i;
}

/// It rounds at most a decimal digit worse than the sum of all products does.
TEST_P(WinogradTest, LosesLessThanADigit) {
  Draw draw(4);
  Problem problem(window_of(32, 10, 10, 0), 16, draw);
  for (auto* const values : {&problem.x, &problem.plain})
    for (auto& value : values->inside()) value = draw.uniform(-1, 1);
  problem.has_bias = false;
  problem.relu = false;
  table().winograd_weights(32, 16, problem.plain.data(), problem.weights.data());
  std::vector<float> y(problem.results());
  std::vector<float> direct(problem.results());
  table().winograd(problem.into(y.data()));
  table().convolution({.window = problem.window,
                       .outputs = 16,
                       .weights = problem.plain.data(),
                       .x = problem.x.data(),
                       .y = direct.data()});
  const std::vector<double> x(problem.x.inside().begin(), problem.x.inside().end());
  const std::vector<double> weights(problem.plain.inside().begin(), problem.plain.inside().end());
  std::vector<double> exact(problem.results());
  kernels::reference::convolution<double>(
      {.window = problem.window, .outputs = 16, .weights = weights.data(), .x = x.data(), .y = exact.data()});
  const auto squares = [&](const std::vector<float>& values) {
    double sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i)
      sum += (double{values[i]} - exact[i]) * (double{values[i]} - exact[i]);
    return sum;
  };
  EXPECT_GT(squares(direct), 0);
  EXPECT_LT(squares(y), 100 * squares(direct));
}

TEST(Winograd, PaysForManyChannelsAndLargeOutputs) {
  EXPECT_TRUE(kernels::winograd_pays(window_of(32, 26, 26, 0), 64));
  EXPECT_TRUE(kernels::winograd_pays(kernels::turned(window_of(32, 26, 26, 0), 64), 32));
  EXPECT_TRUE(kernels::winograd_pays(window_of(64, 7, 7, 1), 64));
  EXPECT_FALSE(kernels::winograd_pays(window_of(1, 28, 28, 0), 32));
  EXPECT_FALSE(kernels::winograd_pays(window_of(64, 5, 5, 1), 64));
  Window strided = window_of(32, 26, 26, 0);
  strided.stride = 2;
  EXPECT_FALSE(kernels::winograd_pays(strided, 64));
  Window larger = window_of(32, 26, 26, 0);
  larger.kernel_width = 5;
  EXPECT_FALSE(kernels::winograd_pays(larger, 64));
}

/// With the turned window and weights it is the gradient by the input.
TEST_P(WinogradTest, GivesTheGradientByTheInput) {
  Draw draw(5);
  for (const std::size_t padding : {0, 1, 2}) {
    const Window window = window_of(3, 8, 7, padding);
    Problem problem(kernels::turned(window, 10), 3, draw);
    problem.has_bias = false;
    problem.relu = false;
    std::vector<float> dx(problem.results());
    std::vector<float> expected(problem.results());
    table().winograd(problem.into(dx.data()));
    table().convolution_input_gradient({.window = window,
                                        .outputs = 10,
                                        .weights = problem.plain.data(),
                                        .dy = problem.x.data(),
                                        .dx = expected.data()});
    ASSERT_EQ(dx.size(), window.places() * image_lanes);
    for (std::size_t i = 0; i < dx.size(); ++i) ASSERT_NEAR(dx[i], expected[i], 3e-4) << padding;
  }
}

}  // namespace
}  // namespace scrawl::winograd_test
