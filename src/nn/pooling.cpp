#include "kernels/convolution.h"
#include "kernels/kernels.h"
#include "nn/blocks.h"
#include "nn/layer_kinds.h"

#include <type_traits>

namespace scrawl {
namespace {

using kernels::image_lanes;
using kernels::Window;
using kernels::window_over;

template <class Pool>
Window window_of(const Shape& input, const Pool& pool) {
  return window_over(input, pool.size, pool.size, pool.stride, pool.padding);
}
Window window_of(const Shape& input, const GlobalAveragePool&) {
  return window_over(input, input.height, input.width, 1, 0);
}

/// Pooling of either kind is the same layer around two kernels.
template <class T, class Pool>
class PoolingLayer : public FastLayer<T> {
 public:
  PoolingLayer(const Shape& input, const Pool& pool)
      : window_(window_of(input, pool)),
        inputs_(window_.places() * image_lanes),
        outputs_(window_.channels * window_.out_places() * image_lanes) {}

  Shape output_shape() const override {
    if (std::is_same_v<Pool, GlobalAveragePool>) return {1, 1, window_.channels};
    return {window_.channels, window_.out_height, window_.out_width};
  }
  FastTraits fast_traits() const override { return {.layout = Layout::lanes, .includes_activations = true}; }
  /// The gradient of the largest value looks for it again.
  LayerTraits traits() const override { return {.needs_output = is_max}; }

  void fast_forward(const FastForward<T>& pass) const override {
    const auto pool = is_max ? pass.compute.kernels().max_pool : pass.compute.kernels().mean_pool;
    for_each_block(pass, [&](std::size_t block) {
      T* const y = pass.output.data() + block * outputs_;
      pool({.window = window_, .x = pass.input.data() + block * inputs_, .y = y});
      if (pass.activation.function) pass.activation.function(outputs_, y, y);
    });
  }
  /// The kernels take the gradient through a ReLU before this layer; through others it goes afterwards.
  void fast_backward(const FastBackward<T>& pass) const override {
    if (pass.input_gradient.empty()) return;
    const bool relu = is_relu(pass.activation_before, pass.compute);
    const auto& kernels = pass.compute.kernels();
    for_each_block(pass, [&](std::size_t block) {
      const T* const x = pass.input.data() + block * inputs_;
      T* const dx = pass.input_gradient.data() + block * inputs_;
      (is_max ? kernels.max_pool_gradient
              : kernels.mean_pool_gradient)({.window = window_,
                                             .x = x,
                                             .y = pass.output.data() + block * outputs_,
                                             .dy = pass.output_gradient.data() + block * outputs_,
                                             .dx = dx,
                                             .relu = relu});
      if (pass.activation_before.gradient && !relu) pass.activation_before.gradient(inputs_, x, dx, dx);
    });
  }

 private:
  static constexpr bool is_max = std::is_same_v<Pool, MaxPool>;
  Window window_;
  std::size_t inputs_;  // values of a block
  std::size_t outputs_;
};

template <class T>
using MaxPoolLayer = PoolingLayer<T, MaxPool>;
template <class T>
using AveragePoolLayer = PoolingLayer<T, AveragePool>;
template <class T>
using GlobalAveragePoolLayer = PoolingLayer<T, GlobalAveragePool>;

}  // namespace

CustomLayer makers(const MaxPool& spec) { return custom_layer<MaxPoolLayer>("maxpool", spec); }
CustomLayer makers(const AveragePool& spec) { return custom_layer<AveragePoolLayer>("avgpool", spec); }
CustomLayer makers(const GlobalAveragePool& spec) {
  return custom_layer<GlobalAveragePoolLayer>("globalavgpool", spec);
}

}  // namespace scrawl
