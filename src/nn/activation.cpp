#include "kernels/kernels.h"
#include "nn/blocks.h"
#include "nn/layer_kinds.h"

#include <type_traits>

namespace scrawl {
namespace {

template <class Spec>
struct Activation {
  /// The gradient of SiLU needs its input, so that it never runs in place.
  static constexpr bool reads_input = std::is_same_v<Spec, Silu>;
  static constexpr bool has_kink = std::is_same_v<Spec, Relu> || std::is_same_v<Spec, LeakyRelu>;

  /// All activations are the same layer around two kernels.
  template <class T>
  class Layer final : public FastLayer<T> {
   public:
    Layer(const Shape& shape, const Spec& spec) : shape_(shape), spec_(spec) {}

    Shape output_shape() const override { return shape_; }
    LayerTraits traits() const override {
      return {.elementwise = !reads_input, .has_kink_at_zero = has_kink};
    }
    FastTraits fast_traits() const override { return {.layout = Layout::any}; }

    Elementwise<T> activation(const BasicCompute<T>& compute) const override {
      const auto both = functions(compute);
      if constexpr (std::is_pointer_v<decltype(both.first)> && !reads_input)
        return {both.first, both.second};
      else
        return {};
    }

    void fast_forward(const FastForward<T>& pass) const override {
      for_each_stretch(pass, functions(pass.compute).first);
    }
    void fast_backward(const FastBackward<T>& pass) const override {
      if (reads_input && pass.input_gradient.empty()) return;
      for_each_stretch(pass, reads_input ? pass.input : pass.output, functions(pass.compute).second);
    }

   private:
    auto functions(const BasicCompute<T>& compute) const {
      return LayerKind<Spec>::functions(spec_, compute.kernels());
    }

    Shape shape_;
    Spec spec_;
  };

  static CustomLayer makers(const Spec& spec) {
    return custom_layer<Layer>(std::string(LayerKind<Spec>::facts.word), spec);
  }
};

}  // namespace

CustomLayer makers(const Sigmoid& spec) { return Activation<Sigmoid>::makers(spec); }
CustomLayer makers(const Relu& spec) { return Activation<Relu>::makers(spec); }
CustomLayer makers(const Tanh& spec) { return Activation<Tanh>::makers(spec); }
CustomLayer makers(const LeakyRelu& spec) { return Activation<LeakyRelu>::makers(spec); }
CustomLayer makers(const Silu& spec) { return Activation<Silu>::makers(spec); }

}  // namespace scrawl
