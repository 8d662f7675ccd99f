#include "base/finite.h"
#include "base/rounding.h"
#include "kernels/convolution_one.h"
#include "kernels/kernels.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"
#include "predict/fold.h"
#include "predict/steps.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace scrawl {
namespace {

using kernels::image_lanes;
using kernels::Window;
using kernels::window_over;
using Kind = Step::Kind;

constexpr std::size_t vector_columns = 16;
constexpr std::size_t most_inputs = 65536;  // that list_bytes can count
constexpr std::size_t most_columns =
    128;  // of a strip: as many as have room in AVX-512's registers for two images

/// Of the memory for pictures. The general way, which can be stopped by the memory that there is, may use
/// more.
constexpr std::size_t most_numbers = std::size_t{1} << 26;

bool halves(const Window& w) {
  return w.kernel_height == 2 && w.kernel_width == 2 && w.stride == 2 && w.padding == 0;
}

/// Adds the steps of layers, one after the other; false for a layer that no step stands for.
class Compiler {
 public:
  Compiler(Steps& steps, const Preprocessing& preprocessing) : steps_(steps), preprocessing_(preprocessing) {}

  bool add(FoldedLayer layer) {
    layer_ = std::move(layer);
    add_bias(layer_);
    const bool known = std::visit([&](const auto& spec) { return add_step(spec); }, layer_.spec);
    if (steps_.dense.empty()) {
      steps_.picture_outputs = layer_.output.size();
      steps_.most_values = std::max(steps_.most_values, steps_.picture_outputs);
    }
    return known;
  }

 private:
  bool add_step(const Dense& spec) {
    const std::size_t inputs = layer_.input.size();
    if (steps_.pictures.empty() && steps_.dense.empty()) {
      if (inputs >= most_inputs) return false;
      fold_preprocessing(preprocessing_, layer_);
    }
    Step step{.kind = Kind::dense,
              .outputs = spec.outputs,
              .inputs = inputs,
              .width = rounded_up(spec.outputs, vector_columns),
              .many_zeros = std::exchange(makes_zeros_, false)};
    const std::size_t strips = (step.width + most_columns - 1) / most_columns;
    const std::size_t vectors = step.width / vector_columns;
    step.strips.reserve(strips);
    std::size_t first = 0;
    for (std::size_t s = 0; s < strips; ++s) {
      const std::size_t columns = (vectors * (s + 1) / strips - vectors * s / strips) * vector_columns;
      step.strips.push_back({.columns = columns, .weights = pack(spec.outputs, first, columns)});
      first += columns;
    }
    auto& room = steps_.room[dense_layers_++ % 2];
    room = std::max(room, step.width);
    steps_.list_stride =
        std::max(steps_.list_stride, rounded_up(inputs + kernels::list_room, vector_columns));
    steps_.dense.push_back(std::move(step));
    return true;
  }

  bool add_step(const Conv2d& spec) {
    const Window window =
        window_over(layer_.input, spec.kernel_height, spec.kernel_width, spec.stride, spec.padding);
    makes_zeros_ = false;
    steps_.scratch = std::max(steps_.scratch, kernels::convolution_one_scratch(window, spec.outputs));
    return add_picture({.kind = Kind::convolution,
                        .outputs = spec.outputs,
                        .window = window,
                        .weights = pack(spec.outputs, 0, spec.outputs),
                        .padded_weights = pack(spec.outputs, 0, kernels::padded_outputs(spec.outputs))});
  }
  bool add_step(const MaxPool& spec) {
    const Window window = window_over(layer_.input, spec.size, spec.size, spec.stride, spec.padding);
    auto& before = steps_.pictures;
    if (!before.empty()) before.back().pooled = before.back().kind == Kind::convolution && halves(window);
    return add_picture({.kind = Kind::max_pool, .outputs = layer_.input.channels, .window = window});
  }
  bool add_step(const AveragePool& spec) {
    return add_mean(window_over(layer_.input, spec.size, spec.size, spec.stride, spec.padding));
  }
  bool add_step(const GlobalAveragePool&) {
    return add_mean(window_over(layer_.input, layer_.input.height, layer_.input.width, 1, 0));
  }
  bool add_mean(const Window& window) {
    return add_picture({.kind = Kind::mean_pool, .outputs = layer_.input.channels, .window = window});
  }
  bool add_step(const BatchNorm&) {
    const Shape& shape = layer_.output;
    if (!steps_.dense.empty() || normalised_channels(shape) != shape.channels) return false;
    const NormScale scale = norm_scale(layer_);
    makes_zeros_ = false;
    const std::size_t begin = rounded_up(steps_.weights.size(), vector_columns);
    steps_.weights.resize(begin);
    for (const auto* values : {&scale.factors, &scale.offsets})
      steps_.weights.insert(steps_.weights.end(), values->begin(), values->end());
    return add_picture({.kind = Kind::norm,
                        .outputs = shape.channels,
                        .window = window_over(shape, 1, 1, 1, 0),
                        .weights = begin});
  }
  bool add_picture(Step step) {
    steps_.pictures.push_back(std::move(step));
    return steps_.dense.empty();
  }

  /// Done by the convolution or normalisation before it; max pooling between them changes nothing.
  bool add_step(const Relu& spec) {
    auto& pictures = steps_.pictures;
    const auto before = std::find_if(pictures.rbegin(), pictures.rend(),
                                     [](const Step& step) { return step.kind != Kind::max_pool; });
    if (!steps_.dense.empty() || before == pictures.rend() ||
        (before->kind != Kind::convolution && before->kind != Kind::norm))
      return add_step<Relu>(spec);
    return makes_zeros_ = before->relu = true;
  }
  template <ActivationSpec Spec>
  bool add_step(const Spec& spec) {
    makes_zeros_ = std::is_same_v<Spec, Relu>;
    (steps_.dense.empty() ? steps_.pictures : steps_.dense)
        .push_back({.kind = Kind::activation, .activation = spec});
    return true;
  }

  bool add_step(const Dropout&) { return true; }
  bool add_step(const Flatten&) { return true; }
  /// Networks with other kinds of layers answer through Network::predict.
  template <class Spec>
  bool add_step(const Spec&) {
    return false;
  }

  /// Puts down the weights and the bias of the layer's outputs from `first` on, in rows of `columns` that end
  /// with zeros where there are fewer outputs. Returns where they begin.
  std::size_t pack(std::size_t outputs, std::size_t first, std::size_t columns) {
    const std::size_t begin = rounded_up(steps_.weights.size(), vector_columns);
    const std::size_t rows = layer_.parameters.size() / outputs;
    steps_.weights.resize(begin + rows * columns);
    for (std::size_t r = 0; r < rows; ++r)
      std::copy_n(layer_.parameters.data() + r * outputs + first, std::min(columns, outputs - first),
                  steps_.weights.data() + begin + r * columns);
    return begin;
  }

  Steps& steps_;
  const Preprocessing& preprocessing_;
  FoldedLayer layer_ = {};
  std::size_t dense_layers_ = 0;
  bool makes_zeros_ = false;  ///< the last step, and pooling keeps them
};

/// Divides the scratch memory; false if one image is too much for it.
bool plan_memory(Steps& steps) {
  const std::size_t most = most_numbers / image_lanes / 4;
  if (steps.most_values > most || steps.scratch > most) return false;
  steps.block = std::min(kernels::most_listed_rows,
                         scratch_numbers / std::max<std::size_t>(1, steps.room[0] + steps.room[1]));
  steps.most_listed = 2 * (scratch_lists / std::max<std::size_t>(1, steps.list_stride));
  // The first layer that takes bytes takes them listed; what other layers take may be left as it is.
  if (steps.take_bytes()) steps.block = std::min(steps.block, steps.most_listed);
  return steps.block > 0;
}

}  // namespace

std::optional<Steps> compile(const Network& network, const Preprocessing& preprocessing) {
  Steps steps;
  steps.preprocessing = fold_standardisation(preprocessing);
  steps.inputs = steps.picture_outputs = steps.most_values = network.inputs();
  steps.outputs = network.outputs();
  Compiler compiler(steps, preprocessing);
  for (auto& layer : fold_layers(network))
    if (!compiler.add(std::move(layer))) return std::nullopt;
  if (!plan_memory(steps) || !all_finite(steps.weights)) return std::nullopt;
  return steps;
}

}  // namespace scrawl
