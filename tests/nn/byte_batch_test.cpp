#include "nn/byte_batch.h"

#include "nn/nn_testing.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

// A network that gets bytes does with them what it does with their values, in the same bits.
namespace scrawl::byte_batch_test {
namespace {

constexpr std::size_t pixels = 37;
constexpr std::size_t images = 150;

struct Images {
  std::vector<std::uint8_t> bytes;
  std::array<float, 256> value_of_byte{};

  Images() {
    const RandomKey key{.seed = 3};
    for (std::uint32_t i = 0; i < images * pixels; ++i) {
      const auto byte = random_below(key, i, 1024);
      bytes.push_back(byte < 256 ? static_cast<std::uint8_t>(byte) : std::uint8_t{0});
    }
    for (std::size_t b = 0; b < value_of_byte.size(); ++b) value_of_byte[b] = static_cast<float>(b) / 255;
  }
  std::vector<float> values(std::span<const std::uint32_t> indices) const {
    std::vector<float> result;
    for (const auto index : indices)
      for (std::size_t p = 0; p < pixels; ++p) result.push_back(value_of_byte[bytes[index * pixels + p]]);
    return result;
  }
};

std::vector<std::uint32_t> drawn(std::size_t count) {
  std::vector<std::uint32_t> indices(count);
  for (std::uint32_t i = 0; i < count; ++i)
    indices[i] = static_cast<std::uint32_t>(random_below({.seed = 5}, i, images));
  return indices;
}

/// The weights after one step on the images, and the outputs before it.
struct Result {
  std::string weights;
  std::vector<float> outputs;
  bool operator==(const Result&) const = default;
};

template <class Input>
Result step(const char* model, const Input& input, std::size_t rows, const Compute& compute, bool descends) {
  Network network(parse_model(model));
  test::fill_parameters(network, 3);
  auto workspace = network.make_workspace(rows);
  std::vector<float> gradients(network.parameters().size());
  const std::vector<std::uint8_t> labels(rows, 2);
  const auto outputs =
      Passes<float>(network, workspace, compute).forward(input, network.state(), Mode::train);
  Result result{.weights = {}, .outputs = {outputs.data(), outputs.data() + outputs.size()}};
  make_loss<float>(SoftmaxCrossEntropy{})->evaluate(outputs, labels, workspace.output_gradient(), compute);
  if (descends) {
    network.descend(workspace, compute, gradients, 0.1F, 0.01F);
  } else {
    network.backward(workspace, compute, gradients);
    std::copy(gradients.begin(), gradients.end(), network.parameters().begin());
  }
  result.weights = weights_sha256(network);
  return result;
}

TEST(ByteBatch, GivesTheBitsOfValues) {
  const Images data;
  for (const char* model :
       {"37 > dense 32 > relu > dense 5", "37 > dense 7", "37 > dense 50 nobias > sigmoid > dense 4"})
    for (const std::size_t rows : {1, 16, 70, 130})
      for (const bool descends : {false, true}) {
        const auto indices = drawn(rows);
        const auto values = data.values(indices);
        const Result expected = step(model, MatrixView<const float>(values.data(), rows, pixels), rows,
                                     Compute(1, Target::scalar), descends);
        for (const auto target : supported_targets())
          for (const std::size_t threads : {1, 2, 3}) {
            const Compute compute(threads, target);
            ByteBatch batch(pixels, rows, data.value_of_byte);
            batch.gather(data.bytes, indices, drawn(3), compute);
            EXPECT_EQ(step(model, batch, rows, compute, descends), expected)
                << model << ", " << rows << " rows, " << to_string(target) << ", " << threads << " threads";
          }
      }
}

TEST(ByteBatch, TakesImagesInARow) {
  const Images data;
  const Compute compute(2);
  const char* const model = "37 > dense 32 > relu > dense 5";
  std::vector<std::uint32_t> indices(20);
  std::iota(indices.begin(), indices.end(), 125U);
  ByteBatch gathered(pixels, 20, data.value_of_byte);
  gathered.gather(data.bytes, indices, {}, compute);
  ByteBatch taken(pixels, 20, data.value_of_byte);
  taken.take(data.bytes, 125, 20, compute);
  EXPECT_EQ(step(model, taken, 20, compute, true), step(model, gathered, 20, compute, true));
  taken.take(data.bytes, 140, 10, compute);  // the last, with none behind them
  EXPECT_EQ(taken.images(), 10U);
}

}  // namespace
}  // namespace scrawl::byte_batch_test
