#include "kernels/convolution_reference.h"
#include "kernels/kernel_testing.h"

#include <ostream>

namespace scrawl::convolution_test {
namespace {

using kernels::image_lanes;
using kernels::Window;
using test::Draw;
using test::Guarded;
using test::same_bits;
using test::Values;

class ConvolutionTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, ConvolutionTest, ::testing::ValuesIn(supported_targets()),
                         test::target_name);

struct Shape {
  std::size_t channels, outputs, kernel_height, kernel_width, height, width, stride, padding;

  bool is_possible() const {
    return height + 2 * padding >= kernel_height && width + 2 * padding >= kernel_width;
  }
  Window window() const {
    return kernels::window_over({channels, height, width}, kernel_height, kernel_width, stride, padding);
  }
};

std::ostream& operator<<(std::ostream& out, const Shape& s) {
  return out << s.channels << " > " << s.outputs << ", " << s.kernel_height << 'x' << s.kernel_width << " on "
             << s.height << 'x' << s.width << ", stride " << s.stride << ", padding " << s.padding;
}

/// Everything that differs from shape to shape, and what layers have.
std::vector<Shape> shapes() {
  std::vector<Shape> all = {
      {1, 6, 5, 5, 28, 28, 1, 2},  {6, 16, 5, 5, 14, 14, 1, 0}, {1, 32, 3, 3, 28, 28, 1, 0},
      {4, 64, 3, 3, 26, 26, 1, 0}, {1, 16, 5, 5, 28, 28, 1, 0}, {16, 32, 5, 5, 12, 12, 1, 0},
      {33, 17, 3, 3, 5, 4, 1, 1},  {16, 5, 1, 1, 3, 70, 1, 0},  {2, 3, 28, 28, 28, 28, 1, 0},
      {3, 2, 7, 7, 9, 28, 2, 3},   {2, 33, 3, 3, 1, 1, 1, 1},   {1, 7, 4, 4, 16, 20, 4, 0},
  };
  Draw draw(1);
  const std::vector<std::array<std::size_t, 2>> kernels = {{1, 1}, {3, 3}, {5, 5}, {2, 3}};
  const std::vector<std::array<std::size_t, 2>> sizes = {{1, 1}, {2, 5}, {7, 8}, {13, 11}, {3, 28}};
  const std::vector<std::size_t> channels = {1, 2, 3, 5, 7, 16};
  const std::vector<std::size_t> outputs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 17, 32};
  for (const auto& kernel : kernels)
    for (const auto& size : sizes)
      for (const std::size_t stride : {1, 2, 3})
        for (const std::size_t padding : {0, 1, 2, 4})
          all.push_back({channels[draw.below(channels.size())], outputs[draw.below(outputs.size())],
                         kernel[0], kernel[1], size[0], size[1], stride, padding});
  std::erase_if(all, [](const Shape& shape) { return !shape.is_possible(); });
  return all;
}

/// For the reference's gradient, which tries every window for every place.
bool is_slow(const Shape& shape) {
  const Window window = shape.window();
  return window.places() * window.out_places() * shape.outputs > 3'000'000;
}

/// What a convolution or its gradient works on, without bias half of the time.
struct Problem {
  Problem(const Shape& shape, Draw& draw, Values values)
      : window(shape.window()),
        outputs(shape.outputs),
        weights(window.taps() * outputs, draw, values),
        bias(outputs, draw, values),
        x(window.places() * image_lanes, draw, values),
        dy(outputs * window.out_places() * image_lanes, draw, values),
        has_bias(draw.below(2) == 0),
        relu(draw.below(2) == 0) {}

  kernels::Convolution<float> into(float* y) const {
    return {.window = window,
            .outputs = outputs,
            .weights = weights.data(),
            .bias = has_bias ? bias.data() : nullptr,
            .x = x.data(),
            .y = y,
            .relu = relu};
  }
  kernels::ConvolutionInputGradient<float> gradient_into(float* dx) const {
    return {.window = window, .outputs = outputs, .weights = weights.data(), .dy = dy.data(), .dx = dx};
  }

  Window window;
  std::size_t outputs;
  Guarded weights, bias, x, dy;
  bool has_bias, relu;
};

TEST_P(ConvolutionTest, GivesTheReferencesBits) {
  Draw draw(2);
  for (const Shape& shape : shapes()) {
    const Problem problem(shape, draw, Values::ordinary);
    Guarded y(problem.dy.all().size());
    Guarded expected(problem.dy.all().size());
    table().convolution(problem.into(y.data()));
    kernels::reference::convolution(problem.into(expected.data()));
    ASSERT_TRUE(same_bits(y, expected)) << shape;
  }
}

TEST_P(ConvolutionTest, GradientGivesTheReferencesBits) {
  Draw draw(3);
  for (const Shape& shape : shapes()) {
    if (is_slow(shape)) continue;
    const Problem problem(shape, draw, Values::ordinary);
    Guarded dx(problem.x.all().size());
    Guarded expected(problem.x.all().size());
    table().convolution_input_gradient(problem.gradient_into(dx.data()));
    kernels::reference::convolution_input_gradient(problem.gradient_into(expected.data()));
    ASSERT_TRUE(same_bits(dx, expected)) << shape;
  }
}

/// Nothing outside of the picture counts, so that nothing turns to NaN there; and what counts is not lost.
TEST_P(ConvolutionTest, SpecialValuesGoTheReferencesWay) {
  Draw draw(4);
  for (const Shape& shape : shapes()) {
    if (is_slow(shape) || shape.channels * shape.outputs > 50) continue;
    const Problem problem(shape, draw, Values::some_special);
    Guarded y(problem.dy.all().size());
    Guarded expected(problem.dy.all().size());
    table().convolution(problem.into(y.data()));
    kernels::reference::convolution(problem.into(expected.data()));
    ASSERT_TRUE(same_bits(y, expected)) << shape;
    Guarded dx(problem.x.all().size());
    Guarded expected_dx(problem.x.all().size());
    table().convolution_input_gradient(problem.gradient_into(dx.data()));
    kernels::reference::convolution_input_gradient(problem.gradient_into(expected_dx.data()));
    ASSERT_TRUE(same_bits(dx, expected_dx)) << shape;
  }
}

TEST_P(ConvolutionTest, KeepsTheNaNOfAPixelWhereItCounts) {
  const Shape shape{1, 2, 3, 3, 5, 5, 1, 1};
  Draw draw(5);
  Problem problem(shape, draw, Values::ordinary);
  problem.relu = true;
  problem.x.inside()[(1 * 5 + 4) * image_lanes + 3] = std::numeric_limits<float>::quiet_NaN();
  Guarded y(2 * 25 * image_lanes);
  table().convolution(problem.into(y.data()));
  for (std::size_t o = 0; o < 2; ++o)
    for (std::size_t row = 0; row < 5; ++row)
      for (std::size_t column = 0; column < 5; ++column)
        for (std::size_t lane = 0; lane < image_lanes; ++lane)
          EXPECT_EQ(std::isnan(y.data()[((o * 5 + row) * 5 + column) * image_lanes + lane]),
                    lane == 3 && row <= 2 && column >= 3)
              << o << ' ' << row << ' ' << column << ' ' << lane;
}

TEST_P(ConvolutionTest, AddsWhatTheWindowCovers) {
  // 1 2 3 / 4 5 6 / 7 8 9 in every lane, times the number of the lane.
  Guarded x(9 * image_lanes);
  for (std::size_t i = 0; i < 9 * image_lanes; ++i)
    x.data()[i] = static_cast<float>((i / image_lanes + 1) * (i % image_lanes));
  const std::vector<float> weights = {1, 10, 100, 1000};
  const std::vector<float> bias = {0.5F};
  Guarded y(4 * image_lanes);
  const Window window = Shape{1, 1, 2, 2, 3, 3, 2, 1}.window();
  ASSERT_EQ(window.out_places(), 4U);
  table().convolution({.window = window,
                       .outputs = 1,
                       .weights = weights.data(),
                       .bias = bias.data(),
                       .x = x.data(),
                       .y = y.data()});
  const std::vector<float> expected = {1000, 3200, 7040, 9865};
  for (std::size_t i = 0; i < 4 * image_lanes; ++i)
    EXPECT_EQ(y.data()[i], expected[i / image_lanes] * static_cast<float>(i % image_lanes) + 0.5F);
}

/// The gradient is the convolution's transpose: <dy, conv(x)> = <gradient(dy), x>.
TEST_P(ConvolutionTest, GradientIsTheTranspose) {
  Draw draw(6);
  for (const std::size_t stride : {1, 2, 3}) {
    const Shape shape{2, 3, 3, 2, 7, 8, stride, 1};
    Problem problem(shape, draw, Values::ordinary);
    problem.has_bias = false;
    problem.relu = false;
    Guarded y(problem.dy.inside().size());
    table().convolution(problem.into(y.data()));
    // Turned: channels as columns, taps in reverse.
    Guarded turned(problem.weights.inside().size());
    for (std::size_t channel = 0; channel < 2; ++channel)
      for (std::size_t tap = 0; tap < 6; ++tap)
        for (std::size_t o = 0; o < 3; ++o)
          turned.data()[(o * 6 + 5 - tap) * 2 + channel] =
              problem.weights.data()[(channel * 6 + tap) * 3 + o];
    Guarded dx(problem.x.inside().size());
    auto gradient = problem.gradient_into(dx.data());
    gradient.weights = turned.data();
    table().convolution_input_gradient(gradient);
    double left = 0;
    double right = 0;
    for (std::size_t i = 0; i < y.inside().size(); ++i)
      left += static_cast<double>(y.data()[i]) * static_cast<double>(problem.dy.data()[i]);
    for (std::size_t i = 0; i < dx.inside().size(); ++i)
      right += static_cast<double>(dx.data()[i]) * static_cast<double>(problem.x.data()[i]);
    EXPECT_NEAR(left, right, 1e-2) << shape;
  }
}

}  // namespace
}  // namespace scrawl::convolution_test
