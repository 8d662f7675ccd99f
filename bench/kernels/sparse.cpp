#include "suite.h"

#include <cstddef>
#include <string>

namespace scrawl::bench {

namespace {

constexpr std::size_t pixels = 784;
constexpr double zero_share = 0.809;  // of MNIST's pixels

}  // namespace

// Only the products of the pixels that are not 0 count as work.
void add_sparse() {
  for (const std::size_t columns : {20, 50, 100, 256}) {
    const double flops = 2 * (1 - zero_share) * static_cast<double>(pixels * columns);
    add("sparse_gemm/1x" + std::to_string(columns) + "x784", {.flops = flops}, [=](const Table& table) {
      return [&table, columns, x = sparse_numbers(pixels, zero_share), w = numbers(pixels * columns),
              y = Values(columns)]() mutable {
        table.sparse_gemm({.rows = 1,
                           .columns = columns,
                           .depth = pixels,
                           .a = x.data(),
                           .a_row_stride = pixels,
                           .b = w.data(),
                           .b_stride = columns,
                           .c = y.data(),
                           .c_stride = columns});
      };
    });
  }
}

}  // namespace scrawl::bench
