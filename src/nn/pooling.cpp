#include "kernels/convolution.h"
#include "kernels/kernels.h"
#include "nn/blocks.h"
#include "nn/layers.h"

namespace scrawl {
namespace {

using kernels::image_lanes;
using kernels::Window;
using kernels::window_over;

/// Pooling of either kind is the same layer around two kernels.
template <class T>
class PoolingLayer final : public FastLayer<T> {
 public:
  using Kernels = kernels::Kernels<T>;
  using Function = decltype(Kernels::max_pool);
  using Gradient = decltype(Kernels::max_pool_gradient);
  PoolingLayer(const Window& window, const Shape& output, Function Kernels::*function,
               Gradient Kernels::*gradient)
      : window_(window),
        output_(output),
        inputs_(window.places() * image_lanes),
        outputs_(window.channels * window.out_places() * image_lanes),
        function_(function),
        gradient_(gradient) {}

  Shape output_shape() const override { return output_; }
  FastTraits fast_traits() const override { return {.layout = Layout::lanes, .includes_activations = true}; }
  /// The gradient of the largest value looks for it again.
  LayerTraits traits() const override { return {.needs_output = gradient_ == &Kernels::max_pool_gradient}; }

  void fast_forward(const FastForward<T>& pass) const override {
    for_each_block(pass, [&](std::size_t block) {
      T* const y = pass.output.data() + block * outputs_;
      (pass.compute.kernels().*
       function_)({.window = window_, .x = pass.input.data() + block * inputs_, .y = y});
      if (pass.activation.function) pass.activation.function(outputs_, y, y);
    });
  }
  /// The kernels take the gradient through a ReLU before this layer; through others it goes afterwards.
  void fast_backward(const FastBackward<T>& pass) const override {
    if (pass.input_gradient.empty()) return;
    const bool relu = is_relu(pass.activation_before, pass.compute);
    for_each_block(pass, [&](std::size_t block) {
      const T* const x = pass.input.data() + block * inputs_;
      T* const dx = pass.input_gradient.data() + block * inputs_;
      (pass.compute.kernels().*gradient_)({.window = window_,
                                           .x = x,
                                           .y = pass.output.data() + block * outputs_,
                                           .dy = pass.output_gradient.data() + block * outputs_,
                                           .dx = dx,
                                           .relu = relu});
      if (pass.activation_before.gradient && !relu) pass.activation_before.gradient(inputs_, x, dx, dx);
    });
  }

 private:
  Window window_;
  Shape output_;
  std::size_t inputs_;  // values of a block
  std::size_t outputs_;
  Function Kernels::*function_;
  Gradient Kernels::*gradient_;
};

template <class T>
std::unique_ptr<Layer<T>> make_max(const Window& window, const Shape& output) {
  using K = kernels::Kernels<T>;
  return std::make_unique<PoolingLayer<T>>(window, output, &K::max_pool, &K::max_pool_gradient);
}
template <class T>
std::unique_ptr<Layer<T>> make_mean(const Window& window, const Shape& output) {
  using K = kernels::Kernels<T>;
  return std::make_unique<PoolingLayer<T>>(window, output, &K::mean_pool, &K::mean_pool_gradient);
}

template <class Spec>
Window window_of(const Spec& spec, const Shape& input) {
  return window_over(input, spec.size, spec.size, spec.stride, spec.padding);
}

Shape shape_of(const Window& window) { return {window.channels, window.out_height, window.out_width}; }

}  // namespace

template <class T>
std::unique_ptr<Layer<T>> make_pooling(const MaxPool& spec, const Shape& input) {
  const Window window = window_of(spec, input);
  return make_max<T>(window, shape_of(window));
}
template <class T>
std::unique_ptr<Layer<T>> make_pooling(const AveragePool& spec, const Shape& input) {
  const Window window = window_of(spec, input);
  return make_mean<T>(window, shape_of(window));
}
template <class T>
std::unique_ptr<Layer<T>> make_pooling(const GlobalAveragePool&, const Shape& input) {
  return make_mean<T>(window_over(input, input.height, input.width, 1, 0), {1, 1, input.channels});
}

template std::unique_ptr<Layer<float>> make_pooling(const MaxPool&, const Shape&);
template std::unique_ptr<Layer<double>> make_pooling(const MaxPool&, const Shape&);
template std::unique_ptr<Layer<float>> make_pooling(const AveragePool&, const Shape&);
template std::unique_ptr<Layer<double>> make_pooling(const AveragePool&, const Shape&);
template std::unique_ptr<Layer<float>> make_pooling(const GlobalAveragePool&, const Shape&);
template std::unique_ptr<Layer<double>> make_pooling(const GlobalAveragePool&, const Shape&);

}  // namespace scrawl
