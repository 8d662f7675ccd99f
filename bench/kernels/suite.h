#pragma once

#include "scrawl/arrays.h"
#include "scrawl/compute.h"

#include "kernels/kernels.h"

#include <cstddef>
#include <functional>
#include <string>

/// What the benchmarks of the kernels share. To add a kernel, add a call to the function of its family:
///
///     add("relu/784", {.bytes = 2 * 784 * sizeof(float)}, [](const Table& table) {
///       return [&table, x = numbers(784)]() mutable { table.relu(x.size(), x.data(), x.data()); };
///     });
namespace scrawl::bench {

using Table = kernels::Kernels<float>;
using Values = AlignedVector<float>;

/// What one call does. The counter `peak` is the part of the machine's best that it reaches: of its
/// multiply-adds if there are `flops`, otherwise of the bandwidth of the cache that holds so many bytes.
struct Work {
  double flops = 0;         ///< a multiply-add is two
  double bytes = 0;         ///< read and written
  std::size_t threads = 1;  ///< that share it, for which the machine's best counts
};

/// Gets the kernels of one instruction set, and returns the call to be measured, with its data.
using Make = std::function<std::function<void()>(const Table&)>;

/// The pool with so many threads, which all benchmarks share.
ThreadPool& pool_of(std::size_t threads);

/// Registers a benchmark NAME/TARGET for each instruction set of this machine; for the scalar code only
/// where it takes little time.
void add(const std::string& name, const Work& work, const Make& make);

/// From -1 to 1; or from 0 to 1, with `zeros` of the values 0.
Values numbers(std::size_t count);
Values sparse_numbers(std::size_t count, double zeros);

void add_activation();
void add_augment();
void add_convert();
void add_convolution();
void add_gemm();
void add_normalisation();
void add_sparse();
void add_update();

}  // namespace scrawl::bench
