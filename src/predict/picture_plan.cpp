#include "predict/picture_plan.h"

#include "base/finite.h"
#include "base/rounding.h"
#include "kernels/convolution_one.h"
#include "kernels/kernels.h"
#include "kernels/pooling_one.h"
#include "nn/blocks.h"
#include "predict/fold.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

namespace scrawl {
namespace {

using kernels::image_lanes;
using kernels::Window;
using kernels::window_over;

/// Of a workspace. The slow way, which can be stopped by the memory that there is, may use more.
constexpr std::size_t most_numbers = std::size_t{1} << 26;

/// From so many images on, a block that is not full is quicker than one image after the other.
constexpr std::size_t fewest_in_block = 11;

/// The values that a step makes of an image.
std::size_t results_of(const Window& window, std::size_t outputs) { return outputs * window.out_places(); }

bool halves(const Window& w) {
  return w.kernel_height == 2 && w.kernel_width == 2 && w.stride == 2 && w.padding == 0;
}

}  // namespace

std::optional<PicturePlan> PicturePlan::make(const MemberView& member, const Compute& compute) {
  PicturePlan front;
  if (!front.plan(member.network, compute) || !front.plan_memory()) return std::nullopt;
  front.preprocessing_ = fold_standardisation(member.info.preprocessing);
  front.borrow();  // so that the first image finds a workspace
  return front;
}

bool PicturePlan::plan(const Network& network, const Compute& compute) {
  const ModelSpec& spec = network.spec();
  inputs_ = outputs_ = most_values_ = network.inputs();
  Shape shape = spec.input;
  for (; layers_ < spec.layers.size() && !std::holds_alternative<Dense>(spec.layers[layers_]); ++layers_) {
    const LayerSpec& layer = spec.layers[layers_];
    if (!add_step(layer, shape, compute)) return false;
    if (std::holds_alternative<Conv2d>(layer)) pack_weights(network, layers_, steps_.back());
    shape = network.shapes()[layers_];
    outputs_ = shape.size();
    most_values_ = std::max(most_values_, outputs_);
  }
  fuse_pooling();
  return std::any_of(steps_.begin(), steps_.end(),
                     [](const Step& step) { return step.kind != Kind::activation; });
}

bool PicturePlan::add_step(const LayerSpec& layer, const Shape& input, const Compute& compute) {
  const auto add_pooling = [&](Kind kind, const Window& window) {
    steps_.push_back({.kind = kind, .window = window, .outputs = input.channels});
    return true;
  };
  if (const auto* conv = std::get_if<Conv2d>(&layer)) {
    const Window window =
        window_over(input, conv->kernel_height, conv->kernel_width, conv->stride, conv->padding);
    steps_.push_back({.kind = Kind::convolution, .window = window, .outputs = conv->outputs});
    scratch_ = std::max(scratch_, kernels::convolution_one_scratch(window, conv->outputs));
    makes_zeros_ = false;
    return true;
  }
  if (const auto* pool = std::get_if<MaxPool>(&layer))
    return add_pooling(Kind::max_pool,
                       window_over(input, pool->size, pool->size, pool->stride, pool->padding));
  if (const auto* pool = std::get_if<AveragePool>(&layer))
    return add_pooling(Kind::mean_pool,
                       window_over(input, pool->size, pool->size, pool->stride, pool->padding));
  if (std::holds_alternative<GlobalAveragePool>(layer))
    return add_pooling(Kind::mean_pool, window_over(input, input.height, input.width, 1, 0));
  if (std::holds_alternative<Dropout>(layer) || std::holds_alternative<Flatten>(layer)) return true;
  makes_zeros_ = std::holds_alternative<Relu>(layer);
  if (makes_zeros_ && !steps_.empty() && steps_.back().kind == Kind::convolution)
    return steps_.back().relu = true;
  auto activation = ActivationStep::make(layer, compute);
  if (!activation) return false;
  steps_.push_back({.kind = Kind::activation, .activation = std::move(activation)});
  return true;
}

void PicturePlan::fuse_pooling() {
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i)
    steps_[i].pooled = steps_[i].kind == Kind::convolution && steps_[i + 1].kind == Kind::max_pool &&
                       halves(steps_[i + 1].window);
}

void PicturePlan::pack_weights(const Network& network, std::size_t layer, Step& step) {
  const std::size_t outputs = step.outputs;
  const std::size_t padded = kernels::padded_outputs(outputs);
  const std::size_t taps = step.window.taps();
  step.weights = weights_.size();
  step.padded = rounded_up(step.weights + (taps + 1) * outputs, image_lanes);
  weights_.resize(step.padded + (taps + 1) * padded);
  for (const auto& info : network.parameter_infos()) {
    const bool is_weight = info.name == std::to_string(layer) + ".weight";
    if (!is_weight && info.name != std::to_string(layer) + ".bias") continue;
    const auto values = network.parameters().subspan(info.offset, info.size());
    const std::size_t first = is_weight ? 0 : taps;
    std::copy(values.begin(), values.end(), weights_.data() + step.weights + first * outputs);
    for (std::size_t i = 0; i < values.size(); ++i)
      weights_[step.padded + (first + i / outputs) * padded + i % outputs] = values[i];
  }
}

bool PicturePlan::plan_memory() {
  const std::size_t most = most_numbers / image_lanes / 4;
  return most_values_ <= most && scratch_ <= most;
}

bool PicturePlan::has_finite_weights() const { return all_finite(weights_); }

PicturePlan::Workspace PicturePlan::make_workspace() const {
  const AlignedVector<float> values(image_lanes * most_values_);
  return {.preprocessor = Preprocessor(preprocessing_, inputs_, image_lanes),
          .pixels = AlignedVector<float>(image_lanes * inputs_),
          .values = {values, values},
          .scratch = AlignedVector<float>(scratch_),
          .results = AlignedVector<float>(most_images * outputs_)};
}

const float* PicturePlan::run(std::size_t images, const std::uint8_t* bytes, const Compute& compute,
                              Workspace& workspace) const {
  float* result = workspace.results.data();
  for (std::size_t first = 0; first < images; first += image_lanes) {
    const std::size_t count = std::min(image_lanes, images - first);
    float* const pixels = workspace.pixels.data();
    workspace.preprocessor.apply({bytes + first * inputs_, count * inputs_}, compute,
                                 {pixels, count, inputs_});
    if (count >= fewest_in_block)
      run_block(count, result, compute, workspace);
    else
      for (std::size_t i = 0; i < count; ++i)
        run_one(pixels + i * inputs_, result + i * outputs_, compute, workspace);
    result += count * outputs_;
  }
  return workspace.results.data();
}

void PicturePlan::run_block(std::size_t images, float* results, const Compute& compute,
                            Workspace& workspace) const {
  const auto& kernels = compute.kernels();
  float* x = workspace.values[0].data();
  float* y = workspace.values[1].data();
  kernels.to_lanes(images, inputs_, workspace.pixels.data(), inputs_, x);
  std::size_t values = inputs_ * image_lanes;
  for (const auto& step : steps_) {
    if (step.kind == Kind::activation) {
      step.activation->run(values, x, compute);
      continue;
    }
    const float* const weights = weights_.data() + step.weights;
    if (step.kind == Kind::convolution)
      kernels.convolution({.window = step.window,
                           .outputs = step.outputs,
                           .weights = weights,
                           .bias = weights + step.window.taps() * step.outputs,
                           .x = x,
                           .y = y,
                           .relu = step.relu});
    else
      (step.kind == Kind::max_pool ? kernels.max_pool
                                   : kernels.mean_pool)({.window = step.window, .x = x, .y = y});
    values = results_of(step.window, step.outputs) * image_lanes;
    std::swap(x, y);
  }
  kernels.from_lanes(images, outputs_, x, results, outputs_);
}

void PicturePlan::run_one(const float* pixels, float* result, const Compute& compute,
                          Workspace& workspace) const {
  const auto& kernels = compute.kernels();
  float* x = workspace.values[0].data();
  float* y = workspace.values[1].data();
  std::copy_n(pixels, inputs_, x);
  std::size_t values = inputs_;
  for (auto step = steps_.begin(); step != steps_.end(); ++step) {
    if (step->kind == Kind::activation) {
      step->activation->run(values, x, compute);
      continue;
    }
    if (step->kind == Kind::convolution) {
      const float* const weights = weights_.data() + step->padded;
      kernels.convolution_one({.window = step->window,
                               .outputs = step->outputs,
                               .weights = weights,
                               .bias = weights + step->window.taps() * kernels::padded_outputs(step->outputs),
                               .x = x,
                               .y = y,
                               .relu = step->relu,
                               .pool = step->pooled,
                               .scratch = workspace.scratch.data()});
      if (step->pooled) ++step;
    } else {
      (step->kind == Kind::max_pool ? kernels::max_pool_one : kernels::mean_pool_one)(step->window, x, y);
    }
    values = results_of(step->window, step->outputs);
    std::swap(x, y);
  }
  std::copy_n(x, outputs_, result);
}

}  // namespace scrawl
