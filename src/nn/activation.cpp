#include "kernels/kernels.h"
#include "nn/layers.h"

namespace scrawl {
namespace {

/// Values that one thread takes at least: below, waking another costs more than the work.
constexpr std::size_t grain = 4096;

template <class T>
using Function = decltype(Elementwise<T>::function);
template <class T>
using Gradient = decltype(Elementwise<T>::gradient);

/// All activations are the same layer around two kernels. They run over whole batches, whose rows lie without
/// gaps; only the caller's own input, before a first layer, may have some.
template <class T>
class Activation final : public Layer<T> {
 public:
  using Kernels = kernels::Kernels<T>;
  Activation(const Shape& shape, Function<T> Kernels::*function, Gradient<T> Kernels::*gradient,
             bool has_kink = false)
      : shape_(shape), function_(function), gradient_(gradient), has_kink_(has_kink) {}

  Shape output_shape() const override { return shape_; }
  bool elementwise() const override { return true; }
  bool has_kink_at_zero() const override { return has_kink_; }

  Elementwise<T> activation(const BasicCompute<T>& compute) const override {
    return {compute.kernels().*function_, compute.kernels().*gradient_};
  }

  void forward(const Forward<T>& pass) const override {
    const auto function = pass.compute.kernels().*function_;
    if (pass.input.stride() != pass.input.columns()) {
      for (std::size_t r = 0; r < pass.input.rows(); ++r)
        function(pass.input.columns(), pass.input.row(r).data(), pass.output.row(r).data());
      return;
    }
    pass.compute.pool().run_ranges(pass.output.size(), grain, [&](std::size_t begin, std::size_t end) {
      function(end - begin, pass.input.data() + begin, pass.output.data() + begin);
    });
  }

  void backward(const Backward<T>& pass) const override {
    const auto gradient = pass.compute.kernels().*gradient_;
    pass.compute.pool().run_ranges(pass.output.size(), grain, [&](std::size_t begin, std::size_t end) {
      gradient(end - begin, pass.output.data() + begin, pass.output_gradient.data() + begin,
               pass.input_gradient.data() + begin);
    });
  }

 private:
  Shape shape_;
  Function<T> Kernels::*function_;
  Gradient<T> Kernels::*gradient_;
  bool has_kink_;
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

template std::unique_ptr<Layer<float>> make_activation(const Sigmoid&, const Shape&);
template std::unique_ptr<Layer<double>> make_activation(const Sigmoid&, const Shape&);
template std::unique_ptr<Layer<float>> make_activation(const Relu&, const Shape&);
template std::unique_ptr<Layer<double>> make_activation(const Relu&, const Shape&);
template std::unique_ptr<Layer<float>> make_activation(const Tanh&, const Shape&);
template std::unique_ptr<Layer<double>> make_activation(const Tanh&, const Shape&);

}  // namespace scrawl
