#include "scrawl/error.h"
#include "scrawl/layer.h"

#include "nn/custom_layers.h"
#include "nn/nn_testing.h"
#include "testing.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace scrawl::custom_layer_test {
namespace {

using test::custom_layers;
using test::error_of;
using test::mentions;
using test::random_samples;

constexpr const char* all_layers =
    "2x3 > bent-line > dense 5 > swish > dense 7 > bent-line-30 > centred-pair > swish > sigmoid > dense 4";

TEST(CustomLayer, StandsInTheTextByItsName) {
  const ModelSpec spec = parse_model(all_layers, custom_layers());
  EXPECT_EQ(to_string(spec), all_layers);
  EXPECT_EQ(parse_model(to_string(spec), custom_layers()), spec);
  EXPECT_EQ(LayerSpec(CustomLayer{"swish"}), LayerSpec(custom_layer<test::Swish>("swish")));
  EXPECT_NE(LayerSpec(CustomLayer{"swish"}), LayerSpec(CustomLayer{"swish2"}));
  const auto shapes = infer_shapes(spec);
  EXPECT_EQ(shapes[0], (Shape{1, 2, 3}));
  EXPECT_EQ(shapes[5], (Shape{1, 1, 2}));
}

TEST(CustomLayer, WithoutItsDescriptionIsUnknown) {
  const auto error = error_of([] { parse_model("4 > dense 3 > swish > dense 2"); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error, {"unknown layer 'swish'", "dense", "CustomLayer"}));
  EXPECT_TRUE(mentions(error_of([] { parse_model("4 > swich", custom_layers()); }), {"mean 'swish'"}));
  EXPECT_TRUE(mentions(error_of([] { parse_model("4 > swish 2", custom_layers()); }), {"takes no options"}));
}

TEST(CustomLayer, HasAName) {
  for (const char* name : {"", "Swish", "2swish", "my swish", "a>b", "swish_2", "dense", "relu",
                           "a-name-of-more-than-forty-letters-is-too-long"}) {
    const auto layer = custom_layer<test::Swish>(name);
    EXPECT_TRUE(mentions(error_of([&] { parse_model("4 > dense 2", {layer}); }), {"name"})) << name;
    EXPECT_TRUE(mentions(error_of([&] { Network({{1, 1, 4}, {layer}}); }), {"name"})) << name;
  }
  const auto twice = custom_layer<test::Swish>("swish");
  EXPECT_TRUE(mentions(error_of([&] { parse_model("4 > dense 2", {twice, twice}); }), {"two", "'swish'"}));
}

TEST(CustomLayer, HasParametersAndState) {
  Network network(parse_model(all_layers, custom_layers()));
  std::vector<std::string> names;
  for (const auto& info : network.parameter_infos()) names.push_back(info.name);
  EXPECT_EQ(names, (std::vector<std::string>{"1.weight", "1.bias", "2.beta", "3.weight", "3.bias", "5.scale",
                                             "5.weight", "6.beta", "8.weight", "8.bias"}));
  EXPECT_EQ(network.state().size(), 7U);
  EXPECT_EQ(count_state(network.spec()), 7U);
  EXPECT_EQ(count_parameters(network.spec()), network.parameters().size());

  network.state()[3] = 5;
  network.initialise({}, 1);
  EXPECT_EQ(network.parameters()[network.parameter_infos()[2].offset], 1) << "its own initialise()";
  EXPECT_EQ(network.state()[3], 0);

  const ParameterInfo pair = network.parameter_infos()[6];
  std::vector<float> values(pair.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  set_parameter<float>(network, pair, values);
  EXPECT_EQ(network.parameters()[pair.offset + 1], 7) << "in memory (inputs, outputs)";
  EXPECT_EQ(copy_parameter(network, pair), values);
}

TEST(CustomLayer, HasTheGradientOfItsFunction) {
  for (const char* model :
       {"6 > swish > dense 4", "6 > dense 5 > swish > dense 4", "6 > dense 5 > bent-line > dense 4",
        "6 > bent-line > dense 4", "6 > dense 5 > bent-line > sigmoid > dense 4",
        "6 > centred-pair > dense 4", "6 > dense 5 > tanh > centred-pair > relu > dense 4", all_layers})
    for (const LossSpec& loss : {LossSpec(SoftmaxCrossEntropy{}), LossSpec(MulticlassHinge{})})
      for (const std::uint64_t seed : {1, 2, 3}) {
        const auto samples = random_samples<double>(5, 6, 4, seed);
        BasicNetwork<double> network(parse_model(model, custom_layers()));
        test::fill_parameters(network, seed);
        for (auto& value : network.state()) value = 0.25;
        // A centred pair takes its running mean for a constant, which it is in recognition alone.
        const auto result =
            check_gradient(network, loss, samples.view(), samples.labels, {.mode = Mode::predict});
        EXPECT_TRUE(result.passed(1e-6)) << model << ", " << loss_name(loss) << ": " << result.worst();
      }
}

/// dense > kinked > sigmoid: the sign before the sigmoid must still be seen.
template <class T>
class KinkWithParameter final : public Layer<T> {
 public:
  explicit KinkWithParameter(const Shape& input) : shape_(input) {}
  Shape output_shape() const override { return shape_; }
  LayerTraits traits() const override { return {.has_kink_at_zero = true}; }
  void forward(const Forward<T>& pass) const override {
    for (std::size_t r = 0; r < pass.input.rows(); ++r)
      for (std::size_t i = 0; i < shape_.size(); ++i) pass.output(r, i) = std::max(T{0}, pass.input(r, i));
  }
  void backward(const Backward<T>& pass) const override {
    if (pass.input_gradient.empty()) return;
    for (std::size_t r = 0; r < pass.input.rows(); ++r)
      for (std::size_t i = 0; i < shape_.size(); ++i)
        pass.input_gradient(r, i) = pass.input(r, i) > 0 ? pass.output_gradient(r, i) : T{0};
  }

 private:
  Shape shape_;
};

TEST(CustomLayer, MayHaveAKink) {
  BasicNetwork<double> network(
      parse_model("2 > dense 3 > kinked > sigmoid > dense 2", {custom_layer<KinkWithParameter>("kinked")}));
  const auto second = network.parameter_infos()[2];
  for (std::size_t i = 0; i < second.size(); ++i) network.parameters()[second.offset + i] = 1 + 0.5 * i;
  const test::Samples<double> samples{2, 2, {1, 2, 3, 4}, {0, 1}};
  const auto result = check_gradient(network, SoftmaxCrossEntropy{}, samples.view(), samples.labels);
  EXPECT_EQ(result.rows[0].skipped, 6U) << "all pre-activations are 0";
  EXPECT_EQ(result.rows[3].skipped, 0U);
  EXPECT_TRUE(result.passed(1e-6));
}

TEST(CustomLayer, AWrongGradientIsFound) {
  BasicNetwork<double> network(parse_model("6 > dense 5 > centred-pair > dense 4", custom_layers()));
  test::fill_parameters(network, 1);
  const auto samples = random_samples<double>(5, 6, 4, 1);
  struct Forgetful final : BasicLoss<double> {
    double evaluate(MatrixView<const double> outputs, std::span<const std::uint8_t> labels,
                    MatrixView<double> gradient, const BasicCompute<double>& compute) const override {
      const double loss = make_loss<double>(SquaredError{})->evaluate(outputs, labels, gradient, compute);
      gradient(0, 0) *= 1.01;
      return loss;
    }
  };
  EXPECT_FALSE(check_gradient(network, Forgetful(), samples.view(), samples.labels).passed(1e-6));
}

TEST(CustomLayer, RunsInPlaceWhereItIsElementWise) {
  Network network(parse_model("4 > dense 3 > bent-line > dense 2", custom_layers()));
  network.initialise({}, 1);
  auto workspace = network.make_workspace(2);
  const auto samples = random_samples<float>(2, 4, 2, 1);
  network.predict(samples.view(), workspace, Compute());
  EXPECT_EQ(workspace.layer_output(0).data(), workspace.layer_output(1).data());
  EXPECT_NE(workspace.layer_output(1).data(), workspace.layer_output(2).data());
}

std::string weights_after(bool fused, std::size_t threads, bool raw) {
  Network network(parse_model(all_layers, custom_layers()));
  network.initialise({}, 3);
  return test::weights_after_descent(network, SoftmaxCrossEntropy{}, 9, 10, raw, fused, Compute(threads));
}

TEST(CustomLayer, TrainsToTheSameBitsInOneStepOrTwoAndWithAnyThreads) {
  for (const bool raw : {false, true}) {
    const std::string expected = weights_after(false, 1, raw);
    for (const bool fused : {false, true})
      for (const std::size_t threads : {1, 2, 3})
        EXPECT_EQ(weights_after(fused, threads, raw), expected) << fused << " " << threads;
  }
}

TEST(CustomLayer, IsCopiedWithItsNetwork) {
  Network network(parse_model(all_layers, custom_layers()));
  network.initialise({}, 1);
  network.state()[2] = 3;
  const Network copy(network);
  EXPECT_EQ(weights_sha256(copy), weights_sha256(network));
  const auto in_double = to_double(network);
  EXPECT_EQ(in_double.state()[2], 3);
  EXPECT_EQ(in_double.parameters().size(), network.parameters().size());
}

// Layers that lie about themselves ------------------------------------------------------------------------

struct Claims {
  Shape output = {1, 1, 4};
  std::vector<ParameterInfo> parameters = {};
  std::size_t state = 0;
  std::size_t scratch = 0;
  bool elementwise = false;
};

template <class T>
class Liar final : public Layer<T> {
 public:
  Liar(const Shape&, const Claims& claims) : claims_(claims) {}
  Shape output_shape() const override { return claims_.output; }
  std::vector<ParameterInfo> parameters() const override { return claims_.parameters; }
  std::size_t scratch_size(std::size_t) const override { return claims_.scratch; }
  LayerTraits traits() const override {
    return {.elementwise = claims_.elementwise, .state_size = claims_.state};
  }
  void forward(const Forward<T>&) const override {}
  void backward(const Backward<T>&) const override {}

 private:
  Claims claims_;
};

Error refusal(const Claims& claims) {
  return error_of([&] {
    Network network({{1, 1, 4}, {custom_layer<Liar>("liar", claims)}});
    network.make_workspace(2);
  });
}

TEST(CustomLayer, ThatMakesNoSenseIsRefused) {
  constexpr std::size_t huge = std::size_t{1} << 40;
  constexpr auto weight = ParameterKind::weight;
  struct Case {
    Claims claims;
    const char* message;
  };
  const std::vector<Case> cases = {
      {{.output = {1, 1, 0}}, "output_shape"},
      {{.output = {huge, huge, huge}}, "output_shape"},
      {{.output = {1, 1, std::size_t{1} << 31}}, "2^31"},
      {{.parameters = {{"a", {2}, 1, weight}}}, "offset 1, expected 0"},
      {{.parameters = {{"a", {2}, 0, weight}, {"b", {2}, 3, weight}}}, "offset 3, expected 2"},
      {{.parameters = {{"a", {2}, 0, weight}, {"b", {2}, 1, weight}}}, "offset 1, expected 2"},
      {{.parameters = {{"b", {2}, 2, weight}, {"a", {2}, 0, weight}}}, "offset 2, expected 0"},
      {{.parameters = {{"a", {2}, 0, weight}, {"a", {2}, 2, weight}}}, "two parameters 'a'"},
      {{.parameters = {{"", {2}, 0, weight}}}, "name"},
      {{.parameters = {{"a\n", {2}, 0, weight}}}, "name"},
      {{.parameters = {{"a", {}, 0, weight}}}, "'a' is empty"},
      {{.parameters = {{"a", {3, 0}, 0, weight}}}, "'a' is empty"},
      {{.parameters = {{"a", {huge, huge}, 0, weight}}}, "2^31"},
      {{.parameters = {{"a", {huge, huge, 0, 3}, 0, weight}}}, "2^31"},
      {{.parameters = {{"a", {std::size_t{1} << 32, std::size_t{1} << 32, 2}, 0, weight}}}, "2^31"},
      {{.parameters = {{"a", {std::size_t{1} << 30}, 0, weight},
                       {"b", {std::size_t{1} << 31}, std::size_t{1} << 30, weight}}},
       "2^31"},
      {{.state = huge}, "state_size"},
      {{.state = std::size_t{1} << 31}, "2^31"},
      {{.scratch = huge + 1}, "scratch_size"},
      {{.output = {1, 2, 2}, .elementwise = true}, "elementwise"},
      {{.output = {1, 1, 3}, .elementwise = true}, "elementwise"},
      {{.parameters = {{"a", {4}, 0, weight}}, .elementwise = true}, "elementwise"},
  };
  for (const auto& [claims, message] : cases) {
    const auto error = refusal(claims);
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(mentions(error, {"liar", message}));
  }
}

TEST(CustomLayer, NeedsItsMakers) {
  const auto build = [](const CustomLayer& layer) {
    return error_of([&] { Network({{1, 1, 4}, {layer}}); });
  };
  EXPECT_TRUE(mentions(build({"empty"}), {"'empty' (input 4)", "make_float"}));
  EXPECT_TRUE(
      mentions(build({"null", [](const Shape&) { return nullptr; }}), {"'null'", "returned no layer"}));
  const CustomLayer picky{"picky", [](const Shape&) -> std::unique_ptr<Layer<float>> {
                            throw Error(ErrorCode::invalid_argument, "it takes pictures of 28x28 only");
                          }};
  EXPECT_TRUE(mentions(build(picky), {"'picky' (input 4)", "28x28 only"}));

  CustomLayer single = custom_layer<test::Swish>("swish");
  single.make_double = {};
  const Network network({{1, 1, 4}, {single}});
  EXPECT_TRUE(mentions(error_of([&] { to_double(network); }), {"'swish'", "make_double"}));
}

TEST(CustomLayer, MustBeTheSameEachTime) {
  CustomLayer layer = custom_layer<Liar>("liar", Claims{});
  layer.make_double = custom_layer<Liar>("liar", Claims{.state = 3}).make_double;
  const Network network({{1, 1, 4}, {layer}});
  EXPECT_TRUE(mentions(error_of([&] { to_double(network); }), {"liar", "double"}));

  // Each time that it is made, one parameter more.
  auto made = std::make_shared<std::size_t>(0);
  const CustomLayer growing{"growing", [made](const Shape&) -> std::unique_ptr<Layer<float>> {
                              const Claims claims{.parameters = {{"a", {++*made}, 0, ParameterKind::bias}}};
                              return std::make_unique<Liar<float>>(Shape{}, claims);
                            }};
  const Network grown({{1, 1, 4}, {growing}});
  EXPECT_TRUE(mentions(error_of([&] { const Network copy(grown); }), {"growing", "made again"}));

  const CustomLayer widening{
      "widening", [made](const Shape&) -> std::unique_ptr<Layer<float>> {
        return std::make_unique<Liar<float>>(Shape{}, Claims{.output = {1, 1, ++*made}});
      }};
  EXPECT_TRUE(mentions(error_of([&] { Network({{1, 1, 4}, {widening}}); }), {"widening", "made again"}));
}

}  // namespace
}  // namespace scrawl::custom_layer_test
