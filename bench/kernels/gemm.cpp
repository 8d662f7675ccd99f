#include "suite.h"

#include <cstddef>
#include <string>

namespace scrawl::bench {
namespace {

/// A dense layer with a batch.
struct DenseLayer {
  std::size_t batch;
  std::size_t outputs;
  std::size_t inputs;

  std::string name() const {
    return std::to_string(batch) + "x" + std::to_string(outputs) + "x" + std::to_string(inputs);
  }
  double flops() const { return 2.0 * static_cast<double>(batch * outputs * inputs); }
};

constexpr DenseLayer dense_layers[] = {{100, 50, 784},  {32, 256, 784},  {32, 256, 256},
                                       {100, 256, 256}, {256, 256, 256}, {32, 10, 256},
                                       {100, 10, 50},   {1, 50, 784},    {1000, 256, 784}};

void add_forward(const DenseLayer& layer) {
  add("gemm/forward/" + layer.name(), {.flops = layer.flops()}, [layer](const Table& table) {
    return [&table, layer, x = numbers(layer.batch * layer.inputs), w = numbers(layer.inputs * layer.outputs),
            bias = numbers(layer.outputs), y = Values(layer.batch * layer.outputs)]() mutable {
      table.gemm({.rows = layer.batch,
                  .columns = layer.outputs,
                  .depth = layer.inputs,
                  .a = x.data(),
                  .a_row_stride = layer.inputs,
                  .b = w.data(),
                  .b_stride = layer.outputs,
                  .bias = bias.data(),
                  .c = y.data(),
                  .c_stride = layer.outputs});
    };
  });
}

/// With `descends`, the weights take a step, which is so small that they stay ordinary numbers.
void add_weight_gradient(const DenseLayer& layer, bool descends) {
  add((descends ? "gemm/descent/" : "gemm/weight_gradient/") + layer.name(), {.flops = layer.flops()},
      [layer, descends](const Table& table) {
        return [&table, layer, descends, descent = kernels::Descent<float>{1e-9F, 0},
                x = numbers(layer.batch * layer.inputs), dy = numbers(layer.batch * layer.outputs),
                w = numbers(layer.inputs * layer.outputs)]() mutable {
          table.gemm({.rows = layer.inputs,
                      .columns = layer.outputs,
                      .depth = layer.batch,
                      .a = x.data(),
                      .a_row_stride = 1,
                      .a_depth_stride = layer.inputs,
                      .b = dy.data(),
                      .b_stride = layer.outputs,
                      .c = w.data(),
                      .c_stride = layer.outputs,
                      .descent = descends ? &descent : nullptr});
        };
      });
}

void add_input_gradient(const DenseLayer& layer) {
  add("gemm/input_gradient/" + layer.name(), {.flops = layer.flops()}, [layer](const Table& table) {
    return [&table, layer, dy = numbers(layer.batch * layer.outputs),
            w = numbers(layer.inputs * layer.outputs), dx = Values(layer.batch * layer.inputs)]() mutable {
      table.gemm({.rows = layer.batch,
                  .columns = layer.inputs,
                  .depth = layer.outputs,
                  .a = dy.data(),
                  .a_row_stride = layer.outputs,
                  .b = w.data(),
                  .b_stride = layer.outputs,
                  .c = dx.data(),
                  .c_stride = layer.inputs,
                  .b_transposed = true});
    };
  });
}

struct Size {
  std::size_t rows;
  std::size_t columns;

  std::string name() const { return std::to_string(rows) + "x" + std::to_string(columns); }
  double bytes() const { return static_cast<double>(rows * columns * sizeof(float)); }
};

constexpr Size sizes[] = {{32, 10}, {100, 50}, {32, 256}, {256, 256}, {784, 100}};

}  // namespace

void add_gemm() {
  for (const auto& layer : dense_layers) {
    add_forward(layer);
    add_weight_gradient(layer, false);
    add_weight_gradient(layer, true);
    add_input_gradient(layer);
  }
  for (const auto& size : sizes) {
    add("column_sums/" + size.name(), {.bytes = size.bytes()}, [size](const Table& table) {
      return [&table, size, in = numbers(size.rows * size.columns), out = Values(size.columns)]() mutable {
        table.column_sums(size.rows, size.columns, in.data(), size.columns, out.data());
      };
    });
  }
}

}  // namespace scrawl::bench
