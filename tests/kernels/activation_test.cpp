#include "kernels/activation_reference.h"
#include "kernels/kernel_testing.h"

namespace scrawl::activation_test {
namespace {

using test::Draw;
using test::Guarded;
using test::lengths;
using test::same_bits;
using test::Values;

using Function = void (*)(std::size_t n, const float* x, float* y);
using Gradient = void (*)(std::size_t n, const float* y, const float* dy, float* dx);

class ActivationTest : public test::OnEachTarget {
 protected:
  struct NamedFunction {
    const char* name;
    Function kernel;
    Function reference;
  };
  struct NamedGradient {
    const char* name;
    Gradient kernel;
    Gradient reference;
  };

  std::vector<NamedFunction> functions() const {
    namespace reference = kernels::reference;
    return {{"relu", table().relu, reference::relu<float>},
            {"sigmoid", table().sigmoid, reference::sigmoid<float>},
            {"tanh", table().tanh, reference::tanh<float>},
            {"silu", table().silu, reference::silu<float>}};
  }
  std::vector<NamedGradient> gradients() const {
    namespace reference = kernels::reference;
    return {{"relu", table().relu_gradient, reference::relu_gradient<float>},
            {"sigmoid", table().sigmoid_gradient, reference::sigmoid_gradient<float>},
            {"tanh", table().tanh_gradient, reference::tanh_gradient<float>},
            {"silu", table().silu_gradient, reference::silu_gradient<float>}};
  }
};
INSTANTIATE_TEST_SUITE_P(Targets, ActivationTest, ::testing::ValuesIn(supported_targets()),
                         test::target_name);

TEST_P(ActivationTest, FunctionsGiveTheReferencesBits) {
  Draw draw(1);
  for (const auto& function : functions())
    for (const auto n : lengths)
      for (const auto values : {Values::ordinary, Values::some_special}) {
        const Guarded x(n, draw, values);
        Guarded y(n);
        Guarded expected(n);
        function.kernel(n, x.data(), y.data());
        function.reference(n, x.data(), expected.data());
        ASSERT_TRUE(same_bits(y, expected)) << function.name << " of " << n;
      }
}

// Every 4,099th float: all exponents, both signs, NaN and infinities among them.
TEST_P(ActivationTest, FunctionsGiveTheReferencesBitsForAllKindsOfFloats) {
  constexpr std::uint32_t step = 4099;
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += step)
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  std::vector<float> y(x.size());
  std::vector<float> expected(x.size());
  for (const auto& function : functions()) {
    function.kernel(x.size(), x.data(), y.data());
    function.reference(x.size(), x.data(), expected.data());
    ASSERT_TRUE(same_bits(y, expected)) << function.name;
  }
}

TEST_P(ActivationTest, FunctionsRunInPlace) {
  Draw draw(2);
  for (const auto& function : functions())
    for (const auto n : lengths) {
      Guarded x(n, draw, Values::some_special);
      Guarded expected(n);
      function.reference(n, x.data(), expected.data());
      function.kernel(n, x.data(), x.data());
      ASSERT_TRUE(same_bits(x, expected)) << function.name << " of " << n;
    }
}

TEST_P(ActivationTest, GradientsGiveTheReferencesBits) {
  Draw draw(3);
  for (const auto& gradient : gradients())
    for (const auto n : lengths)
      for (const auto values : {Values::ordinary, Values::some_special}) {
        const Guarded y(n, draw, values);
        const Guarded dy(n, draw, values);
        Guarded dx(n);
        Guarded expected(n);
        gradient.kernel(n, y.data(), dy.data(), dx.data());
        gradient.reference(n, y.data(), dy.data(), expected.data());
        ASSERT_TRUE(same_bits(dx, expected)) << gradient.name << " of " << n;
      }
}

TEST_P(ActivationTest, GradientsRunInPlace) {
  Draw draw(4);
  for (const auto& gradient : gradients())
    for (const auto n : lengths) {
      const Guarded y(n, draw, Values::some_special);
      Guarded dy(n, draw, Values::some_special);
      Guarded expected(n);
      gradient.reference(n, y.data(), dy.data(), expected.data());
      gradient.kernel(n, y.data(), dy.data(), dy.data());
      ASSERT_TRUE(same_bits(dy, expected)) << gradient.name << " of " << n;
    }
}

TEST_P(ActivationTest, LeakyReluGivesTheReferencesBits) {
  Draw draw(6);
  for (const float slope : {0.0F, 0.01F, 0.9F})
    for (const auto n : lengths)
      for (const auto values : {Values::ordinary, Values::some_special}) {
        Guarded x(n, draw, values);
        Guarded dy(n, draw, values);
        Guarded y(n);
        Guarded dx(n);
        Guarded expected_y(n);
        Guarded expected_dx(n);
        kernels::reference::leaky_relu(n, slope, x.data(), expected_y.data());
        kernels::reference::leaky_relu_gradient(n, slope, x.data(), dy.data(), expected_dx.data());
        table().leaky_relu(n, slope, x.data(), y.data());
        table().leaky_relu_gradient(n, slope, x.data(), dy.data(), dx.data());
        ASSERT_TRUE(same_bits(y, expected_y)) << n;
        ASSERT_TRUE(same_bits(dx, expected_dx)) << n;
        table().leaky_relu_gradient(n, slope, x.data(), dy.data(), dy.data());
        table().leaky_relu(n, slope, x.data(), x.data());
        ASSERT_TRUE(same_bits(x, expected_y)) << n;
        ASSERT_TRUE(same_bits(dy, expected_dx)) << n;
      }
}

TEST_P(ActivationTest, SoftmaxCrossEntropyGivesTheReferencesBits) {
  Draw draw(5);
  for (const auto n : lengths)
    for (const auto values : {Values::ordinary, Values::some_special})
      for (const auto& [rows, epsilon] : {std::pair(1.0F, 0.0F), std::pair(3.0F, 1e-7F)}) {
        const std::size_t label = draw.below(n + 1);
        const Guarded x(n, draw, values);
        Guarded y(n);
        Guarded expected(n);
        const float loss = table().softmax_cross_entropy(n, x.data(), label, rows, epsilon, y.data());
        const float expected_loss =
            kernels::reference::softmax_cross_entropy(n, x.data(), label, rows, epsilon, expected.data());
        ASSERT_TRUE(same_bits(y, expected)) << n;
        ASSERT_TRUE(same_bits(std::array{loss}, std::array{expected_loss})) << n;
        Guarded in_place = x;
        table().softmax_cross_entropy(n, in_place.data(), label, rows, epsilon, in_place.data());
        ASSERT_TRUE(same_bits(in_place, expected)) << n;
      }
}

TEST_P(ActivationTest, NothingOfNoValuesIsTouched) {
  for (const auto& function : functions()) {
    Guarded y(0);
    function.kernel(0, y.data(), y.data());
    for (const float value : y.all()) ASSERT_TRUE(Guarded::untouched(value));
  }
}

// What the layers promise: a run that has diverged shows it.
TEST_P(ActivationTest, NanStaysNan) {
  const std::vector<float> x(19, std::numeric_limits<float>::quiet_NaN());
  for (const auto& function : functions()) {
    std::vector<float> y(x.size());
    function.kernel(x.size(), x.data(), y.data());
    for (const float value : y) ASSERT_TRUE(std::isnan(value)) << function.name;
  }
}

// The definitions themselves, in plain formulas.
TEST(ActivationReference, FollowsTheFormulas) {
  Draw draw(5);
  for (int i = 0; i < 1000; ++i) {
    const float x = draw.uniform(-8, 8);
    const float dy = draw.uniform(-2, 2);
    float y = 0;
    float dx = 0;
    kernels::reference::relu(1, &x, &y);
    EXPECT_EQ(y, std::max(x, 0.0F));
    kernels::reference::relu_gradient(1, &y, &dy, &dx);
    EXPECT_EQ(dx, x > 0 ? dy : 0);
    kernels::reference::sigmoid(1, &x, &y);
    const double s = 1 / (1 + std::exp(-static_cast<double>(x)));
    EXPECT_NEAR(y, s, 2e-7);
    kernels::reference::sigmoid_gradient(1, &y, &dy, &dx);
    EXPECT_NEAR(dx, dy * s * (1 - s), 3e-7);
    kernels::reference::tanh(1, &x, &y);
    const double t = std::tanh(static_cast<double>(x));
    EXPECT_NEAR(y, t, 2e-7);
    kernels::reference::tanh_gradient(1, &y, &dy, &dx);
    EXPECT_NEAR(dx, dy * (1 - t * t), 6e-7);
    kernels::reference::leaky_relu(1, 0.25F, &x, &y);
    EXPECT_EQ(y, x > 0 ? x : 0.25F * x);
    kernels::reference::leaky_relu_gradient(1, 0.25F, &y, &dy, &dx);
    EXPECT_EQ(dx, x > 0 ? dy : 0.25F * dy);
    kernels::reference::silu(1, &x, &y);
    EXPECT_NEAR(y, x * s, 2e-6);
    kernels::reference::silu_gradient(1, &x, &dy, &dx);
    EXPECT_NEAR(dx, dy * (s + x * s * (1 - s)), 2e-6);
  }
}

}  // namespace
}  // namespace scrawl::activation_test
