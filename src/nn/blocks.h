#pragma once

#include "kernels/convolution.h"
#include "kernels/kernels.h"
#include "nn/fast_layer.h"

#include <algorithm>
#include <cstddef>

/// What layers share in how they go over a batch.
namespace scrawl {

/// How many values a pass goes over, those of lanes without a sample among them.
template <class Pass>
std::size_t values_of(const Pass& pass) {
  const std::size_t blocks = kernels::image_blocks(pass.output.rows());
  return (pass.lanes ? blocks * kernels::image_lanes : pass.output.rows()) * pass.output.columns();
}

/// Copies all values of a pass, unless they are there already.
template <class T>
void copy_values(MatrixView<const T> from, MatrixView<T> to, bool lanes) {
  if (from.data() == to.data()) return;
  if (lanes) {
    std::copy_n(from.data(), kernels::image_blocks(from.rows()) * kernels::image_lanes * from.columns(),
                to.data());
    return;
  }
  for (std::size_t r = 0; r < from.rows(); ++r)
    std::copy_n(from.row(r).data(), from.columns(), to.row(r).data());
}

/// Values that one thread takes at least where there is little to do with each: below, waking another costs
/// more than the work.
constexpr std::size_t elementwise_grain = 4096;

/// Whether an activation beside a layer is a ReLU, which many kernels take along.
template <class T>
bool is_relu(const Elementwise<T>& activation, const BasicCompute<T>& compute) {
  return activation.function != nullptr && activation.function == compute.kernels().relu;
}

/// Applies the activation behind a layer to a part of its output, if the kernel has not done so.
template <class T>
void finish(const FastForward<T>& pass, std::size_t n, T* y) {
  if (pass.activation.function != nullptr && !is_relu(pass.activation, pass.compute))
    pass.activation.function(n, y, y);
}

/// Runs an element-wise function over all values of a pass, in all threads: run(n, x, y) for stretches of the
/// input and the output. Only the caller's own input, before a first layer, may have gaps between its rows.
template <class T, class Run>
void for_each_stretch(const FastForward<T>& pass, const Run& run) {
  if (pass.input.stride() != pass.input.columns()) {
    for (std::size_t r = 0; r < pass.input.rows(); ++r)
      run(pass.input.columns(), pass.input.row(r).data(), pass.output.row(r).data());
    return;
  }
  pass.compute.pool().run_ranges(values_of(pass), elementwise_grain, [&](std::size_t begin, std::size_t end) {
    run(end - begin, pass.input.data() + begin, pass.output.data() + begin);
  });
}

/// The same for a gradient: run(n, x, dy, dx), where x are `known` values of the forward pass.
template <class T, class Run>
void for_each_stretch(const FastBackward<T>& pass, MatrixView<const T> known, const Run& run) {
  const auto rows = [&](std::size_t begin, std::size_t end, std::size_t known_begin) {
    run(end - begin, known.data() + known_begin, pass.output_gradient.data() + begin,
        pass.input_gradient.data() + begin);
  };
  if (known.stride() != known.columns()) {
    for (std::size_t r = 0; r < known.rows(); ++r)
      rows(r * known.columns(), (r + 1) * known.columns(), r * known.stride());
    return;
  }
  pass.compute.pool().run_ranges(values_of(pass), elementwise_grain,
                                 [&](std::size_t begin, std::size_t end) { rows(begin, end, begin); });
}

/// Calls run(block) for every block of samples of a pass, in all threads.
template <class Pass, class Run>
void for_each_block(const Pass& pass, const Run& run) {
  pass.compute.pool().run_ranges(kernels::image_blocks(pass.output.rows()), 1,
                                 [&](std::size_t begin, std::size_t end) {
                                   for (std::size_t block = begin; block < end; ++block) run(block);
                                 });
}

}  // namespace scrawl
