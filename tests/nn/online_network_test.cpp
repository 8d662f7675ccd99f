#include "scrawl/online_network.h"

#include "nn/nn_testing.h"
#include "testing.h"

#include <algorithm>
#include <array>

namespace scrawl::online_network_test {
namespace {

using test::error_of;
using test::mentions;

TEST(OnlineNetwork, IsTheBooksNetwork) {
  OnlineNetwork net(784, 100, 10, 0.1F);
  EXPECT_EQ(to_string(net.network().spec()), "784 > dense 100 nobias > sigmoid > dense 10 nobias > sigmoid");
  Network expected(net.network().spec());
  expected.initialise({Initialiser::Kind::fan_out}, 1);
  EXPECT_EQ(weights_sha256(net.network()), weights_sha256(expected));
}

TEST(OnlineNetwork, QueriesGiveOneNumberPerClass) {
  OnlineNetwork net(3, 5, 26, 0.1F);
  const auto output = net.query(std::array{0.1F, 0.5F, 0.9F});
  ASSERT_EQ(output.size(), 26U);
  for (const float value : output) EXPECT_TRUE(value > 0 && value < 1);
}

TEST(OnlineNetwork, QueriesChangeNothing) {
  OnlineNetwork net(3, 5, 2, 0.1F);
  const std::string before = weights_sha256(net.network());
  net.query(std::array{0.1F, 0.5F, 0.9F});
  EXPECT_EQ(weights_sha256(net.network()), before);
}

TEST(OnlineNetwork, WrongLengthsAreErrors) {
  OnlineNetwork net(3, 5, 2, 0.1F);
  const std::string before = weights_sha256(net.network());
  const Error query = error_of([&] { net.query(std::array{1.0F, 2.0F}); });
  EXPECT_EQ(query.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(query, {"3 inputs", "2"}));
  EXPECT_TRUE(mentions(error_of([&] {
                         net.train(std::array{1.0F}, std::array{0.0F, 1.0F});
                       }),
                       {"3 inputs", "1"}));
  EXPECT_TRUE(mentions(error_of([&] {
                         net.train(std::array{1.0F, 2.0F, 3.0F}, std::array{0.0F});
                       }),
                       {"2 targets", "1"}));
  EXPECT_EQ(error_of([] { OnlineNetwork(0, 5, 2, 0.1F); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(weights_sha256(net.network()), before);
}

TEST(OnlineNetwork, TrainingReturnsTheErrorBeforeTheStep) {
  OnlineNetwork net(3, 5, 2, 0.5F);
  const std::array input = {0.1F, 0.5F, 0.9F};
  const std::array target = {0.99F, 0.01F};
  const auto output = net.query(input);
  const float expected = ((output[0] - target[0]) * (output[0] - target[0]) +
                          (output[1] - target[1]) * (output[1] - target[1])) /
                         2;
  const float error = net.train(input, target);
  EXPECT_FLOAT_EQ(error, expected);
  EXPECT_LT(net.train(input, target), error);
}

TEST(OnlineNetwork, SeedsAndRatesMatter) {
  const std::array input = {0.1F, 0.5F, 0.9F};
  const std::array target = {0.99F, 0.01F};
  const auto weights_after = [&](float rate, std::uint64_t seed, HiddenError hidden_error) {
    OnlineNetwork net(3, 5, 2, rate, seed, hidden_error);
    for (int i = 0; i < 3; ++i) net.train(input, target);
    return weights_sha256(net.network());
  };
  const auto reference = weights_after(0.1F, 1, HiddenError::raw);
  EXPECT_EQ(weights_after(0.1F, 1, HiddenError::raw), reference);
  EXPECT_NE(weights_after(0.2F, 1, HiddenError::raw), reference);
  EXPECT_NE(weights_after(0.1F, 2, HiddenError::raw), reference);
  EXPECT_NE(weights_after(0.1F, 1, HiddenError::gradient), reference);
}

/// A bar at one of three places in a 3x3 picture, with a little noise.
std::array<float, 9> bar(std::size_t place, std::uint32_t noise) {
  std::array<float, 9> picture;
  for (std::size_t i = 0; i < 9; ++i)
    picture[i] = (i / 3 == place ? 0.8F : 0.01F) +
                 0.19F * random_uniform({.sample = noise}, static_cast<std::uint32_t>(i));
  return picture;
}

TEST(OnlineNetwork, LearnsBars) {
  for (const auto hidden_error : {HiddenError::raw, HiddenError::gradient}) {
    OnlineNetwork net(9, 8, 3, 0.5F, 1, hidden_error);
    for (std::uint32_t i = 0; i < 3000; ++i) {
      std::array target = {0.01F, 0.01F, 0.01F};
      target[i % 3] = 0.99F;
      net.train(bar(i % 3, i), target);
    }
    for (std::uint32_t i = 0; i < 90; ++i) {
      const auto output = net.query(bar(i % 3, 10000 + i));
      EXPECT_EQ(std::max_element(output.begin(), output.end()) - output.begin(), i % 3);
    }
  }
}

}  // namespace
}  // namespace scrawl::online_network_test
