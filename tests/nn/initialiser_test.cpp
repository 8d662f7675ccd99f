#include "nn/nn_testing.h"
#include "testing.h"

#include <algorithm>
#include <numeric>

namespace scrawl::initialiser_test {
namespace {

using test::error_of;
using test::mentions;
using Kind = Initialiser::Kind;

TEST(InitialiserText, GoesBothWays) {
  for (const auto* text :
       {"zeros", "normal 0.01", "normal 1", "normal 1e-04", "fan-out", "glorot", "he", "fan-in"})
    EXPECT_EQ(to_string(parse_initialiser(text)), text);
  EXPECT_EQ(parse_initialiser("normal   0.5"), (Initialiser{Kind::normal, 0.5F}));
}

TEST(InitialiserText, ErrorsAreReadable) {
  EXPECT_TRUE(mentions(error_of([] { parse_initialiser("glorto"); }), {"'glorto'", "'glorot'"}));
  EXPECT_TRUE(mentions(error_of([] { parse_initialiser("xavier"); }), {"'xavier'", "known: zeros, normal"}));
  EXPECT_TRUE(mentions(error_of([] { parse_initialiser("he 2"); }), {"'he'", "takes no number"}));
  for (const auto* text : {"normal", "normal x", "normal -1", "normal nan", "normal inf", "normal 1 2"})
    EXPECT_TRUE(mentions(error_of([&] { parse_initialiser(text); }), {text, "normal 0.01"})) << text;
}

/// Mean and deviation of 60,000 weights that lead from 200 nodes into 300.
struct Sample {
  double mean = 0;
  double deviation = 0;
  double largest = 0;
  double smallest_bias = 0;
  double largest_bias = 0;
};

Sample sample(const Initialiser& initialiser, std::uint64_t seed = 1) {
  Network network(parse_model("200 > dense 300"));
  for (auto& value : network.parameters()) value = 7;
  network.initialise(initialiser, seed);
  const auto infos = network.parameter_infos();
  const auto weights = network.parameters().subspan(infos[0].offset, infos[0].size());
  const auto biases = network.parameters().subspan(infos[1].offset, infos[1].size());
  const auto n = static_cast<double>(weights.size());
  Sample result;
  result.mean = std::accumulate(weights.begin(), weights.end(), 0.0) / n;
  for (const double w : weights) {
    result.deviation += (w - result.mean) * (w - result.mean) / n;
    result.largest = std::max(result.largest, std::abs(w));
  }
  result.deviation = std::sqrt(result.deviation);
  result.smallest_bias = *std::min_element(biases.begin(), biases.end());
  result.largest_bias = *std::max_element(biases.begin(), biases.end());
  return result;
}

struct Expected {
  Initialiser initialiser;
  double deviation;
};

TEST(Initialiser, DeviationsAreThoseOfThePapers) {
  for (const auto& [initialiser, deviation] :
       {Expected{{Kind::normal, 1}, 1}, Expected{{Kind::normal, 1e-4F}, 1e-4},
        Expected{{Kind::fan_out}, 1 / std::sqrt(300.0)}, Expected{{Kind::he}, std::sqrt(2 / 200.0)},
        Expected{{Kind::glorot}, std::sqrt(6 / 500.0) / std::sqrt(3.0)},
        Expected{{Kind::fan_in}, 1 / std::sqrt(3 * 200.0)}})
    for (const std::uint64_t seed : {1, 2, 3}) {
      const Sample s = sample(initialiser, seed);
      // Five standard errors of 60,000 draws.
      EXPECT_NEAR(s.deviation / deviation, 1, 5 / std::sqrt(2 * 60000.0)) << to_string(initialiser);
      EXPECT_NEAR(s.mean / deviation, 0, 5 / std::sqrt(60000.0)) << to_string(initialiser);
      EXPECT_EQ(s.smallest_bias, 0);
      EXPECT_EQ(s.largest_bias, 0);
    }
}

TEST(Initialiser, GlorotIsUniformWithinItsBounds) {
  const double bound = std::sqrt(6 / 500.0);
  const Sample s = sample({Kind::glorot});
  EXPECT_LE(s.largest, bound * (1 + 1e-6));
  EXPECT_GT(s.largest, bound * 0.999);
}

TEST(Initialiser, NormalHasTails) {
  const Sample s = sample({Kind::normal, 1});
  EXPECT_GT(s.largest, 3.5);
  EXPECT_LT(s.largest, 6.5);
}

TEST(Initialiser, ZerosAreZeros) { EXPECT_EQ(sample({Kind::zeros}).largest, 0); }

TEST(Initialiser, IsAFunctionOfTheSeed) {
  Network a(parse_model("20 > dense 30 > relu > dense 30 > relu > dense 30"));
  Network b(a.spec());
  a.initialise({}, 1);
  b.initialise({}, 1);
  EXPECT_EQ(weights_sha256(a), weights_sha256(b));
  for (const std::uint64_t seed : {std::uint64_t{2}, std::uint64_t{1} << 32, (std::uint64_t{1} << 32) + 1}) {
    b.initialise({}, seed);
    EXPECT_NE(weights_sha256(a), weights_sha256(b));
  }
  b.initialise({}, 1);
  EXPECT_EQ(weights_sha256(a), weights_sha256(b));
}

TEST(Initialiser, LayersDrawDifferentNumbers) {
  Network network(parse_model("30 > dense 30 > relu > dense 30"));
  network.initialise({Kind::normal, 1}, 1);
  const auto infos = network.parameter_infos();
  EXPECT_NE(copy_parameter(network, infos[0]), copy_parameter(network, infos[2]));
}

TEST(Initialiser, DoubleNetworksGetTheSameWeights) {
  Network network(parse_model("7 > dense 9 > tanh > dense 3"));
  BasicNetwork<double> wide(network.spec());
  network.initialise({}, 4);
  wide.initialise({}, 4);
  for (std::size_t i = 0; i < network.parameters().size(); ++i)
    ASSERT_EQ(network.parameters()[i], wide.parameters()[i]);
}

// Numbers that must never change: a model file's seed stands for them, on every machine.
TEST(Initialiser, ASeedsWeightsArePinned) {
  Network network(parse_model("5x4 > dense 7 > relu > dense 3"));
  network.initialise({Kind::he}, 1);
  EXPECT_EQ(weights_sha256(network), "1f56976644066216b06822808e9d920c75a20e7672b7cb596d3e55e663b8fdb6");
  network.initialise({Kind::normal, 0.01F}, 2);
  EXPECT_EQ(weights_sha256(network), "f27c6749564871f3475ae5b80c13d5bb54383a21b162ff7df2a9820301bec8cf");
  network.initialise({Kind::glorot}, 3);
  EXPECT_EQ(weights_sha256(network), "f577695975a85df86b5598e5b7fe6823715078d246fa45221bd13ddfe06f46ac");
}

// Counted in the order of files, (outputs, inputs), so that the memory layout is free to change.
TEST(Initialiser, DrawsAreCountedInTheOrderOfFiles) {
  Network network(parse_model("5 > relu > dense 3"));
  network.initialise({Kind::normal, 0.5F}, 9);
  const auto weights = copy_parameter(network, network.parameter_infos()[0]);
  const RandomKey key{.seed = 9, .purpose = Purpose::initialise, .step = 0, .sample = 1};
  for (std::uint32_t i = 0; i < weights.size(); ++i)
    EXPECT_EQ(weights[i], static_cast<float>(0.5 * random_normal(key, i)));
}

}  // namespace
}  // namespace scrawl::initialiser_test
