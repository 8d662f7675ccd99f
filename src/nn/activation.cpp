#include "kernels/kernels.h"
#include "nn/blocks.h"
#include "nn/layers.h"

namespace scrawl {
namespace {

template <class T>
using Function = decltype(Elementwise<T>::function);
template <class T>
using Gradient = decltype(Elementwise<T>::gradient);

/// Most activations are the same layer around two kernels.
template <class T>
class Activation final : public FastLayer<T> {
 public:
  using Kernels = kernels::Kernels<T>;
  Activation(const Shape& shape, Function<T> Kernels::*function, Gradient<T> Kernels::*gradient,
             bool has_kink = false)
      : shape_(shape), function_(function), gradient_(gradient), has_kink_(has_kink) {}

  Shape output_shape() const override { return shape_; }
  LayerTraits traits() const override { return {.elementwise = true, .has_kink_at_zero = has_kink_}; }
  FastTraits fast_traits() const override { return {.layout = Layout::any}; }

  Elementwise<T> activation(const BasicCompute<T>& compute) const override {
    return {compute.kernels().*function_, compute.kernels().*gradient_};
  }

  void fast_forward(const FastForward<T>& pass) const override {
    for_each_stretch(pass, pass.compute.kernels().*function_);
  }
  void fast_backward(const FastBackward<T>& pass) const override {
    for_each_stretch(pass, pass.output, pass.compute.kernels().*gradient_);
  }

 private:
  Shape shape_;
  Function<T> Kernels::*function_;
  Gradient<T> Kernels::*gradient_;
  bool has_kink_;
};

template <class T>
class LeakyReluLayer final : public FastLayer<T> {
 public:
  LeakyReluLayer(const LeakyRelu& spec, const Shape& shape) : shape_(shape), slope_(spec.slope) {}

  Shape output_shape() const override { return shape_; }
  LayerTraits traits() const override { return {.elementwise = true, .has_kink_at_zero = true}; }
  FastTraits fast_traits() const override { return {.layout = Layout::any}; }

  void fast_forward(const FastForward<T>& pass) const override {
    for_each_stretch(
        pass, [&](std::size_t n, const T* x, T* y) { pass.compute.kernels().leaky_relu(n, slope_, x, y); });
  }
  void fast_backward(const FastBackward<T>& pass) const override {
    for_each_stretch(pass, pass.output, [&](std::size_t n, const T* y, const T* dy, T* dx) {
      pass.compute.kernels().leaky_relu_gradient(n, slope_, y, dy, dx);
    });
  }

 private:
  Shape shape_;
  T slope_;
};

/// Its gradient needs its input, so it never runs in place.
template <class T>
class SiluLayer final : public FastLayer<T> {
 public:
  explicit SiluLayer(const Shape& shape) : shape_(shape) {}

  Shape output_shape() const override { return shape_; }
  FastTraits fast_traits() const override { return {.layout = Layout::any}; }

  void fast_forward(const FastForward<T>& pass) const override {
    for_each_stretch(pass, pass.compute.kernels().silu);
  }
  void fast_backward(const FastBackward<T>& pass) const override {
    if (!pass.input_gradient.empty())
      for_each_stretch(pass, pass.input, pass.compute.kernels().silu_gradient);
  }

 private:
  Shape shape_;
};

}  // namespace

template <class T>
std::unique_ptr<Layer<T>> make_activation(const Sigmoid&, const Shape& input) {
  using K = kernels::Kernels<T>;
  return std::make_unique<Activation<T>>(input, &K::sigmoid, &K::sigmoid_gradient);
}
template <class T>
std::unique_ptr<Layer<T>> make_activation(const Relu&, const Shape& input) {
  using K = kernels::Kernels<T>;
  return std::make_unique<Activation<T>>(input, &K::relu, &K::relu_gradient, /*has_kink=*/true);
}
template <class T>
std::unique_ptr<Layer<T>> make_activation(const Tanh&, const Shape& input) {
  using K = kernels::Kernels<T>;
  return std::make_unique<Activation<T>>(input, &K::tanh, &K::tanh_gradient);
}
template <class T>
std::unique_ptr<Layer<T>> make_activation(const LeakyRelu& spec, const Shape& input) {
  return std::make_unique<LeakyReluLayer<T>>(spec, input);
}
template <class T>
std::unique_ptr<Layer<T>> make_silu(const Shape& input) {
  return std::make_unique<SiluLayer<T>>(input);
}

template std::unique_ptr<Layer<float>> make_activation(const Sigmoid&, const Shape&);
template std::unique_ptr<Layer<double>> make_activation(const Sigmoid&, const Shape&);
template std::unique_ptr<Layer<float>> make_activation(const Relu&, const Shape&);
template std::unique_ptr<Layer<double>> make_activation(const Relu&, const Shape&);
template std::unique_ptr<Layer<float>> make_activation(const Tanh&, const Shape&);
template std::unique_ptr<Layer<double>> make_activation(const Tanh&, const Shape&);
template std::unique_ptr<Layer<float>> make_activation(const LeakyRelu&, const Shape&);
template std::unique_ptr<Layer<double>> make_activation(const LeakyRelu&, const Shape&);
template std::unique_ptr<Layer<float>> make_silu(const Shape&);
template std::unique_ptr<Layer<double>> make_silu(const Shape&);

}  // namespace scrawl
