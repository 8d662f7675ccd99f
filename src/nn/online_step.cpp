#include "nn/online_step.h"

#include "base/rounding.h"
#include "kernels/kernels.h"
#include "nn/layer_kinds.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace scrawl {
namespace {

using kernels::online_chains;
using kernels::online_lanes;

/// Where the first layer's weights take in what was kept apart, so that roundings do not pile up: a function
/// of the step number, and of how far the weights have shrunk.
constexpr std::uint64_t steps_between_folds = 8192;
constexpr double least_scale = 0.5;

/// Weights behind the first layer, which exist twice: more do not stay in a core's own cache, and one copy is
/// better then.
constexpr std::size_t most_inner_weights = std::size_t{1} << 17;

/// A place in a list of pixels has 16 bits.
constexpr std::size_t most_pixels = 0xffff;

/// Hands out parts of a zeroed array; with none, only counts.
class Parts {
 public:
  explicit Parts(float* memory) : memory_(memory) {}
  float* take(std::size_t size) {
    float* const part = memory_ ? memory_ + size_ : nullptr;
    size_ += rounded_up(size, online_lanes);
    return part;
  }
  std::size_t size() const { return size_; }

 private:
  float* memory_;
  std::size_t size_ = 0;
};

/// Columns of a row that do not fill a vector: a short vector takes them, or a whole one.
std::size_t tail_of(std::size_t outputs) {
  const std::size_t left = outputs % online_lanes;
  return left == 0 || left > 8 ? 0 : left > 4 ? 8 : 4;
}

void take_memory(kernels::OnlineLayer<float>& layer, bool first, std::size_t padded_inputs, bool bias,
                 Parts& parts) {
  auto& rows = layer.weights;
  rows.tail_columns = first ? tail_of(layer.outputs) : 0;
  rows.head_columns = rows.tail_columns ? layer.outputs / online_lanes * online_lanes : layer.padded;
  // The first layer has one more row, to which the padding of lists points.
  const std::size_t count = first ? layer.inputs + 1 : layer.inputs;
  rows.head = parts.take(count * rows.head_columns);
  rows.tail = parts.take(count * rows.tail_columns);
  if (!first) layer.transposed = parts.take(rounded_up(layer.outputs, online_chains) * padded_inputs);
  if (bias) layer.bias = parts.take(layer.padded);
  layer.output = parts.take(layer.padded);
  layer.error = parts.take(layer.padded);
  layer.delta = parts.take(layer.padded);
}

}  // namespace

bool OnlineStep::suits(const ModelSpec& model, const OptimizerSpec& optimizer) {
  if (optimizer.kind != OptimizerSpec::Kind::sgd || optimizer.clip_norm != 0) return false;
  // Weight decay is a factor that must stay above 0.
  const auto& schedule = optimizer.schedule;
  const bool grows = schedule.kind == Schedule::Kind::step
                         ? schedule.factor > 1
                         : schedule.start_factor > 1 || schedule.final_factor > 1;
  if (optimizer.l2 != 0 && (grows || !(optimizer.l2 * optimizer.learning_rate <= 0.5F))) return false;

  std::size_t width = model.input.size();
  if (width >= most_pixels) return false;
  std::size_t inner_weights = 0;
  bool behind_dense = false;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    if (const auto* dense = as<Dense>(model.layers[i])) {
      if (i > 0) inner_weights += width * dense->outputs;
      if (inner_weights > most_inner_weights) return false;
      width = dense->outputs;
      behind_dense = true;
    } else {
      if (!behind_dense || !facts_of(model.layers[i]).online) return false;
      behind_dense = false;
    }
  }
  return width > 0;
}

OnlineStep::OnlineStep(const Network& network, float background, float l2, bool raw_hidden_error)
    : l2_(l2), raw_hidden_error_(raw_hidden_error) {
  std::vector<bool> biases;
  std::size_t width = network.inputs();
  std::size_t place = 0;
  for (const auto& spec : network.spec().layers) {
    if (const auto* dense = as<Dense>(spec)) {
      Layer layer;
      layer.inputs = layers_.empty() ? width : rounded_up(width, online_chains);
      layer.outputs = dense->outputs;
      layer.padded = rounded_up(dense->outputs, online_lanes);
      layers_.push_back(layer);
      biases.push_back(dense->bias);
      places_of_layers_.push_back(place);
      place += (width + (dense->bias ? 1 : 0)) * dense->outputs;
      width = dense->outputs;
    } else {
      layers_.back().activation = *facts_of(spec).online;
    }
  }
  const auto lay_out = [&](Parts parts) {
    for (std::size_t l = 0; l < layers_.size(); ++l)
      take_memory(layers_[l], l == 0, l == 0 ? 0 : layers_[l - 1].padded, biases[l], parts);
    net_.shared = background != 0 ? parts.take(first().padded) : nullptr;
    net_.total = background != 0 ? parts.take(first().padded) : nullptr;
    return parts.size();
  };
  memory_.assign(lay_out(Parts(nullptr)), 0.0F);
  lay_out(Parts(memory_.data()));

  folded_.resize(first_size());
  net_.layers = layers_.data();
  net_.layer_count = layers_.size();
  net_.background = background;
  restore(network, {});
}

float OnlineStep::step(std::uint64_t step, const Sample& sample, float learning_rate, const Loss& loss,
                       const Compute& compute) {
  if (step % steps_between_folds == 0 || scale_ < least_scale) fold(compute);
  net_.inputs = sample.list.inputs;
  net_.count = sample.list.count;
  net_.value_sum = sample.list.value_sum;
  net_.scale = static_cast<float>(scale_);
  const auto& kernels = compute.kernels();
  kernels.online_forward(net_);
  sample.next.fetch();  // here, where the processor waits: one result depends on the one before

  const Layer& last = layers_.back();
  const float value =
      loss.evaluate(output(), {&sample.label, 1}, MatrixView<float>(last.error, 1, last.outputs), compute);

  kernels::OnlineDescent<float> descent{.rate = learning_rate, .raw = raw_hidden_error_};
  if (l2_ != 0) {
    const double keep = 1 - static_cast<double>(learning_rate) * static_cast<double>(l2_);
    scale_ *= keep;
    descent.keep = static_cast<float>(keep);
    descent.inverse_scale = static_cast<float>(1 / scale_);
  }
  kernels.online_errors(net_, descent);
  kernels.online_update(net_, descent);
  return value;
}

float OnlineStep::sum_of_squares(const Compute& compute) {
  const auto squares = [&](const float* values, std::size_t count) {
    return compute.kernels().sum_of_squares(count, values);
  };
  float sum = 0;
  if (has_background()) {
    auto net = net_;
    net.scale = static_cast<float>(scale_);
    compute.kernels().online_weights(net, folded_.data());
    sum = squares(folded_.data(), first_size());
  } else {
    const auto& rows = first().weights;
    const float head = squares(rows.head, first().inputs * rows.head_columns);
    const float tail = squares(rows.tail, first().inputs * rows.tail_columns);
    sum = static_cast<float>(scale_ * scale_) * (head + tail);
  }
  for (std::size_t l = 1; l < layers_.size(); ++l)
    sum += squares(layers_[l].weights.head, layers_[l].inputs * layers_[l].weights.head_columns);
  return sum;
}

MatrixView<const float> OnlineStep::output() const {
  return {layers_.back().output, 1, layers_.back().outputs};
}

void OnlineStep::write_parameters(Network& network, const Compute& compute) const {
  auto net = net_;
  net.scale = static_cast<float>(scale_);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const std::size_t inputs = l == 0 ? layer.inputs : layers_[l - 1].outputs;
    float* const to = network.parameters().data() + places_of_layers_[l];
    if (l == 0)
      compute.kernels().online_weights(net, to);
    else
      for (std::size_t k = 0; k < inputs; ++k)
        std::copy_n(layer.weights.head + k * layer.weights.head_columns, layer.outputs,
                    to + k * layer.outputs);
    if (layer.bias) std::copy_n(layer.bias, layer.outputs, to + inputs * layer.outputs);
  }
}

void OnlineStep::fold(const Compute& compute) {
  if (state_size() == 0) return;
  net_.scale = static_cast<float>(scale_);
  compute.kernels().online_weights(net_, folded_.data());
  set_first_weights(folded_.data());
  scale_ = 1;
  if (!has_background()) return;
  std::fill_n(net_.shared, first().padded, 0.0F);
  sum_rows();
}

void OnlineStep::set_first_weights(const float* weights) {
  const auto& rows = first().weights;
  const std::size_t outputs = first().outputs;
  const std::size_t head = std::min(outputs, rows.head_columns);
  for (std::size_t k = 0; k < first().inputs; ++k) {
    const float* const row = weights + k * outputs;
    std::copy_n(row, head, rows.head + k * rows.head_columns);
    std::copy_n(row + head, outputs - head, rows.tail + k * rows.tail_columns);
  }
}

/// The sum of all rows of the first layer, in their order.
void OnlineStep::sum_rows() {
  const auto& rows = first().weights;
  std::fill_n(net_.total, first().padded, 0.0F);
  for (std::size_t k = 0; k < first().inputs; ++k) {
    for (std::size_t j = 0; j < rows.head_columns; ++j) net_.total[j] += rows.head[k * rows.head_columns + j];
    for (std::size_t j = 0; j < rows.tail_columns; ++j)
      net_.total[rows.head_columns + j] += rows.tail[k * rows.tail_columns + j];
  }
}

std::size_t OnlineStep::state_size() const {
  if (!has_background() && l2_ == 0) return 0;
  return first_size() + 2 * first().outputs + 3;
}

std::vector<float> OnlineStep::state() const {
  std::vector<float> state;
  if (state_size() == 0) return state;
  state.reserve(state_size());
  const auto append = [&](const float* values, std::size_t count) {
    state.insert(state.end(), values, values + count);
  };
  const auto& rows = first().weights;
  const std::size_t head = std::min(first().outputs, rows.head_columns);
  for (std::size_t k = 0; k < first().inputs; ++k) {
    append(rows.head + k * rows.head_columns, head);
    append(rows.tail + k * rows.tail_columns, first().outputs - head);
  }
  const std::vector<float> zeros(first().outputs);
  append(has_background() ? net_.shared : zeros.data(), first().outputs);
  append(has_background() ? net_.total : zeros.data(), first().outputs);
  // Three floats hold the 53 bits of a double.
  double rest = scale_;
  for (int i = 0; i < 3; ++i) {
    state.push_back(static_cast<float>(rest));
    rest -= static_cast<double>(state.back());
  }
  return state;
}

void OnlineStep::restore(const Network& network, std::span<const float> state) {
  assert(state.empty() || state.size() == state_size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const std::size_t inputs = l == 0 ? layer.inputs : layers_[l - 1].outputs;
    const float* const from = network.parameters().data() + places_of_layers_[l];
    if (l == 0) {
      set_first_weights(from);
    } else {
      const std::size_t columns = layers_[l - 1].padded;
      for (std::size_t k = 0; k < inputs; ++k)
        for (std::size_t j = 0; j < layer.outputs; ++j)
          layer.weights.head[k * layer.weights.head_columns + j] = layer.transposed[j * columns + k] =
              from[k * layer.outputs + j];
    }
    if (layer.bias) std::copy_n(from + inputs * layer.outputs, layer.outputs, layer.bias);
  }
  scale_ = 1;
  if (has_background()) {
    std::fill_n(net_.shared, first().padded, 0.0F);
    sum_rows();
  }
  if (state.empty()) return;
  set_first_weights(state.data());
  const float* rest = state.data() + first_size();
  if (has_background()) {
    std::copy_n(rest, first().outputs, net_.shared);
    std::copy_n(rest + first().outputs, first().outputs, net_.total);
  }
  rest += 2 * first().outputs;
  scale_ = static_cast<double>(rest[0]) + static_cast<double>(rest[1]) + static_cast<double>(rest[2]);
}

}  // namespace scrawl
