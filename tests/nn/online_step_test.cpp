#include "nn/online_step.h"

#include "nn/nn_testing.h"

#include <array>
#include <memory>

#include <gtest/gtest.h>

// Training on one image a step is the same descent as that of Network, in another layout.
namespace scrawl::online_step_test {
namespace {

constexpr std::size_t images = 50;

struct Setting {
  const char* model;
  LossSpec loss;
  float learning_rate = 0.02F;
  float l2 = 0;
  float background = 0;
  bool raw_hidden_error = false;
};

/// Images of which a quarter is ink, and what their bytes become.
struct Images {
  Images(const Setting& setting, std::size_t image_size, std::size_t classes) : pixels(image_size) {
    const RandomKey key{.seed = 7};
    std::uint32_t index = 0;
    for (std::size_t i = 0; i < images * pixels; ++i) {
      const auto byte = random_below(key, index++, 1024);
      bytes.push_back(byte < 256 ? static_cast<std::uint8_t>(byte) : std::uint8_t{0});
    }
    for (std::size_t i = 0; i < images; ++i)
      labels.push_back(static_cast<std::uint8_t>(random_below(key, index++, classes)));
    for (std::size_t b = 0; b < values.size(); ++b)
      values[b] = static_cast<float>(b) / 255 * 0.9F + setting.background;
  }
  std::span<const std::uint8_t> image(std::uint64_t step) const {
    return std::span(bytes).subspan(step % images * pixels, pixels);
  }

  std::size_t pixels;
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> labels;
  std::array<float, 256> values{};
};

class Online {
 public:
  explicit Online(const Setting& setting, Target target = default_target())
      : setting_(setting),
        network_(parse_model(setting.model)),
        images_(setting, network_.inputs(), network_.outputs()),
        compute_(1, target),
        loss_(make_loss<float>(setting.loss)),
        lists_(network_.inputs(), images_.values, images) {
    test::fill_parameters(network_, 3);
    step_ = std::make_unique<OnlineStep>(network_, images_.values[0], setting.l2, setting.raw_hidden_error);
    for (std::size_t i = 0; i < images; ++i) lists_.append(images_.image(i), compute_);
  }

  float step(std::uint64_t step) {
    OnlineStep::Sample sample{.list = lists_[step % images], .label = images_.labels[step % images]};
    if (step % 3 != 0) sample.next = lists_[(step + 1) % images];  // known or not, the bits are the same
    return step_->step(step, sample, setting_.learning_rate, *loss_, compute_);
  }
  void go(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t i = from; i < to; ++i) step(i);
  }
  const Network& network() {
    step_->write_parameters(network_, compute_);
    return network_;
  }
  std::vector<float> state() const { return step_->state(); }
  void restore(const Network& network, std::span<const float> state) { step_->restore(network, state); }
  const Images& data() const { return images_; }
  float sum_of_squares() { return step_->sum_of_squares(compute_); }

 private:
  Setting setting_;
  Network network_;
  Images images_;
  Compute compute_;
  std::unique_ptr<Loss> loss_;
  PixelLists lists_;
  std::unique_ptr<OnlineStep> step_;
};

/// The plain path: its losses, and the network after `steps` steps.
Network plain(const Setting& setting, const Images& data, std::uint64_t steps, std::vector<float>& losses) {
  Network network(parse_model(setting.model));
  test::fill_parameters(network, 3);
  const Compute compute;
  auto workspace = network.make_workspace(1);
  const auto loss = make_loss<float>(setting.loss);
  std::vector<float> gradients(network.parameters().size());
  std::vector<float> input(data.pixels);
  for (std::uint64_t step = 0; step < steps; ++step) {
    const auto image = data.image(step);
    for (std::size_t p = 0; p < data.pixels; ++p) input[p] = data.values[image[p]];
    const auto outputs = network.forward({input.data(), 1, data.pixels}, workspace, compute, Mode::train);
    losses.push_back(
        loss->evaluate(outputs, {&data.labels[step % images], 1}, workspace.output_gradient(), compute));
    const kernels::Descent<float> descent{setting.learning_rate, setting.l2};
    Passes<float>(network, workspace, compute)
        .backward(gradients, setting.raw_hidden_error, &descent, network.parameters());
  }
  return network;
}

std::vector<Setting> settings() {
  const LossSpec entropy = SoftmaxCrossEntropy{};
  const LossSpec squared = SquaredError{.low = 0.01F, .high = 0.99F};
  return {
      {.model = "784 > dense 20 > relu > dense 10", .loss = entropy, .l2 = 0.01F},
      {.model = "100 > dense 100 nobias > sigmoid > dense 10 nobias > sigmoid",
       .loss = squared,
       .learning_rate = 0.1F,
       .background = 0.01F,
       .raw_hidden_error = true},
      {.model = "10x10 > dense 10", .loss = entropy, .l2 = 0.1F, .background = -0.5F},
      {.model = "30 > dense 7 > tanh > dense 33 > sigmoid > dense 4 > dense 5 > tanh",
       .loss = squared,
       .l2 = 0.05F,
       .background = 0.3F},
      {.model = "30 > dense 24 > tanh > dense 17 nobias > sigmoid > dense 3 > sigmoid",
       .loss = squared,
       .raw_hidden_error = true},
      {.model = "40 > dense 140 > relu > dense 6", .loss = MulticlassHinge{}, .learning_rate = 1e-4F},
  };
}

TEST(OnlineStep, IsTheDescentOfTheNetwork) {
  for (const auto& setting : settings()) {
    Online online(setting);
    const std::uint64_t steps = 300;
    std::vector<float> losses;
    const Network expected = plain(setting, online.data(), steps, losses);
    for (std::uint64_t step = 0; step < steps; ++step) {
      const float loss = online.step(step);
      ASSERT_NEAR(loss, losses[step], 1e-3 * (1 + losses[step])) << setting.model << ", step " << step;
    }
    EXPECT_LT(test::relative_norm(online.network().parameters(), expected.parameters()), 2e-5)
        << setting.model;
  }
}

TEST(OnlineStep, LookingAtTheParametersChangesNothing) {
  for (const auto& setting : settings()) {
    Online online(setting);
    Online watched(setting);
    for (std::uint64_t step = 0; step < 200; ++step) {
      online.step(step);
      watched.step(step);
      watched.network();
      watched.state();
    }
    EXPECT_EQ(weights_sha256(online.network()), weights_sha256(watched.network())) << setting.model;
  }
}

TEST(OnlineStep, SumsTheSquaresOfItsWeights) {
  for (const auto& setting : settings()) {
    Online online(setting);
    online.go(0, 50);
    const Network& network = online.network();
    double expected = 0;
    for (const auto& info : network.parameter_infos())
      if (info.kind == ParameterKind::weight)
        for (const float w : network.parameters().subspan(info.offset, info.size()))
          expected += double{w} * double{w};
    EXPECT_NEAR(online.sum_of_squares(), expected, 1e-5 * expected) << setting.model;
  }
}

TEST(OnlineStep, GoesOnFromItsStateWithTheSameBits) {
  // 8,192 is where the weights take in what was kept apart.
  for (const auto& setting : settings())
    for (const std::uint64_t stop : {0, 1, 77, 8191, 8192, 8193}) {
      const bool long_run = stop > 100;
      if (long_run && setting.l2 == 0 && setting.background == 0) continue;
      if (long_run && Network(parse_model(setting.model)).inputs() > 100) continue;
      const std::uint64_t end = stop + 50;
      Online whole(setting);
      whole.go(0, end);
      Online first(setting);
      first.go(0, stop);
      Online second(setting);
      second.restore(first.network(), first.state());
      second.go(stop, end);
      EXPECT_EQ(weights_sha256(second.network()), weights_sha256(whole.network()))
          << setting.model << ", stopped at " << stop;
    }
}

TEST(OnlineStep, HasTheSameBitsOnEachTarget) {
  for (const auto& setting : settings()) {
    Online scalar(setting, Target::scalar);
    scalar.go(0, 60);
    for (const auto target : supported_targets()) {
      Online online(setting, target);
      online.go(0, 60);
      EXPECT_EQ(weights_sha256(online.network()), weights_sha256(scalar.network()))
          << setting.model << ", " << to_string(target);
    }
  }
}

TEST(OnlineStep, StrongDecayFoldsBeforeTheScaleVanishes) {
  Setting setting = settings()[2];
  setting.learning_rate = 0.5F;
  setting.l2 = 0.9F;
  Online online(setting);
  std::vector<float> losses;
  const Network expected = plain(setting, online.data(), 400, losses);
  online.go(0, 400);
  EXPECT_LT(test::relative_norm(online.network().parameters(), expected.parameters()), 1e-4);
}

TEST(OnlineStep, SuitsChainsOfDenseLayers) {
  const auto suits = [&](const char* model, OptimizerSpec optimizer = {}) {
    return OnlineStep::suits(parse_model(model), optimizer);
  };
  EXPECT_TRUE(suits("784 > dense 20 > relu > dense 10"));
  EXPECT_TRUE(suits("28x28 > dense 10"));
  EXPECT_TRUE(suits("784 > dense 256 > tanh > dense 256 > sigmoid > dense 10 > sigmoid"));
  EXPECT_FALSE(suits("784 > relu > dense 10"));
  EXPECT_FALSE(suits("784 > dense 20 > relu > sigmoid > dense 10"));
  EXPECT_FALSE(suits("784 > dense 1000 > relu > dense 1000 > relu > dense 10"));  // two copies are too much
  EXPECT_FALSE(suits("784 > dense 10", {.kind = OptimizerSpec::Kind::momentum}));
  EXPECT_FALSE(suits("784 > dense 10", {.clip_norm = 1}));
  EXPECT_FALSE(suits("784 > dense 10", {.learning_rate = 1, .l2 = 0.9F}));
  EXPECT_FALSE(
      suits("784 > dense 10", {.l2 = 0.1F, .schedule = {.kind = Schedule::Kind::step, .factor = 2}}));
}

}  // namespace
}  // namespace scrawl::online_step_test
