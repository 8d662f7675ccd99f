#include "kernels/kernels.h"
#include "nn/blocks.h"
#include "nn/layer_kinds.h"

#include <type_traits>

namespace scrawl {
namespace {

template <class T>
Elementwise<T> functions_of(const Sigmoid&, const kernels::Kernels<T>& kernels) {
  return {kernels.sigmoid, kernels.sigmoid_gradient};
}
template <class T>
Elementwise<T> functions_of(const Relu&, const kernels::Kernels<T>& kernels) {
  return {kernels.relu, kernels.relu_gradient};
}
template <class T>
Elementwise<T> functions_of(const Tanh&, const kernels::Kernels<T>& kernels) {
  return {kernels.tanh, kernels.tanh_gradient};
}

/// Most activations are the same layer around two kernels.
template <class T, class Spec>
class Activation : public FastLayer<T> {
 public:
  explicit Activation(const Shape& shape) : shape_(shape) {}

  Shape output_shape() const override { return shape_; }
  LayerTraits traits() const override {
    return {.elementwise = true, .has_kink_at_zero = std::is_same_v<Spec, Relu>};
  }
  FastTraits fast_traits() const override { return {.layout = Layout::any}; }

  Elementwise<T> activation(const BasicCompute<T>& compute) const override {
    return functions_of(Spec(), compute.kernels());
  }

  void fast_forward(const FastForward<T>& pass) const override {
    for_each_stretch(pass, activation(pass.compute).function);
  }
  void fast_backward(const FastBackward<T>& pass) const override {
    for_each_stretch(pass, pass.output, activation(pass.compute).gradient);
  }

 private:
  Shape shape_;
};

template <class T>
using SigmoidLayer = Activation<T, Sigmoid>;
template <class T>
using ReluLayer = Activation<T, Relu>;
template <class T>
using TanhLayer = Activation<T, Tanh>;

template <class T>
class LeakyReluLayer final : public FastLayer<T> {
 public:
  LeakyReluLayer(const Shape& shape, const LeakyRelu& spec) : shape_(shape), slope_(spec.slope) {}

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

CustomLayer makers(const Sigmoid&) { return custom_layer<SigmoidLayer>("sigmoid"); }
CustomLayer makers(const Relu&) { return custom_layer<ReluLayer>("relu"); }
CustomLayer makers(const Tanh&) { return custom_layer<TanhLayer>("tanh"); }
CustomLayer makers(const LeakyRelu& spec) { return custom_layer<LeakyReluLayer>("leaky-relu", spec); }
CustomLayer makers(const Silu&) { return custom_layer<SiluLayer>("silu"); }

}  // namespace scrawl
