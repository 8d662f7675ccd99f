#include "kernels/dropout.h"

#include "kernels/kernels.h"
#include "nn/blocks.h"
#include "nn/layer_kinds.h"

#include <algorithm>
#include <cmath>

namespace scrawl {
namespace {

using kernels::image_lanes;

/// Which values are dropped is a function of the key, the sample's row and the place alone, so the backward
/// pass finds out again. 16 random bits decide on a value: the rate is rounded to a multiple of 2^-16.
template <class T>
class DropoutLayer final : public FastLayer<T> {
 public:
  DropoutLayer(const Shape& shape, const Dropout& spec)
      : shape_(shape),
        threshold_(static_cast<std::uint32_t>(
            std::clamp(std::lround(static_cast<double>(spec.rate) * 65536), 0L, 65535L))) {}

  Shape output_shape() const override { return shape_; }
  LayerTraits traits() const override { return {.elementwise = true}; }
  FastTraits fast_traits() const override { return {.layout = Layout::any}; }

  void fast_forward(const FastForward<T>& pass) const override { apply(pass, pass.input, pass.output); }
  void fast_backward(const FastBackward<T>& pass) const override {
    apply(pass, pass.output_gradient, pass.input_gradient);
  }

 private:
  template <class Pass>
  void apply(const Pass& pass, MatrixView<const T> from, MatrixView<T> to) const {
    if (pass.mode == Mode::predict || threshold_ == 0) {
      copy_values(from, to, pass.lanes);
      return;
    }
    if (pass.lanes)
      for_each_block(pass, [&](std::size_t block) {
        const std::size_t begin = block * image_lanes * shape_.size();
        pass.compute.kernels().dropout_lanes(
            mask(pass.key, block * image_lanes, from.data() + begin, to.data() + begin));
      });
    else
      pass.compute.pool().run_ranges(
          from.rows(), elementwise_grain / std::min(elementwise_grain, shape_.size()),
          [&](std::size_t begin, std::size_t end) {
            for (std::size_t r = begin; r < end; ++r)
              pass.compute.kernels().dropout_row(mask(pass.key, r, from.row(r).data(), to.row(r).data()));
          });
  }

  kernels::Dropout<T> mask(RandomKey key, std::size_t sample, const T* x, T* y) const {
    key.purpose = Purpose::dropout;
    return {.key = key,
            .first = static_cast<std::uint32_t>(sample) * kernels::dropout_counters(shape_.size()),
            .threshold = threshold_,
            .scale = static_cast<T>(65536.0 / (65536 - threshold_)),
            .values = shape_.size(),
            .x = x,
            .y = y};
  }

  Shape shape_;
  std::uint32_t threshold_;
};

}  // namespace

CustomLayer makers(const Dropout& spec) { return custom_layer<DropoutLayer>("dropout", spec); }

}  // namespace scrawl
