#include "scrawl/arrays.h"

#include "kernels/kernel_testing.h"
#include "kernels/online_reference.h"

// A step on one image gives the reference's bits, in the outputs, the errors and all weights.
namespace scrawl::online_test {
namespace {

using kernels::online_chains;
using kernels::online_lanes;
using kernels::OnlineActivation;
using kernels::OnlineInput;
using kernels::OnlineLayer;
using kernels::OnlineNet;
using test::Draw;
using test::same_bits;

class OnlineTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, OnlineTest, ::testing::ValuesIn(supported_targets()), test::target_name);

std::size_t rounded_up(std::size_t n, std::size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

struct Shape {
  std::size_t inputs;
  std::vector<std::size_t> widths;
};

/// A net with random numbers in all places that count, and zeros in the padding.
class Net {
 public:
  Net(const Shape& shape, bool with_background, std::uint64_t seed) : draw_(seed) {
    memory_.resize(1 << 20);
    layers_.resize(shape.widths.size());
    for (std::size_t l = 0; l < layers_.size(); ++l) make_layer(l, shape);
    net_.layers = layers_.data();
    net_.layer_count = layers_.size();
    for (std::size_t k = 0; k < shape.inputs; ++k)
      if (draw_.below(4) == 0) inputs_.push_back({static_cast<std::uint32_t>(k), draw_.uniform(-1, 1)});
    while (inputs_.size() % online_chains != 0)
      inputs_.push_back({static_cast<std::uint32_t>(shape.inputs), 0});
    net_.inputs = inputs_.data();
    net_.count = inputs_.size();
    net_.scale = 0.75F;
    if (!with_background) return;
    net_.value_sum = 3.5F;
    net_.background = 0.125F;
    net_.shared = vector(shape.widths[0]);
    net_.total = vector(shape.widths[0]);
  }

  const OnlineNet<float>& net() const { return net_; }
  /// As the loss leaves it there.
  void draw_error() {
    const auto& last = layers_.back();
    for (std::size_t j = 0; j < last.outputs; ++j) last.error[j] = draw_.uniform(-1, 1);
  }
  std::span<const float> memory() const { return std::span(memory_).first(used_); }

 private:
  float* zeros(std::size_t size) {
    float* const part = memory_.data() + used_;
    used_ += rounded_up(size, online_lanes);
    EXPECT_LE(used_, memory_.size());
    return part;
  }
  float* vector(std::size_t size) {
    float* const part = zeros(rounded_up(size, online_lanes));
    for (std::size_t j = 0; j < size; ++j) part[j] = draw_.uniform(-1, 1);
    return part;
  }

  void make_layer(std::size_t l, const Shape& shape) {
    auto& layer = layers_[l];
    const std::size_t inputs = l == 0 ? shape.inputs : shape.widths[l - 1];
    layer.outputs = shape.widths[l];
    layer.inputs = l == 0 ? inputs : rounded_up(inputs, online_chains);
    layer.padded = rounded_up(layer.outputs, online_lanes);
    auto& rows = layer.weights;
    const std::size_t left = layer.outputs % online_lanes;
    rows.tail_columns = l > 0 || left == 0 || left > 8 ? 0 : left > 4 ? 8 : 4;
    rows.head_columns = rows.tail_columns ? layer.outputs - left : layer.padded;
    rows.head = zeros((layer.inputs + 1) * rows.head_columns);
    rows.tail = zeros((layer.inputs + 1) * rows.tail_columns);
    const std::size_t before = l == 0 ? 0 : layers_[l - 1].padded;
    if (l > 0) layer.transposed = zeros(rounded_up(layer.outputs, online_chains) * before);
    for (std::size_t k = 0; k < inputs; ++k)
      for (std::size_t j = 0; j < layer.outputs; ++j) {
        const float w = draw_.uniform(-1, 1);
        kernels::reference::weight(rows, k, j) = w;
        if (l > 0) layer.transposed[j * before + k] = w;
      }
    if (draw_.below(3) != 0) layer.bias = vector(layer.outputs);
    layer.activation = static_cast<OnlineActivation>(draw_.below(4));
    layer.output = zeros(layer.padded);
    layer.error = zeros(layer.padded);
    layer.delta = zeros(layer.padded);
  }

  Draw draw_;
  AlignedVector<float> memory_;
  std::size_t used_ = 0;
  std::vector<OnlineLayer<float>> layers_;
  std::vector<OnlineInput<float>> inputs_;
  OnlineNet<float> net_;
};

TEST_P(OnlineTest, GivesTheReferencesBits) {
  const auto& reference = kernels::kernels_for(Target::scalar);
  std::uint64_t seed = 0;
  for (const Shape& shape : std::vector<Shape>{{784, {20, 10}},
                                               {50, {100, 10}},
                                               {9, {1}},
                                               {30, {4, 3}},
                                               {30, {8, 16, 7}},
                                               {31, {12, 33, 20}},
                                               {64, {48, 17}},
                                               {20, {96, 5}},
                                               {20, {104, 130, 9}},
                                               {20, {260, 10}},
                                               {100, {23, 4, 6, 2}}})
    for (const bool with_background : {false, true})
      for (const bool raw : {false, true}) {
        Net net(shape, with_background, ++seed);
        Net expected(shape, with_background, seed);
        for (int step = 0; step < 3; ++step) {
          const kernels::OnlineDescent<float> descent{
              .rate = 0.1F, .keep = 0.99F, .inverse_scale = 1.25F, .raw = raw};
          table().online_forward(net.net());
          reference.online_forward(expected.net());
          ASSERT_TRUE(same_bits(net.memory(), expected.memory())) << "forward, " << seed;
          net.draw_error();
          expected.draw_error();
          table().online_errors(net.net(), descent);
          reference.online_errors(expected.net(), descent);
          ASSERT_TRUE(same_bits(net.memory(), expected.memory())) << "errors, " << seed;
          table().online_update(net.net(), descent);
          reference.online_update(expected.net(), descent);
          ASSERT_TRUE(same_bits(net.memory(), expected.memory())) << "update, " << seed;
        }
        test::Guarded weights(shape.inputs * shape.widths[0]);
        test::Guarded expected_weights(shape.inputs * shape.widths[0]);
        table().online_weights(net.net(), weights.data());
        reference.online_weights(expected.net(), expected_weights.data());
        ASSERT_TRUE(same_bits(weights, expected_weights)) << seed;
      }
}

}  // namespace
}  // namespace scrawl::online_test
