#pragma once

#include "scrawl/layer.h"

#include "kernels/kernels.h"
#include "kernels/online.h"
#include "nn/layer_text.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

/// One description of each kind of layer: its word and options in the model text, its limits, what other
/// folders must know of it, and how it is made. What must be done for each kind elsewhere is an overload for
/// each, called by std::visit, so that a forgotten kind does not compile.
namespace scrawl {

/// How other programs store the weights of a layer.
enum class WeightForm { dense, convolution, norm, custom, none };

/// The form in which other programs want the input of a layer: (batch, C, H, W) or (batch, N). Layers of
/// scrawl flatten pictures by themselves.
enum class InputForm { any, vector, picture, channels_decide };

struct LayerFacts {
  std::string_view word;
  WeightForm weights = WeightForm::none;
  InputForm input = InputForm::any;
  bool flattens = false;                                 ///< other programs have a plain vector after it
  bool keeps_factors = false;                            ///< f(a x) = a f(x) for a > 0
  std::optional<kernels::OnlineActivation> online = {};  ///< OnlineStep can train with it
  /// An activation without options: its name in ONNX, and its value in C with x as {}[i].
  std::string_view onnx = {};
  std::string_view c = {};
  /// The names of the equal parts of its state, in files.
  std::array<std::string_view, 2> state = {};
};

template <class Spec>
struct LayerKind;

/// Throws Error(invalid_argument) that says why a layer does not fit; infer_shapes adds which.
[[noreturn]] void refuse_limits(const std::string& why);
void check_window(const Shape& input, std::size_t height, std::size_t width, std::size_t stride,
                  std::size_t padding);

/// Without options and limits.
template <class Spec>
struct PlainLayerKind {
  static void text(LayerText&, Spec&) {}
  static void check(const Spec&, const Shape&) {}
};

template <>
struct LayerKind<Dense> : PlainLayerKind<Dense> {
  static constexpr LayerFacts facts = {
      .word = "dense", .weights = WeightForm::dense, .input = InputForm::vector};
  static void text(LayerText& text, Dense& dense) {
    text.whole(dense.outputs, "number of outputs", "dense 50");
    text.flag("nobias", dense.bias, false);
  }
};

template <>
struct LayerKind<Conv2d> {
  static constexpr LayerFacts facts = {
      .word = "conv", .weights = WeightForm::convolution, .input = InputForm::picture};
  static void text(LayerText& text, Conv2d& conv) {
    text.whole(conv.outputs, "number of outputs", "conv 16 5x5");
    text.extents(conv.kernel_height, conv.kernel_width, "window", "conv 16 5x5");
    text.option("stride", conv.stride, 1, 1);
    text.option("pad", conv.padding, 0, 0);
    text.flag("nobias", conv.bias, false);
  }
  static void check(const Conv2d& conv, const Shape& input) {
    check_window(input, conv.kernel_height, conv.kernel_width, conv.stride, conv.padding);
  }
};

template <class Pool>
struct PoolKind {
  static void text(LayerText& text, Pool& pool) {
    text.whole(pool.size, "size of window", "maxpool 2");
    text.option("stride", pool.stride, pool.size, 1);
    text.option("pad", pool.padding, 0, 0);
  }
  static void check(const Pool& pool, const Shape& input) {
    if (pool.padding > pool.size / 2)
      refuse_limits("a padding of more than half its size would leave windows outside the picture");
    check_window(input, pool.size, pool.size, pool.stride, pool.padding);
  }
};
template <>
struct LayerKind<MaxPool> : PoolKind<MaxPool> {
  static constexpr LayerFacts facts = {.word = "maxpool", .input = InputForm::picture, .keeps_factors = true};
};
template <>
struct LayerKind<AveragePool> : PoolKind<AveragePool> {
  static constexpr LayerFacts facts = {.word = "avgpool", .input = InputForm::picture, .keeps_factors = true};
};
template <>
struct LayerKind<GlobalAveragePool> : PlainLayerKind<GlobalAveragePool> {
  static constexpr LayerFacts facts = {
      .word = "globalavgpool", .input = InputForm::picture, .flattens = true, .keeps_factors = true};
};

template <>
struct LayerKind<BatchNorm> {
  static constexpr LayerFacts facts = {.word = "batchnorm",
                                       .weights = WeightForm::norm,
                                       .input = InputForm::channels_decide,
                                       .state = {"running_mean", "running_var"}};
  static void text(LayerText& text, BatchNorm& norm) {
    text.option("momentum", norm.momentum, BatchNorm().momentum, 0, 1.00001F);
    text.option("epsilon", norm.epsilon, BatchNorm().epsilon, 1e-12F, 1);
  }
  static void check(const BatchNorm& norm, const Shape&) {
    if (!(norm.momentum >= 0 && norm.momentum <= 1 && norm.epsilon > 0 && norm.epsilon < 1))
      refuse_limits("its momentum must be from 0 to 1, its epsilon above 0 and below 1");
  }
};

template <>
struct LayerKind<Dropout> {
  static constexpr LayerFacts facts = {.word = "dropout", .keeps_factors = true};
  static void text(LayerText& text, Dropout& dropout) { text.real(dropout.rate, "rate", "dropout 0.5"); }
  static void check(const Dropout& dropout, const Shape&) {
    if (!(dropout.rate >= 0 && dropout.rate < 1)) refuse_limits("its rate must be from 0 to below 1");
  }
};

template <>
struct LayerKind<Flatten> : PlainLayerKind<Flatten> {
  static constexpr LayerFacts facts = {.word = "flatten", .flattens = true, .keeps_factors = true};
};

// Activations, each with its function and the gradient, as in Elementwise.
template <>
struct LayerKind<Sigmoid> : PlainLayerKind<Sigmoid> {
  static constexpr LayerFacts facts = {.word = "sigmoid",
                                       .online = kernels::OnlineActivation::sigmoid,
                                       .onnx = "Sigmoid",
                                       .c = "1.0f / (1.0f + expf(-{0}[i]))"};
  static auto functions(const Sigmoid&, const auto& k) { return std::pair(k.sigmoid, k.sigmoid_gradient); }
};
template <>
struct LayerKind<Relu> : PlainLayerKind<Relu> {
  static constexpr LayerFacts facts = {.word = "relu",
                                       .keeps_factors = true,
                                       .online = kernels::OnlineActivation::relu,
                                       .onnx = "Relu",
                                       .c = "{0}[i] > 0.0f ? {0}[i] : 0.0f"};
  static auto functions(const Relu&, const auto& k) { return std::pair(k.relu, k.relu_gradient); }
};
template <>
struct LayerKind<Tanh> : PlainLayerKind<Tanh> {
  static constexpr LayerFacts facts = {
      .word = "tanh", .online = kernels::OnlineActivation::tanh, .onnx = "Tanh", .c = "tanhf({0}[i])"};
  static auto functions(const Tanh&, const auto& k) { return std::pair(k.tanh, k.tanh_gradient); }
};
template <>
struct LayerKind<LeakyRelu> {
  static constexpr LayerFacts facts = {.word = "leaky-relu", .keeps_factors = true};
  static void text(LayerText& text, LeakyRelu& relu) {
    text.optional(relu.slope, "slope", LeakyRelu().slope);
  }
  static void check(const LeakyRelu& relu, const Shape&) {
    if (!(relu.slope >= 0 && relu.slope < 1)) refuse_limits("its slope must be from 0 to below 1");
  }
  static auto functions(const LeakyRelu& relu, const auto& kernels) {
    return std::pair(
        [&](std::size_t n, auto... arrays) { kernels.leaky_relu(n, relu.slope, arrays...); },
        [&](std::size_t n, auto... arrays) { kernels.leaky_relu_gradient(n, relu.slope, arrays...); });
  }
};
template <>
struct LayerKind<Silu> : PlainLayerKind<Silu> {
  static constexpr LayerFacts facts = {.word = "silu", .c = "{0}[i] / (1.0f + expf(-{0}[i]))"};
  static auto functions(const Silu&, const auto& k) { return std::pair(k.silu, k.silu_gradient); }
};

template <>
struct LayerKind<CustomLayer> : PlainLayerKind<CustomLayer> {
  static constexpr LayerFacts facts = {.word = "", .weights = WeightForm::custom, .state = {"state"}};
  static void check(const CustomLayer& custom, const Shape&);
};

inline const LayerFacts& facts_of(const LayerSpec& layer) {
  return std::visit([]<class Spec>(const Spec&) -> const LayerFacts& { return LayerKind<Spec>::facts; },
                    layer);
}

/// For a question about one kind: the layer, or null if it is of another kind.
template <class Spec>
const Spec* as(const LayerSpec& layer) {
  return std::get_if<Spec>(&layer);
}

/// A convolution or a dense layer.
inline bool has_products(const LayerSpec& layer) {
  const WeightForm form = facts_of(layer).weights;
  return form == WeightForm::dense || form == WeightForm::convolution;
}

inline InputForm input_form(const LayerSpec& layer, const Shape& input) {
  const InputForm form = facts_of(layer).input;
  if (form != InputForm::channels_decide) return form;
  return input.channels == 1 && input.height == 1 ? InputForm::vector : InputForm::picture;
}

// They are made as custom layers are. Each function is in the file of its layer.
CustomLayer makers(const Dense& spec);
CustomLayer makers(const Conv2d& spec);
CustomLayer makers(const MaxPool& spec);
CustomLayer makers(const AveragePool& spec);
CustomLayer makers(const GlobalAveragePool& spec);
CustomLayer makers(const BatchNorm& spec);
CustomLayer makers(const Dropout& spec);
CustomLayer makers(const Flatten& spec);
CustomLayer makers(const Sigmoid& spec);
CustomLayer makers(const Relu& spec);
CustomLayer makers(const Tanh& spec);
CustomLayer makers(const LeakyRelu& spec);
CustomLayer makers(const Silu& spec);
inline CustomLayer makers(const CustomLayer& spec) { return spec; }

template <class Spec>
concept ActivationSpec = requires(Spec spec, kernels::Kernels<float> kernels) {
  LayerKind<Spec>::functions(spec, kernels);
};

/// Calls visit(spec) with a default value of each kind, in their order.
template <class Visit>
void for_each_kind(const Visit& visit) {
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    (visit(std::variant_alternative_t<kIndex, LayerSpec>{}), ...);
  }
  (std::make_index_sequence<std::variant_size_v<LayerSpec>>());
}

}  // namespace scrawl
