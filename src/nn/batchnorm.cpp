#include "kernels/batchnorm.h"

#include "kernels/kernels.h"
#include "nn/blocks.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scrawl {
namespace {

using kernels::image_blocks;
using kernels::image_lanes;

/// The kernels sum over one block of samples; the sums of the blocks are added here, in order and in double.
/// A block that fits into the cache gets its mean first and then its squares about that mean, which lose
/// nothing; means and squares of blocks combine as in Chan, Golub and LeVeque ("Algorithms for computing the
/// sample variance", 1983). State: the running means, then the running (unbiased) variances. Saved: the means
/// and the inverse deviations that the forward pass took.
template <class T>
class BatchNormLayer final : public FastLayer<T> {
 public:
  BatchNormLayer(const Shape& shape, const BatchNorm& spec)
      : spec_(spec),
        shape_(shape),
        channels_(normalised_channels(shape)),
        places_(shape.size() / normalised_channels(shape)) {}

  Shape output_shape() const override { return shape_; }
  LayerTraits traits() const override { return {.state_size = 2 * channels_, .saved_size = 2 * channels_}; }
  FastTraits fast_traits() const override { return {.layout = Layout::lanes, .includes_activations = true}; }

  /// The weight is called a bias, because L2 shall not draw it to 0.
  std::vector<ParameterInfo> parameters() const override {
    return {{"weight", {channels_}, 0, ParameterKind::bias},
            {"bias", {channels_}, channels_, ParameterKind::bias}};
  }

  /// Two sums of each block and channel, then up to three factors of each channel.
  std::size_t scratch_size(std::size_t max_rows) const override {
    return (2 * image_blocks(max_rows) + 3) * channels_;
  }

  void initialise(const Initialiser&, const RandomKey&, std::span<T> parameters) const override {
    std::fill_n(parameters.begin(), channels_, T{1});
    std::fill_n(parameters.begin() + static_cast<std::ptrdiff_t>(channels_), channels_, T{0});
  }
  void initialise_state(std::span<T> state) const override {
    std::fill_n(state.begin(), channels_, T{0});
    std::fill_n(state.begin() + static_cast<std::ptrdiff_t>(channels_), channels_, T{1});
  }

  void fast_forward(const FastForward<T>& pass) const override {
    const auto& kernels = pass.compute.kernels();
    T* const mean = pass.saved.data();
    T* const inverse = mean + channels_;
    if (pass.mode == Mode::train) {
      for_each_block(
          pass, [&](std::size_t block) { kernels.channel_moments(sums_of(pass, block, nullptr, nullptr)); });
    }
    T* const factor = factors(pass);
    for_each_channel(pass, [&](std::size_t c) {
      if (pass.mode == Mode::train) {
        const Moments batch = moments(pass, c);
        mean[c] = static_cast<T>(batch.mean);
        inverse[c] = inverse_deviation(batch.variance);
        follow(batch.mean, pass.next_state[c]);
        follow(batch.unbiased_variance, pass.next_state[channels_ + c]);
      } else {
        mean[c] = pass.state[c];
        inverse[c] = inverse_deviation(static_cast<double>(pass.state[channels_ + c]));
      }
      factor[c] = pass.parameters[c] * inverse[c];
    });
    const bool relu = is_relu(pass.activation, pass.compute);
    for_each_block(pass, [&](std::size_t block) {
      T* const y = pass.output.data() + begin_of(block);
      kernels.channel_map({.channels = channels_,
                           .places = places_,
                           .samples = samples_of(pass, block),
                           .x = pass.input.data() + begin_of(block),
                           .dy = nullptr,
                           .mean = mean,
                           .factor = factor,
                           .dy_factor = nullptr,
                           .offset = pass.parameters.data() + channels_,
                           .y = y,
                           .relu = relu});
      finish(pass, begin_of(1), y);
    });
  }

  /// With x' = (x - mean) / deviation, over n values of a channel: db = sum dy, dw = sum dy x', and dx = w /
  /// deviation (dy - db / n - x' dw / n). In Mode::predict mean and deviation are constants, and the last two
  /// terms are not there.
  void fast_backward(const FastBackward<T>& pass) const override {
    const auto& kernels = pass.compute.kernels();
    const T* const mean = pass.saved.data();
    const T* const inverse = mean + channels_;
    for_each_block(pass, [&](std::size_t block) {
      kernels.channel_gradient_sums(
          sums_of(pass, block, pass.output_gradient.data() + begin_of(block), mean));
    });
    T* const dy_factor = factors(pass);
    T* const factor = dy_factor + channels_;
    T* const offset = factor + channels_;
    const double n = pass.mode == Mode::train ? static_cast<double>(pass.output.rows() * places_)
                                              : std::numeric_limits<double>::infinity();
    for_each_channel(pass, [&](std::size_t c) {
      double bias_gradient = 0;
      double weight_gradient = 0;
      for (std::size_t block = 0; block < image_blocks(pass.output.rows()); ++block) {
        bias_gradient += static_cast<double>(pass.scratch[2 * block * channels_ + c]);
        weight_gradient += static_cast<double>(pass.scratch[(2 * block + 1) * channels_ + c]);
      }
      const auto deviation = static_cast<double>(inverse[c]);
      weight_gradient *= deviation;
      dy_factor[c] = pass.parameters[c] * inverse[c];
      factor[c] = static_cast<T>(-static_cast<double>(dy_factor[c]) * deviation * weight_gradient / n);
      offset[c] = static_cast<T>(-static_cast<double>(dy_factor[c]) * bias_gradient / n);
      if (pass.parameter_gradient.empty()) return;
      pass.parameter_gradient[c] = static_cast<T>(weight_gradient);
      pass.parameter_gradient[channels_ + c] = static_cast<T>(bias_gradient);
    });
    if (pass.input_gradient.empty()) return;
    for_each_block(pass, [&](std::size_t block) {
      const T* const x = pass.input.data() + begin_of(block);
      T* const dx = pass.input_gradient.data() + begin_of(block);
      kernels.channel_map_gradient({.channels = channels_,
                                    .places = places_,
                                    .samples = samples_of(pass, block),
                                    .x = x,
                                    .dy = pass.output_gradient.data() + begin_of(block),
                                    .mean = mean,
                                    .factor = factor,
                                    .dy_factor = dy_factor,
                                    .offset = offset,
                                    .y = dx});
      if (pass.activation_before.gradient) pass.activation_before.gradient(begin_of(1), x, dx, dx);
    });
  }

 private:
  struct Moments {
    double mean = 0;
    double variance = 0;
    double unbiased_variance = 0;
  };

  std::size_t begin_of(std::size_t block) const { return block * shape_.size() * image_lanes; }

  template <class Pass>
  static std::size_t samples_of(const Pass& pass, std::size_t block) {
    return std::min(image_lanes, pass.output.rows() - block * image_lanes);
  }

  /// The two sums of a block lie one behind the other.
  template <class Pass>
  kernels::ChannelSums<T> sums_of(const Pass& pass, std::size_t block, const T* dy, const T* mean) const {
    T* const sums = pass.scratch.data() + 2 * block * channels_;
    return {.channels = channels_,
            .places = places_,
            .samples = samples_of(pass, block),
            .x = pass.input.data() + begin_of(block),
            .dy = dy,
            .mean = mean,
            .first = sums,
            .second = sums + channels_};
  }
  template <class Pass>
  T* factors(const Pass& pass) const {
    return pass.scratch.data() + 2 * image_blocks(pass.output.rows()) * channels_;
  }

  template <class Pass, class Run>
  void for_each_channel(const Pass& pass, const Run& run) const {
    constexpr std::size_t grain = 256;
    pass.compute.pool().run_ranges(channels_, grain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t c = begin; c < end; ++c) run(c);
    });
  }

  /// Of channel `c` over the batch, from those of the blocks.
  Moments moments(const FastForward<T>& pass, std::size_t c) const {
    const auto blocks = image_blocks(pass.output.rows());
    const auto visit = [&](const auto& add) {
      for (std::size_t block = 0; block < blocks; ++block) {
        const T* const sums = pass.scratch.data() + 2 * block * channels_;
        add(static_cast<double>(samples_of(pass, block) * places_), static_cast<double>(sums[c]),
            static_cast<double>(sums[channels_ + c]));
      }
    };
    const auto count = static_cast<double>(pass.output.rows() * places_);
    double mean = 0;
    double squares = 0;
    visit([&](double n, double block_mean, double) { mean += n * block_mean / count; });
    visit([&](double n, double block_mean, double block_squares) {
      squares += block_squares + n * (block_mean - mean) * (block_mean - mean);
    });
    return {mean, squares / count, squares / std::max(1.0, count - 1)};
  }

  T inverse_deviation(double variance) const {
    return static_cast<T>(1 / std::sqrt(variance + static_cast<double>(spec_.epsilon)));
  }
  void follow(double value, T& running) const {
    running += static_cast<T>(spec_.momentum) * (static_cast<T>(value) - running);
  }

  BatchNorm spec_;
  Shape shape_;
  std::size_t channels_;
  std::size_t places_;
};

}  // namespace

CustomLayer makers(const BatchNorm& spec) { return custom_layer<BatchNormLayer>("batchnorm", spec); }

}  // namespace scrawl
