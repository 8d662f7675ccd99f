#include "kernels/convolution.h"
#include "kernels/kernels.h"
#include "nn/blocks.h"
#include "nn/layers.h"

namespace scrawl {
namespace {

using kernels::image_lanes;
using kernels::Window;

/// What both kinds of pooling share.
template <class T>
class PoolingLayer : public Layer<T> {
 public:
  PoolingLayer(const Window& window, const Shape& output)
      : window_(window), output_(output), outputs_(window.channels * window.out_places()) {}

  Shape output_shape() const override { return output_; }
  Layout layout() const override { return Layout::lanes; }
  bool includes_activations() const override { return true; }

 protected:
  /// Applies the activation behind this layer to a block of its output.
  void activate(const Forward<T>& pass, std::size_t block) const {
    T* const y = outputs(pass.output, block);
    if (pass.activation.function) pass.activation.function(outputs_ * image_lanes, y, y);
  }
  /// Whether the activation before this layer is a ReLU, whose gradient the kernels take along.
  static bool is_behind_relu(const Backward<T>& pass) {
    const auto gradient = pass.activation_before.gradient;
    return gradient && gradient == pass.compute.kernels().relu_gradient;
  }
  /// Takes a block of the input gradient through another activation before this layer.
  void pass_activation(const Backward<T>& pass, std::size_t block) const {
    T* const dx = inputs(pass.input_gradient, block);
    if (pass.activation_before.gradient && !is_behind_relu(pass))
      pass.activation_before.gradient(window_.places() * image_lanes, inputs(pass.input, block), dx, dx);
  }

  /// A block of the batch at `data`.
  template <class U>
  U* inputs(MatrixView<U> view, std::size_t block) const {
    return view.data() + block * window_.places() * image_lanes;
  }
  template <class U>
  U* outputs(MatrixView<U> view, std::size_t block) const {
    return view.data() + block * outputs_ * image_lanes;
  }

  Window window_;
  Shape output_;
  std::size_t outputs_;
};

template <class T>
class MaxPoolLayer final : public PoolingLayer<T> {
 public:
  using PoolingLayer<T>::PoolingLayer;

  bool needs_output() const override { return true; }

  void forward(const Forward<T>& pass) const override {
    for_each_block(pass, [&](std::size_t block) {
      pass.compute.kernels().max_pool({.window = this->window_,
                                       .x = this->inputs(pass.input, block),
                                       .y = this->outputs(pass.output, block)});
      this->activate(pass, block);
    });
  }
  void backward(const Backward<T>& pass) const override {
    if (pass.input_gradient.empty()) return;
    for_each_block(pass, [&](std::size_t block) {
      pass.compute.kernels().max_pool_gradient({.window = this->window_,
                                                .x = this->inputs(pass.input, block),
                                                .y = this->outputs(pass.output, block),
                                                .dy = this->outputs(pass.output_gradient, block),
                                                .dx = this->inputs(pass.input_gradient, block),
                                                .relu = this->is_behind_relu(pass)});
      this->pass_activation(pass, block);
    });
  }
};

template <class T>
class AveragePoolLayer final : public PoolingLayer<T> {
 public:
  using PoolingLayer<T>::PoolingLayer;

  void forward(const Forward<T>& pass) const override {
    for_each_block(pass, [&](std::size_t block) {
      pass.compute.kernels().mean_pool({.window = this->window_,
                                        .x = this->inputs(pass.input, block),
                                        .y = this->outputs(pass.output, block)});
      this->activate(pass, block);
    });
  }
  void backward(const Backward<T>& pass) const override {
    if (pass.input_gradient.empty()) return;
    for_each_block(pass, [&](std::size_t block) {
      pass.compute.kernels().mean_pool_gradient({.window = this->window_,
                                                 .x = this->inputs(pass.input, block),
                                                 .y = nullptr,
                                                 .dy = this->outputs(pass.output_gradient, block),
                                                 .dx = this->inputs(pass.input_gradient, block),
                                                 .relu = this->is_behind_relu(pass)});
      this->pass_activation(pass, block);
    });
  }
};

template <template <class> class Kind, class T, class Spec>
std::unique_ptr<Layer<T>> make_pooling_of(const Spec& spec, const Shape& input) {
  const Window window = window_over(input, spec.size, spec.size, spec.stride, spec.padding);
  return std::make_unique<Kind<T>>(window, Shape{input.channels, window.out_height, window.out_width});
}

}  // namespace

template <class T>
std::unique_ptr<Layer<T>> make_pooling(const MaxPool& spec, const Shape& input) {
  return make_pooling_of<MaxPoolLayer, T>(spec, input);
}
template <class T>
std::unique_ptr<Layer<T>> make_pooling(const AveragePool& spec, const Shape& input) {
  return make_pooling_of<AveragePoolLayer, T>(spec, input);
}
template <class T>
std::unique_ptr<Layer<T>> make_pooling(const GlobalAveragePool&, const Shape& input) {
  return std::make_unique<AveragePoolLayer<T>>(window_over(input, input.height, input.width, 1, 0),
                                               Shape{1, 1, input.channels});
}

template std::unique_ptr<Layer<float>> make_pooling(const MaxPool&, const Shape&);
template std::unique_ptr<Layer<double>> make_pooling(const MaxPool&, const Shape&);
template std::unique_ptr<Layer<float>> make_pooling(const AveragePool&, const Shape&);
template std::unique_ptr<Layer<double>> make_pooling(const AveragePool&, const Shape&);
template std::unique_ptr<Layer<float>> make_pooling(const GlobalAveragePool&, const Shape&);
template std::unique_ptr<Layer<double>> make_pooling(const GlobalAveragePool&, const Shape&);

}  // namespace scrawl
