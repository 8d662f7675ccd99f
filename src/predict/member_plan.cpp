#include "predict/member_plan.h"

#include "scrawl/prediction.h"

#include "base/finite.h"
#include "base/prefetch.h"
#include "base/rounding.h"
#include "kernels/kernels.h"
#include "model/dense_arrays.h"
#include "predict/fold.h"
#include "predict/largest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <variant>

namespace scrawl {
namespace {

constexpr std::size_t vector_columns = 16;
constexpr std::size_t most_inputs = 65536;  // that list_bytes can count
constexpr std::size_t most_columns =
    128;  // of a strip: as many as have room in AVX-512's registers for two images

}  // namespace

/// What a block of images needs: lists of places, and the outputs of two layers.
struct MemberPlan::Scratch {
  alignas(64) std::array<std::uint32_t, std::size_t{16} * 1024> lists;
  alignas(64) std::array<float, std::size_t{32} * 1024> numbers;
};

MemberPlan::MemberPlan(const MemberView& member, Target target)
    : compute_(1, target),
      loss_(member.info.loss),
      pixels_(member.network.inputs()),
      classes_(member.network.outputs()) {}

std::optional<MemberPlan> MemberPlan::make(const MemberView& member, Target target) {
  const auto& layers = member.network.spec().layers;
  const bool has_norms = std::any_of(layers.begin(), layers.end(), [](const LayerSpec& layer) {
    return std::holds_alternative<BatchNorm>(layer);
  });
  if (!has_norms) return make_folded(member, target);
  const Network folded = fold_batchnorm(member.network);
  return make_folded({folded, member.info}, target);
}

std::optional<MemberPlan> MemberPlan::make_folded(const MemberView& member, Target target) {
  MemberPlan plan(member, target);
  if (!plan.plan_front(member) || !plan.plan_layers(member.network.spec()) || !plan.plan_memory())
    return std::nullopt;
  plan.pack_weights(member);
  if (!plan.has_finite_weights()) return std::nullopt;
  return plan;
}

bool MemberPlan::plan_front(const MemberView& member) {
  if (std::holds_alternative<Dense>(member.network.spec().layers.front())) return pixels_ < most_inputs;
  front_ = PicturePlan::make(member, compute_);
  return front_.has_value();
}

bool MemberPlan::plan_layers(const ModelSpec& spec) {
  std::size_t inputs = front_ ? front_->outputs() : pixels_;
  std::size_t weights = 0;
  for (std::size_t place = front_ ? front_->layers() : 0; place < spec.layers.size(); ++place) {
    const LayerSpec& layer = spec.layers[place];
    if (const auto* dense = std::get_if<Dense>(&layer)) {
      DenseLayer next{
          .inputs = inputs, .outputs = dense->outputs, .width = rounded_up(dense->outputs, vector_columns)};
      const std::size_t strips = (next.width + most_columns - 1) / most_columns;
      const std::size_t vectors = next.width / vector_columns;
      next.strips.reserve(strips);
      for (std::size_t s = 0; s < strips; ++s) {
        const std::size_t columns = (vectors * (s + 1) / strips - vectors * s / strips) * vector_columns;
        next.strips.push_back({.columns = columns, .weights = weights});
        weights += (inputs + 1) * columns;
      }
      auto& room = room_[layers_.size() % 2];
      room = std::max(room, next.width);
      list_stride_ = std::max(list_stride_, rounded_up(inputs + kernels::list_room, vector_columns));
      inputs = dense->outputs;
      layers_.push_back(std::move(next));
      continue;
    }
    if (std::holds_alternative<Dropout>(layer) || std::holds_alternative<Flatten>(layer)) continue;
    if (layers_.empty() || layers_.back().activation) return false;
    layers_.back().activation = ActivationStep::make(layer, compute_);
    layers_.back().makes_zeros = std::holds_alternative<Relu>(layer);
    if (!layers_.back().activation) return false;
  }
  weights_.resize(weights);
  return true;
}

bool MemberPlan::plan_memory() {
  const std::size_t numbers = std::tuple_size_v<decltype(Scratch::numbers)>;
  const std::size_t lists = std::tuple_size_v<decltype(Scratch::lists)>;
  block_ = std::min(kernels::most_listed_rows, numbers / std::max<std::size_t>(1, room_[0] + room_[1]));
  most_listed_ = 2 * (lists / std::max<std::size_t>(1, list_stride_));
  // The first layer that takes bytes takes them listed; what other layers take may be left as it is.
  if (!front_) block_ = std::min(block_, most_listed_);
  return block_ > 0;
}

bool MemberPlan::has_finite_weights() const {
  // What is infinite times 0 is no number, so that leaving out zeros would change the result.
  return all_finite(weights_) && (!front_ || front_->has_finite_weights());
}

void MemberPlan::pack_weights(const MemberView& member) {
  const auto& specs = member.network.spec().layers;
  std::size_t place = 0;
  for (const auto& layer : layers_) {
    while (!std::holds_alternative<Dense>(specs[place])) ++place;
    DenseArrays arrays = dense_arrays(member.network, place);
    arrays.bias.resize(layer.outputs);
    if (!front_ && &layer == layers_.data()) fold_preprocessing(member.info.preprocessing, arrays);
    ++place;
    std::size_t first = 0;
    for (const auto& strip : layer.strips) {
      const std::size_t used = std::min(strip.columns, layer.outputs - first);
      float* to = weights_.data() + strip.weights;
      for (std::size_t i = 0; i < layer.inputs; ++i, to += strip.columns)
        std::copy_n(arrays.weight.data() + i * layer.outputs + first, used, to);
      std::copy_n(arrays.bias.data() + first, used, to);
      first += strip.columns;
    }
  }
}

void MemberPlan::predict(std::span<const std::uint8_t> images, std::span<float> probabilities,
                         std::span<std::uint8_t> predictions) const {
  Scratch scratch;  // left as it is: what is read was written before
  std::optional<PicturePlan::Loan> memory;
  if (front_) memory.emplace(front_->borrow());
  const std::size_t count = images.size() / pixels_;
  for (std::size_t first = 0; first < count; first += block_) {
    const std::size_t rows = std::min(block_, count - first);
    const std::uint8_t* const block = images.data() + first * pixels_;
    const float* const values = front_ ? front_->run(rows, block, compute_, **memory) : nullptr;
    prefetch(block + rows * pixels_, std::min(block_, count - first - rows) * pixels_);
    predict_block(rows, block, values, probabilities.data() + first * classes_,
                  predictions.empty() ? nullptr : predictions.data() + first, scratch);
  }
}

/// Lists for each pair of rows what is not 0 in one of them: of `values`, or if that is null, of the images.
void MemberPlan::make_lists(std::size_t rows, const DenseLayer& layer, const std::uint8_t* images,
                            const float* values, std::size_t stride, std::uint32_t* lists) const {
  const auto pair = [&](const auto& list_places, const auto* x, std::size_t r, std::uint32_t* list) {
    x += r * stride;
    return list_places(layer.inputs, x, r + 1 < rows ? x + stride : nullptr, list);
  };
  const auto& kernels = compute_.kernels();
  for (std::size_t r = 0; r < rows; r += 2, lists += list_stride_) {
    const std::size_t count =
        values ? pair(kernels.list_nonzero, values, r, lists) : pair(kernels.list_bytes, images, r, lists);
    lists[count] = kernels::list_end;
  }
}

void MemberPlan::predict_block(std::size_t rows, const std::uint8_t* images, const float* values,
                               float* probabilities, std::uint8_t* predictions, Scratch& scratch) const {
  const auto& kernels = compute_.kernels();
  std::uint32_t* const lists = scratch.lists.data();
  float* out = scratch.numbers.data();
  float* spare = out + block_ * room_[0];
  const float* in = values;  // null: the bytes
  std::size_t in_width = front_ ? front_->outputs() : pixels_;
  bool many_zeros = front_ && front_->makes_zeros();
  for (const auto& layer : layers_) {
    const bool narrow = layer.width <= kernels::narrow_columns;
    const bool listed = in == nullptr || (many_zeros && !narrow && rows <= most_listed_);
    const auto gemm = narrow ? kernels.narrow_gemm : kernels.gemm;
    if (listed) make_lists(rows, layer, images, in, in_width, lists);
    std::size_t column = 0;
    for (const auto& strip : layer.strips) {
      const float* const weights = weights_.data() + strip.weights;
      const float* const bias = weights + layer.inputs * strip.columns;
      if (listed)
        kernels.listed_gemm({.rows = rows,
                             .columns = strip.columns,
                             .depth = layer.inputs,
                             .lists = lists,
                             .list_stride = list_stride_,
                             .x = in,
                             .x_stride = in_width,
                             .w = weights,
                             .bias = bias,
                             .c = out + column,
                             .c_stride = layer.width});
      else
        gemm({.rows = rows,
              .columns = strip.columns,
              .depth = layer.inputs,
              .a = in,
              .a_row_stride = in_width,
              .b = weights,
              .b_stride = strip.columns,
              .bias = bias,
              .c = out + column,
              .c_stride = layer.width});
      column += strip.columns;
    }
    if (layer.activation) layer.activation->run(rows * layer.width, out, compute_);
    many_zeros = layer.makes_zeros;
    in_width = layer.width;
    in = out;
    std::swap(out, spare);
  }
  const bool short_softmax = !std::holds_alternative<SquaredError>(loss_) && classes_ <= vector_columns;
  for (std::size_t r = 0; r < rows; ++r) {
    float* const row = probabilities + r * classes_;
    if (predictions) predictions[r] = largest({in + r * in_width, classes_});
    if (short_softmax) {
      kernels.short_softmax(classes_, in + r * in_width, row);
      continue;
    }
    std::copy_n(in + r * in_width, classes_, row);
    to_probabilities({row, classes_}, loss_, compute_);
  }
}

}  // namespace scrawl
