#include "kernels/convolution.h"

#include "suite.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <thread>

namespace scrawl::bench {
namespace {

using kernels::image_lanes;
using kernels::Window;

constexpr std::size_t batch = 64;
constexpr std::size_t blocks = kernels::image_blocks(batch);

/// A convolutional layer whose pictures and windows have equal sides.
struct ConvolutionLayer {
  std::size_t channels;
  std::size_t outputs;
  std::size_t window;
  std::size_t size;
  std::size_t padding = 0;

  /// As bench/compare calls it.
  std::string name() const {
    const auto square = [](std::size_t side) { return std::to_string(side) + "x" + std::to_string(side); };
    return "conv-" + std::to_string(channels) + "-" + std::to_string(outputs) + "-" + square(window) + "-" +
           square(size) + (padding > 0 ? "p" + std::to_string(padding) : "");
  }
  std::size_t out_size() const { return size + 2 * padding - window + 1; }
  Window where() const {
    return {.channels = channels,
            .height = size,
            .width = size,
            .kernel_height = window,
            .kernel_width = window,
            .padding = padding,
            .out_height = out_size(),
            .out_width = out_size()};
  }
  /// Of one block.
  std::size_t x_values() const { return where().places() * image_lanes; }
  std::size_t y_values() const { return outputs * where().out_places() * image_lanes; }
  std::size_t weights() const { return where().taps() * outputs; }
  double flops() const { return 2.0 * static_cast<double>(batch * weights() * where().out_places()); }
};

// LeNet-5, PyTorch's example, and the second layer of a quick network; bench/compare has the same ones.
constexpr ConvolutionLayer convolution_layers[] = {
    {1, 6, 5, 28, 2}, {6, 16, 5, 14}, {1, 32, 3, 28}, {32, 64, 3, 26}, {16, 32, 5, 12}};

/// `make(table, layer, pool)` gives the call for a whole batch.
template <class MakeCall>
void add_for_threads(const std::string& kind, const ConvolutionLayer& layer, const MakeCall& make) {
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    if (threads > std::max(1U, std::thread::hardware_concurrency())) continue;
    const std::string on = std::to_string(threads) + (threads == 1 ? "_thread" : "_threads");
    add("convolution/" + kind + "/" + layer.name() + "/" + on, {.flops = layer.flops(), .threads = threads},
        [=](const Table& table) { return make(table, layer, pool_of(threads)); });
  }
}

/// task(block) for every block of the batch.
template <class Task>
void for_blocks(ThreadPool& pool, const Task& task) {
  pool.run_ranges(blocks, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t block = begin; block < end; ++block) task(block);
  });
}

std::function<void()> forward(const Table& table, const ConvolutionLayer& layer, ThreadPool& pool) {
  return [&table, &pool, layer, x = numbers(blocks * layer.x_values()), w = numbers(layer.weights()),
          bias = numbers(layer.outputs), y = Values(blocks * layer.y_values())]() mutable {
    for_blocks(pool, [&](std::size_t block) {
      table.convolution({.window = layer.where(),
                         .outputs = layer.outputs,
                         .weights = w.data(),
                         .bias = bias.data(),
                         .x = x.data() + block * layer.x_values(),
                         .y = y.data() + block * layer.y_values(),
                         .relu = true});
    });
  };
}

/// With adding up what the blocks give.
std::function<void()> weight_gradient(const Table& table, const ConvolutionLayer& layer, ThreadPool& pool) {
  return
      [&table, &pool, layer, x = numbers(blocks * layer.x_values()), dy = numbers(blocks * layer.y_values()),
       dw = Values(blocks * layer.weights()), db = Values(blocks * layer.outputs)]() mutable {
        for_blocks(pool, [&](std::size_t block) {
          table.convolution_weight_gradient({.window = layer.where(),
                                             .outputs = layer.outputs,
                                             .x = x.data() + block * layer.x_values(),
                                             .dy = dy.data() + block * layer.y_values(),
                                             .dw = dw.data() + block * layer.weights(),
                                             .db = db.data() + block * layer.outputs});
        });
        for (std::size_t block = 1; block < blocks; ++block)
          for (std::size_t i = 0; i < layer.weights(); ++i) dw[i] += dw[block * layer.weights() + i];
      };
}

std::function<void()> input_gradient(const Table& table, const ConvolutionLayer& layer, ThreadPool& pool) {
  return [&table, &pool, layer, dy = numbers(blocks * layer.y_values()), w = numbers(layer.weights()),
          dx = Values(blocks * layer.x_values())]() mutable {
    for_blocks(pool, [&](std::size_t block) {
      table.convolution_input_gradient({.window = layer.where(),
                                        .outputs = layer.outputs,
                                        .weights = w.data(),
                                        .dy = dy.data() + block * layer.y_values(),
                                        .dx = dx.data() + block * layer.x_values()});
    });
  };
}

}  // namespace

void add_convolution() {
  for (const auto& layer : convolution_layers) {
    add_for_threads("forward", layer, forward);
    add_for_threads("weight_gradient", layer, weight_gradient);
    if (layer.channels > 1) add_for_threads("input_gradient", layer, input_gradient);
  }
}

}  // namespace scrawl::bench
