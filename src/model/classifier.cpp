#include "model/classifier.h"

#include "scrawl/prediction.h"

#include "base/prefetch.h"
#include "kernels/kernels.h"
#include "model/dense_arrays.h"

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

std::size_t rounded_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

/// weights (rows x columns) for what whitening does to the pixels: W x = W' p, where x = whitening p.
std::vector<double> whitened(const std::vector<float>& whitening, const std::vector<double>& weights,
                             std::size_t rows, std::size_t columns) {
  std::vector<double> product(weights.size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t p = 0; p < rows; ++p)
      for (std::size_t c = 0; c < columns; ++c)
        product[p * columns + c] += double{whitening[r * rows + p]} * weights[r * columns + c];
  return product;
}

/// Makes of a layer that takes prepared pixels one that takes bytes.
void fold(const Preprocessing& preprocessing, DenseArrays& layer) {
  const std::size_t columns = layer.outputs;
  std::vector<double> weights(layer.weight.begin(), layer.weight.end());
  std::vector<double> bias(layer.bias.begin(), layer.bias.end());
  if (!preprocessing.whitening.empty())
    weights = whitened(preprocessing.whitening, weights, layer.inputs, columns);
  const auto of = [](const std::vector<float>& values, std::size_t pixel, double otherwise) {
    return values.empty() ? otherwise : double{values[values.size() == 1 ? 0 : pixel]};
  };
  for (std::size_t p = 0; p < layer.inputs; ++p) {
    const double deviation = of(preprocessing.deviation, p, 1);
    const double factor = double{preprocessing.factor} / preprocessing.divisor / deviation;
    const double background = (preprocessing.offset - of(preprocessing.mean, p, 0)) / deviation;
    for (std::size_t c = 0; c < columns; ++c) {
      double& weight = weights[p * columns + c];
      bias[c] += background * weight;
      weight *= factor;
    }
  }
  std::copy(weights.begin(), weights.end(), layer.weight.begin());
  std::copy(bias.begin(), bias.end(), layer.bias.begin());
}

/// Lists what is not 0 in row r of `x` or, if there is one, in the row behind it.
template <class T, class List>
std::size_t list_pair(const List& list_places, const T* x, std::size_t rows, std::size_t r,
                      std::size_t stride, std::size_t n, std::uint32_t* list) {
  x += r * stride;
  return list_places(n, x, r + 1 < rows ? x + stride : nullptr, list);
}

}  // namespace

/// What a block of images needs: lists of places, and the outputs of two layers.
struct Classifier::Scratch {
  alignas(64) std::array<std::uint32_t, std::size_t{16} * 1024> lists;
  alignas(64) std::array<float, std::size_t{32} * 1024> numbers;
};

std::optional<Classifier> Classifier::make(const Model& model, Target target) {
  Classifier classifier(model.info.loss, target);
  if (!classifier.plan_layers(model.network.spec())) return std::nullopt;
  classifier.pack_weights(model);
  // What is infinite times 0 is no number, so that leaving out zeros would change the result.
  const auto finite = [](float weight) { return std::isfinite(weight); };
  if (!std::all_of(classifier.weights_.begin(), classifier.weights_.end(), finite)) return std::nullopt;
  return classifier;
}

bool Classifier::plan_layers(const ModelSpec& spec) {
  std::size_t inputs = spec.input.size();
  std::size_t weights = 0;
  for (const auto& layer : spec.layers) {
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
    if (layers_.empty() || layers_.back().activation != nullptr) return false;
    if (std::holds_alternative<CustomLayer>(layer)) return false;
    layers_.back().activation = make_layer<float>(layer, {1, 1, inputs})->activation(compute_).function;
    layers_.back().makes_zeros = std::holds_alternative<Relu>(layer);
    if (layers_.back().activation == nullptr) return false;
  }
  const std::size_t numbers = std::tuple_size_v<decltype(Scratch::numbers)> / (room_[0] + room_[1]);
  const std::size_t lists = std::tuple_size_v<decltype(Scratch::lists)> / list_stride_;
  block_ = std::min({kernels::most_listed_rows, numbers, 2 * lists});
  weights_.resize(weights);
  return block_ > 0 && spec.input.size() < most_inputs;
}

void Classifier::pack_weights(const Model& model) {
  const auto& specs = model.network.spec().layers;
  std::size_t place = 0;
  for (auto& layer : layers_) {
    while (!std::holds_alternative<Dense>(specs[place])) ++place;
    DenseArrays arrays = dense_arrays(model.network, place);
    arrays.bias.resize(layer.outputs);
    if (place == 0) fold(model.info.preprocessing, arrays);
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

void Classifier::predict(std::span<const std::uint8_t> images, std::span<float> probabilities) const {
  Scratch scratch;  // left as it is: what is read was written before
  const std::size_t pixels = layers_.front().inputs;
  const std::size_t classes = layers_.back().outputs;
  const std::size_t count = images.size() / pixels;
  for (std::size_t first = 0; first < count; first += block_) {
    const std::size_t rows = std::min(block_, count - first);
    const std::uint8_t* const block = images.data() + first * pixels;
    prefetch(block + rows * pixels, std::min(block_, count - first - rows) * pixels);
    predict_block(rows, block, probabilities.data() + first * classes, scratch);
  }
}

void Classifier::predict_block(std::size_t rows, const std::uint8_t* images, float* probabilities,
                               Scratch& scratch) const {
  const auto& kernels = compute_.kernels();
  std::uint32_t* const lists = scratch.lists.data();
  float* out = scratch.numbers.data();
  float* in = out + block_ * room_[0];
  std::size_t in_width = layers_.front().inputs;
  bool first = true;
  bool many_zeros = true;
  for (const auto& layer : layers_) {
    const bool narrow = layer.width <= kernels::narrow_columns;
    const bool listed = first || (many_zeros && !narrow);
    const auto gemm = narrow ? kernels.narrow_gemm : kernels.gemm;
    for (std::size_t r = 0; listed && r < rows; r += 2) {
      std::uint32_t* const list = lists + r / 2 * list_stride_;
      const std::size_t count =
          first ? list_pair(kernels.list_bytes, images, rows, r, in_width, layer.inputs, list)
                : list_pair(kernels.list_nonzero, in, rows, r, in_width, layer.inputs, list);
      list[count] = kernels::list_end;
    }
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
                             .x = first ? nullptr : in,
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
    if (layer.activation) layer.activation(rows * layer.width, out, out);
    many_zeros = layer.makes_zeros;
    in_width = layer.width;
    first = false;
    std::swap(in, out);
  }
  const std::size_t classes = layers_.back().outputs;
  const bool short_softmax = !std::holds_alternative<SquaredError>(loss_) && classes <= vector_columns;
  for (std::size_t r = 0; r < rows; ++r) {
    float* const row = probabilities + r * classes;
    if (short_softmax) {
      kernels.short_softmax(classes, in + r * in_width, row);
      continue;
    }
    std::copy_n(in + r * in_width, classes, row);
    to_probabilities({row, classes}, loss_, compute_);
  }
}

}  // namespace scrawl
