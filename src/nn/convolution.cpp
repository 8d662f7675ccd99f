#include "kernels/convolution.h"

#include "base/rounding.h"
#include "kernels/kernels.h"
#include "kernels/winograd.h"
#include "nn/blocks.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"

#include <algorithm>
#include <optional>

namespace scrawl {
namespace {

using kernels::image_blocks;
using kernels::image_lanes;
using kernels::Window;
using kernels::window_over;

/// Parts of the scratch memory begin at borders of vectors.
constexpr std::size_t padded(std::size_t values) { return rounded_up(values, image_lanes); }

/// Weights lie as (taps, outputs), then the bias. Threads divide the blocks of 16 samples. Which way a
/// convolution is computed depends on its shape alone.
template <class T>
class ConvolutionLayer final : public FastLayer<T> {
 public:
  ConvolutionLayer(const Shape& input, const Conv2d& spec)
      : window_(window_over(input, spec.kernel_height, spec.kernel_width, spec.stride, spec.padding)),
        outputs_(spec.outputs),
        bias_(spec.bias) {
    if (kernels::winograd_pays(window_, outputs_)) forward_winograd_ = window_;
    const bool can_turn = window_.stride == 1;
    const Window turned = can_turn ? kernels::turned(window_, outputs_) : Window{};
    if (can_turn && kernels::winograd_pays(turned, window_.channels)) backward_winograd_ = turned;
  }

  Shape output_shape() const override { return {outputs_, window_.out_height, window_.out_width}; }
  FastTraits fast_traits() const override { return {.layout = Layout::lanes, .includes_activations = true}; }

  std::vector<ParameterInfo> parameters() const override {
    std::vector<ParameterInfo> infos = {
        {"weight",
         {outputs_, window_.channels, window_.kernel_height, window_.kernel_width},
         0,
         ParameterKind::weight}};
    if (bias_) infos.push_back({"bias", {outputs_}, weights(), ParameterKind::bias});
    return infos;
  }

  std::size_t scratch_size(std::size_t max_rows) const override {
    const std::size_t blocks = image_blocks(max_rows);
    std::size_t forward = 0;
    std::size_t backward = padded(weights()) + blocks * padded(parameter_count());
    if (forward_winograd_) forward += winograd_size(*forward_winograd_, blocks);
    if (backward_winograd_) backward += winograd_size(*backward_winograd_, blocks);
    return std::max(forward, backward);
  }

  void initialise(const Initialiser& initialiser, const RandomKey& key,
                  std::span<T> parameters) const override {
    std::fill(parameters.begin(), parameters.end(), T{0});
    const std::size_t area = window_.kernel_height * window_.kernel_width;
    initialise_weights<T>(initialiser, {.inputs = window_.taps(), .outputs = outputs_, .area = area}, key,
                          parameters.subspan(0, weights()));
  }

  void fast_forward(const FastForward<T>& pass) const override {
    const auto& kernels = pass.compute.kernels();
    const bool relu = is_relu(pass.activation, pass.compute);
    const std::size_t places = outputs_ * window_.out_places() * image_lanes;
    const T* const bias = bias_ ? pass.parameters.data() + weights() : nullptr;
    if (forward_winograd_)
      kernels.winograd_weights(window_.channels, outputs_, pass.parameters.data(), pass.scratch.data());
    for_each_block(pass, [&](std::size_t block) {
      const T* const x = pass.input.data() + block * window_.places() * image_lanes;
      T* const y = pass.output.data() + block * places;
      if (forward_winograd_)
        winograd(pass, *forward_winograd_, block, pass.scratch.data(), bias, x, y, relu);
      else
        kernels.convolution({.window = window_,
                             .outputs = outputs_,
                             .weights = pass.parameters.data(),
                             .bias = bias,
                             .x = x,
                             .y = y,
                             .relu = relu});
      finish(pass, places, y);
    });
  }

  void fast_backward(const FastBackward<T>& pass) const override {
    const bool by_input = !pass.input_gradient.empty();
    const bool by_parameters = !pass.parameter_gradient.empty();
    T* const turned = pass.scratch.data();
    T* const partial = turned + padded(weights());
    T* const transformed = partial + image_blocks(pass.output.rows()) * padded(parameter_count());
    if (by_input) turn(pass.parameters.data(), turned);
    if (by_input && backward_winograd_)
      pass.compute.kernels().winograd_weights(outputs_, window_.channels, turned, transformed);
    for_each_block(pass, [&](std::size_t block) {
      if (by_parameters) weight_gradient(pass, block, partial + block * parameter_count());
      if (by_input) input_gradient(pass, block, turned, transformed);
    });
    if (by_parameters)
      pass.compute.kernels().column_sums(image_blocks(pass.output.rows()), parameter_count(), partial,
                                         parameter_count(), pass.parameter_gradient.data());
  }

 private:
  std::size_t weights() const { return window_.taps() * outputs_; }
  std::size_t parameter_count() const { return weights() + (bias_ ? outputs_ : 0); }

  void weight_gradient(const FastBackward<T>& pass, std::size_t block, T* gradient) const {
    pass.compute.kernels().convolution_weight_gradient(
        {.window = window_,
         .outputs = outputs_,
         .x = pass.input.data() + block * window_.places() * image_lanes,
         .dy = pass.output_gradient.data() + block * outputs_ * window_.out_places() * image_lanes,
         .dw = gradient,
         .db = bias_ ? gradient + weights() : nullptr});
  }

  void input_gradient(const FastBackward<T>& pass, std::size_t block, const T* turned, T* transformed) const {
    const std::size_t places = window_.places() * image_lanes;
    const T* const dy = pass.output_gradient.data() + block * outputs_ * window_.out_places() * image_lanes;
    T* const dx = pass.input_gradient.data() + block * places;
    if (backward_winograd_)
      winograd(pass, *backward_winograd_, block, transformed, nullptr, dy, dx, false);
    else
      pass.compute.kernels().convolution_input_gradient(
          {.window = window_, .outputs = outputs_, .weights = turned, .dy = dy, .dx = dx});
    if (pass.activation_before.gradient)
      pass.activation_before.gradient(places, pass.input.data() + block * places, dx, dx);
  }

  /// Memory for the transformed weights, and behind them for each block.
  std::size_t winograd_size(const Window& window, std::size_t blocks) const {
    return padded(kernels::winograd_products * window_.channels * outputs_) +
           blocks * padded(kernels::winograd_scratch(window.channels));
  }

  /// One block by Winograd's way; `transformed` as winograd_size says.
  template <class Pass>
  void winograd(const Pass& pass, const Window& window, std::size_t block, T* transformed, const T* bias,
                const T* x, T* y, bool relu) const {
    T* const scratch = transformed + winograd_size(window, block);
    pass.compute.kernels().winograd({.window = window,
                                     .outputs = window_.channels * outputs_ / window.channels,
                                     .weights = transformed,
                                     .bias = bias,
                                     .x = x,
                                     .y = y,
                                     .relu = relu,
                                     .scratch = scratch});
  }

  /// The weights as convolution_input_gradient wants them.
  void turn(const T* weights, T* turned) const {
    const std::size_t taps = window_.kernel_height * window_.kernel_width;
    for (std::size_t o = 0; o < outputs_; ++o)
      for (std::size_t tap = 0; tap < taps; ++tap)
        for (std::size_t channel = 0; channel < window_.channels; ++channel)
          *turned++ = weights[(channel * taps + taps - 1 - tap) * outputs_ + o];
  }

  Window window_;
  std::size_t outputs_;
  bool bias_;
  std::optional<Window> forward_winograd_;   // the window, where Winograd's way is the quicker one
  std::optional<Window> backward_winograd_;  // for the input gradient
};

}  // namespace

CustomLayer makers(const Conv2d& spec) { return custom_layer<ConvolutionLayer>("conv", spec); }

}  // namespace scrawl
