#include "kernels/kernels.h"
#include "nn/byte_batch.h"
#include "nn/fast_layer.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"

#include <algorithm>

namespace scrawl {
namespace {

/// Work is divided in units that fill the matrix kernel's tiles: rows of a tile, columns of its vectors.
constexpr std::size_t row_grain = 12;
constexpr std::size_t column_grain = 64;
constexpr std::size_t vector_grain = 16;  // also a cache line
constexpr std::size_t image_grain = 16;
constexpr std::size_t pixel_grain = 16;

/// Whether threads can divide the columns so that no two of them change one cache line.
bool divides_columns(std::size_t columns, std::size_t threads) {
  return columns % vector_grain == 0 && columns >= threads * vector_grain;
}

/// Products that one thread does alone: waking another would cost as much.
constexpr std::size_t smallest_shared = 100'000;

/// Calls run(begin, end) for ranges of [0, count), in one thread if all is `products` multiply-adds and that
/// is little.
template <class T, class Run>
void divide(std::size_t count, std::size_t grain, std::size_t products, const BasicCompute<T>& compute,
            const Run& run) {
  if (products < smallest_shared)
    run(std::size_t{0}, count);
  else
    compute.pool().run_ranges(count, grain, run);
}

template <class T>
void apply(const Elementwise<T>& activation, std::size_t rows, std::size_t columns, T* c,
           std::size_t stride) {
  if (activation.function == nullptr) return;
  if (stride == columns) {
    activation.function(rows * columns, c, c);
  } else {
    for (std::size_t r = 0; r < rows; ++r) activation.function(columns, c + r * stride, c + r * stride);
  }
}

/// A product's columns [begin, end).
template <class Product>
Product columns_of(Product product, std::size_t begin, std::size_t end) {
  product.columns = end - begin;
  product.b += begin;
  product.c += begin;
  if constexpr (requires { product.bias; })
    if (product.bias) product.bias += begin;
  return product;
}

/// activation(A B + bias), divided over columns where each thread gets enough of them, so that a thread reads
/// only its part of B, and over rows otherwise.
template <class T>
void parallel_gemm(const kernels::Gemm<T>& whole, void (*gemm)(const kernels::Gemm<T>&),
                   const Elementwise<T>& activation, const BasicCompute<T>& compute) {
  const std::size_t threads = compute.threads();
  const std::size_t products = whole.rows * whole.columns * whole.depth;
  if (threads > 1 && (whole.columns >= threads * column_grain || whole.rows < threads * row_grain)) {
    const std::size_t grain = whole.columns >= threads * column_grain ? column_grain : column_grain / 4;
    divide(whole.columns, grain, products, compute, [&](std::size_t begin, std::size_t end) {
      const auto part = columns_of(whole, begin, end);
      gemm(part);
      apply(activation, part.rows, part.columns, part.c, part.c_stride);
    });
    return;
  }
  divide(whole.rows, row_grain, products, compute, [&](std::size_t begin, std::size_t end) {
    auto part = whole;
    part.rows = end - begin;
    part.a += begin * whole.a_row_stride;
    part.c += begin * whole.c_stride;
    gemm(part);
    apply(activation, part.rows, part.columns, part.c, part.c_stride);
  });
}

/// The same for a batch of bytes.
template <class T>
void parallel_gemm(const kernels::PixelGemm<T>& whole, const Elementwise<T>& activation,
                   const BasicCompute<T>& compute) {
  const auto run = compute.kernels().pixel_gemm;
  if (divides_columns(whole.columns, compute.threads())) {
    compute.pool().run_ranges(whole.columns, vector_grain, [&](std::size_t begin, std::size_t end) {
      const auto part = columns_of(whole, begin, end);
      run(part);
      apply(activation, part.x.images, part.columns, part.c, part.c_stride);
    });
    return;
  }
  compute.pool().run_ranges(whole.x.images, image_grain, [&](std::size_t begin, std::size_t end) {
    auto part = whole;
    part.x.images = end - begin;
    part.x.bytes += begin;
    part.c += begin * whole.c_stride;
    run(part);
    apply(activation, part.x.images, part.columns, part.c, part.c_stride);
  });
}

template <class T>
void parallel_gradient(const kernels::PixelGradient<T>& whole, const BasicCompute<T>& compute) {
  const auto run = compute.kernels().pixel_gradient;
  if (divides_columns(whole.columns, compute.threads())) {
    // As in the forward pass, so that a thread finds its columns of the weights in its own cache.
    compute.pool().run_ranges(whole.columns, vector_grain, [&](std::size_t begin, std::size_t end) {
      run(columns_of(whole, begin, end));
    });
    return;
  }
  compute.pool().run_ranges(whole.x.pixels, pixel_grain, [&](std::size_t begin, std::size_t end) {
    auto part = whole;
    part.x.pixels = end - begin;
    part.x.bytes += begin * whole.x.byte_stride;
    part.c += begin * whole.c_stride;
    run(part);
  });
}

/// Weights lie as (inputs, outputs), then the bias.
template <class T>
class DenseLayer final : public FastLayer<T> {
 public:
  DenseLayer(const Shape& input, const Dense& spec)
      : inputs_(input.size()), outputs_(spec.outputs), bias_(spec.bias) {}

  Shape output_shape() const override { return {1, 1, outputs_}; }

  std::vector<ParameterInfo> parameters() const override {
    std::vector<ParameterInfo> infos = {{"weight", {outputs_, inputs_}, 0, ParameterKind::weight}};
    if (bias_) infos.push_back({"bias", {outputs_}, inputs_ * outputs_, ParameterKind::bias});
    return infos;
  }

  FastTraits fast_traits() const override {
    return {.descends = true, .takes_bytes = true, .includes_activations = true};
  }

  void initialise(const Initialiser& initialiser, const RandomKey& key,
                  std::span<T> parameters) const override {
    std::fill(parameters.begin(), parameters.end(), T{0});
    initialise_weights<T>(initialiser, {.inputs = inputs_, .outputs = outputs_}, key,
                          parameters.subspan(0, inputs_ * outputs_));
  }

  void fast_forward(const FastForward<T>& pass) const override {
    const T* weights = pass.parameters.data();
    const T* bias = bias_ ? weights + inputs_ * outputs_ : nullptr;
    const auto& kernels = pass.compute.kernels();
    if (pass.bytes) {
      parallel_gemm<T>({.x = pass.bytes->view(),
                        .columns = outputs_,
                        .b = weights,
                        .b_stride = outputs_,
                        .bias = bias,
                        .c = pass.output.data(),
                        .c_stride = pass.output.stride()},
                       pass.activation, pass.compute);
      return;
    }
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
                      .bias = bias,
                      .c = pass.output.data(),
                      .c_stride = pass.output.stride()},
                     sparse ? kernels.sparse_gemm : kernels.gemm, pass.activation, pass.compute);
  }

  /// A thread takes some inputs, and with them rows of the weights. The input gradient comes first: it needs
  /// the weights as they were before the step.
  void fast_backward(const FastBackward<T>& pass) const override {
    const bool input_wanted = !pass.input_gradient.empty();
    const bool weights_wanted = !pass.parameter_gradient.empty();
    if (pass.bytes) {
      if (weights_wanted) byte_gradient(pass);
    } else {
      const std::size_t products =
          pass.output_gradient.size() * inputs_ * (input_wanted && weights_wanted ? 2 : 1);
      divide(inputs_, row_grain, products, pass.compute, [&](std::size_t begin, std::size_t end) {
        if (input_wanted) input_gradient(pass, begin, end);
        if (weights_wanted) weight_gradient(pass, begin, end);
      });
    }
    if (weights_wanted) bias_gradient(pass);
  }

 private:
  /// Where the gradient by the weights goes, or what takes the step along it.
  T* changing_weights(const FastBackward<T>& pass) const {
    return pass.descent ? pass.descending.data() : pass.parameter_gradient.data();
  }

  void byte_gradient(const FastBackward<T>& pass) const {
    parallel_gradient<T>({.x = pass.bytes->view(),
                          .columns = outputs_,
                          .b = pass.output_gradient.data(),
                          .b_stride = pass.output_gradient.stride(),
                          .c = changing_weights(pass),
                          .c_stride = outputs_,
                          .descent = pass.descent},
                         pass.compute);
  }

  /// Rows [begin, end) of dW = X^T dY; every element is summed in the order of the samples.
  void weight_gradient(const FastBackward<T>& pass, std::size_t begin, std::size_t end) const {
    const auto& dy = pass.output_gradient;
    pass.compute.kernels().gemm({.rows = end - begin,
                                 .columns = outputs_,
                                 .depth = dy.rows(),
                                 .a = pass.input.data() + begin,
                                 .a_row_stride = 1,
                                 .a_depth_stride = pass.input.stride(),
                                 .b = dy.data(),
                                 .b_stride = dy.stride(),
                                 .bias = nullptr,
                                 .c = changing_weights(pass) + begin * outputs_,
                                 .c_stride = outputs_,
                                 .descent = pass.descent});
  }

  void bias_gradient(const FastBackward<T>& pass) const {
    if (!bias_) return;
    const auto& dy = pass.output_gradient;
    const auto& kernels = pass.compute.kernels();
    T* const gradient = pass.parameter_gradient.data() + inputs_ * outputs_;
    kernels.column_sums(dy.rows(), outputs_, dy.data(), dy.stride(), gradient);
    if (pass.descent)
      kernels.update_sgd(outputs_, {.learning_rate = pass.descent->learning_rate}, gradient,
                         pass.descending.data() + inputs_ * outputs_);
  }

  /// Columns [begin, end) of dX = dY W^T, and from there through the activation before this layer.
  void input_gradient(const FastBackward<T>& pass, std::size_t begin, std::size_t end) const {
    const auto& dy = pass.output_gradient;
    const auto& dx = pass.input_gradient;
    pass.compute.kernels().gemm({.rows = dy.rows(),
                                 .columns = end - begin,
                                 .depth = outputs_,
                                 .a = dy.data(),
                                 .a_row_stride = dy.stride(),
                                 .a_depth_stride = 1,
                                 .b = pass.parameters.data() + begin * outputs_,
                                 .b_stride = outputs_,
                                 .bias = nullptr,
                                 .c = dx.data() + begin,
                                 .c_stride = dx.stride(),
                                 .b_transposed = true});
    if (pass.activation_before.gradient == nullptr) return;
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      T* const gradient = dx.row(r).data() + begin;
      pass.activation_before.gradient(end - begin, pass.input.row(r).data() + begin, gradient, gradient);
    }
  }

  std::size_t inputs_;
  std::size_t outputs_;
  bool bias_;
};

}  // namespace

CustomLayer makers(const Dense& spec) { return custom_layer<DenseLayer>("dense", spec); }

}  // namespace scrawl
