#include "kernels/kernels.h"
#include "nn/layers.h"

#include <cmath>

namespace scrawl {
namespace {

/// Work is divided in units that fill the matrix kernel's tiles: rows of a tile, columns of its vectors.
constexpr std::size_t row_grain = 12;
constexpr std::size_t column_grain = 64;

/// C = A B (+ bias), divided over columns where each thread gets enough of them, so that a thread reads only
/// its part of B, and over rows otherwise.
template <class T>
void parallel_gemm(const kernels::Gemm<T>& whole, void (*gemm)(const kernels::Gemm<T>&),
                   const BasicCompute<T>& compute) {
  const std::size_t threads = compute.threads();
  if (threads > 1 && (whole.columns >= threads * column_grain || whole.rows < threads * row_grain)) {
    const std::size_t grain = whole.columns >= threads * column_grain ? column_grain : column_grain / 4;
    compute.pool().run_ranges(whole.columns, grain, [&](std::size_t begin, std::size_t end) {
      auto part = whole;
      part.columns = end - begin;
      part.b += begin;
      part.c += begin;
      if (part.bias) part.bias += begin;
      gemm(part);
    });
    return;
  }
  compute.pool().run_ranges(whole.rows, row_grain, [&](std::size_t begin, std::size_t end) {
    auto part = whole;
    part.rows = end - begin;
    part.a += begin * whole.a_row_stride;
    part.c += begin * whole.c_stride;
    gemm(part);
  });
}

/// Weights lie as (inputs, outputs), then the bias.
template <class T>
class DenseLayer final : public Layer<T> {
 public:
  DenseLayer(const Dense& spec, const Shape& input)
      : inputs_(input.size()), outputs_(spec.outputs), bias_(spec.bias) {}

  Shape output_shape() const override { return {1, 1, outputs_}; }

  std::vector<ParameterInfo> parameters() const override {
    std::vector<ParameterInfo> infos = {{"weight", {outputs_, inputs_}, 0, ParameterKind::weight}};
    if (bias_) infos.push_back({"bias", {outputs_}, inputs_ * outputs_, ParameterKind::bias});
    return infos;
  }

  bool descends() const override { return true; }

  /// The output gradient and the input gradient, both transposed.
  std::size_t scratch_size(std::size_t max_rows) const override { return max_rows * (outputs_ + inputs_); }

  void initialise(const Initialiser& initialiser, const RandomKey& key,
                  std::span<T> parameters) const override {
    using Kind = Initialiser::Kind;
    const auto fan_in = static_cast<double>(inputs_);
    const auto fan_out = static_cast<double>(outputs_);
    double deviation = 0;
    switch (initialiser.kind) {
      case Kind::zeros: break;
      case Kind::normal: deviation = initialiser.deviation; break;
      case Kind::fan_out: deviation = 1 / std::sqrt(fan_out); break;
      case Kind::glorot: deviation = std::sqrt(6 / (fan_in + fan_out)); break;
      case Kind::he: deviation = std::sqrt(2 / fan_in); break;
    }
    for (auto& value : parameters) value = 0;
    if (deviation == 0) return;
    for (std::size_t i = 0; i < inputs_; ++i) {
      for (std::size_t o = 0; o < outputs_; ++o) {
        // Counted as files hold the weights, so that the memory layout may change and the numbers stay.
        const auto index = static_cast<std::uint32_t>(o * inputs_ + i);
        const double draw = initialiser.kind == Kind::glorot ? 2.0 * random_uniform(key, index) - 1.0
                                                             : random_normal(key, index);
        parameters[i * outputs_ + o] = static_cast<T>(static_cast<float>(deviation * draw));
      }
    }
  }

  void forward(const Forward<T>& pass) const override {
    const T* weights = pass.parameters.data();
    const auto& kernels = pass.compute.kernels();
    // A batch shares each weight between its rows, so that only a single image gains from leaving out zeros.
    const bool sparse = pass.sparse_input && pass.input.rows() == 1;
    parallel_gemm<T>({.rows = pass.input.rows(),
                      .columns = outputs_,
                      .depth = inputs_,
                      .a = pass.input.data(),
                      .a_row_stride = pass.input.stride(),
                      .a_depth_stride = 1,
                      .b = weights,
                      .b_stride = outputs_,
                      .bias = bias_ ? weights + inputs_ * outputs_ : nullptr,
                      .c = pass.output.data(),
                      .c_stride = pass.output.stride()},
                     sparse ? kernels.sparse_gemm : kernels.gemm, pass.compute);
  }

  /// The input gradient comes first: it needs the weights as they were before the step.
  void backward(const Backward<T>& pass) const override {
    if (!pass.input_gradient.empty()) input_gradient(pass);
    if (!pass.parameter_gradient.empty()) weight_gradient(pass);
  }

 private:
  /// dW = X^T dY and db = the column sums of dY, or the step along them; every element is summed in the order
  /// of the samples.
  void weight_gradient(const Backward<T>& pass) const {
    const auto& dy = pass.output_gradient;
    const auto& kernels = pass.compute.kernels();
    T* const gradient = pass.parameter_gradient.data();
    T* const weights = pass.descent ? pass.descending.data() : gradient;
    pass.compute.pool().run_ranges(inputs_, row_grain, [&](std::size_t begin, std::size_t end) {
      kernels.gemm({.rows = end - begin,
                    .columns = outputs_,
                    .depth = dy.rows(),
                    .a = pass.input.data() + begin,
                    .a_row_stride = 1,
                    .a_depth_stride = pass.input.stride(),
                    .b = dy.data(),
                    .b_stride = dy.stride(),
                    .bias = nullptr,
                    .c = weights + begin * outputs_,
                    .c_stride = outputs_,
                    .descent = pass.descent});
      if (!bias_ || begin != 0) return;
      T* const bias_gradient = gradient + inputs_ * outputs_;
      kernels.column_sums(dy.rows(), outputs_, dy.data(), dy.stride(), bias_gradient);
      if (pass.descent)
        kernels.update_sgd(outputs_, {.learning_rate = pass.descent->learning_rate}, bias_gradient,
                           weights + inputs_ * outputs_);
    });
  }

  /// dX = dY W^T, computed as dX^T = W dY^T with the samples along the vectors: the weights are then read as
  /// they lie, and only the two small matrices are transposed.
  void input_gradient(const Backward<T>& pass) const {
    const auto& dy = pass.output_gradient;
    const auto& dx = pass.input_gradient;
    const auto& kernels = pass.compute.kernels();
    const std::size_t rows = dy.rows();
    const T* dy_transposed = dy.data();
    T* dx_transposed = dx.data();
    if (rows > 1) {  // one row is its own transpose
      T* const scratch = pass.scratch.data();
      pass.compute.pool().run_ranges(outputs_, column_grain, [&](std::size_t begin, std::size_t end) {
        kernels.transpose(rows, end - begin, dy.data() + begin, dy.stride(), scratch + begin * rows, rows);
      });
      dy_transposed = scratch;
      dx_transposed = scratch + outputs_ * rows;
    }
    pass.compute.pool().run_ranges(inputs_, row_grain, [&](std::size_t begin, std::size_t end) {
      kernels.gemm({.rows = end - begin,
                    .columns = rows,
                    .depth = outputs_,
                    .a = pass.parameters.data() + begin * outputs_,
                    .a_row_stride = outputs_,
                    .a_depth_stride = 1,
                    .b = dy_transposed,
                    .b_stride = rows,
                    .bias = nullptr,
                    .c = dx_transposed + begin * rows,
                    .c_stride = rows});
      if (rows > 1)
        kernels.transpose(end - begin, rows, dx_transposed + begin * rows, rows, dx.data() + begin,
                          dx.stride());
    });
  }

  std::size_t inputs_;
  std::size_t outputs_;
  bool bias_;
};

}  // namespace

template <class T>
std::unique_ptr<Layer<T>> make_dense(const Dense& spec, const Shape& input) {
  return std::make_unique<DenseLayer<T>>(spec, input);
}

template std::unique_ptr<Layer<float>> make_dense(const Dense&, const Shape&);
template std::unique_ptr<Layer<double>> make_dense(const Dense&, const Shape&);

}  // namespace scrawl
