#pragma once

#include "scrawl/compute.h"

#include "base/rounding.h"
#include "kernels/augment.h"

#include <cstddef>
#include <cstdint>

/// The compute kernels. Each family has a naive reference (NAME_reference.h) and vector code (NAME.cpp),
/// compiled once per instruction set. Both give the same bits: every output is summed in index order with
/// fused multiply-adds, whatever the vector width, and work is divided over outputs only.
namespace scrawl::kernels {

template <class T>
struct OnlineNet;  // online.h
template <class T>
struct OnlineDescent;
template <class T>
struct Convolution;  // convolution.h
template <class T>
struct ConvolutionOne;  // convolution_one.h
template <class T>
struct Winograd;  // winograd.h
template <class T>
struct ConvolutionInputGradient;
template <class T>
struct ConvolutionWeightGradient;
template <class T>
struct Pooling;
template <class T>
struct PoolingGradient;
template <class T>
struct Dropout;  // dropout.h
template <class T>
struct ChannelSums;  // batchnorm.h
template <class T>
struct ChannelMap;

/// A step of plain gradient descent: w -= learning_rate (gradient + l2 w).
template <class T>
struct Descent {
  T learning_rate = 0;
  T l2 = 0;
};

/// C = A B, or A B + bias in every row. Every element of C is bias (or 0), to which a(m, 0) b(0, n), a(m, 1)
/// b(1, n) ... are added by fused multiply-adds in this order. A is rows x depth with any strides (so it may
/// be transposed); rows of B and C are contiguous.
template <class T>
struct Gemm {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t depth = 0;
  const T* a = nullptr;
  std::size_t a_row_stride = 0;
  std::size_t a_depth_stride = 1;
  const T* b = nullptr;
  std::size_t b_stride = 0;
  const T* bias = nullptr;  ///< `columns` values or null
  T* c = nullptr;
  std::size_t c_stride = 0;
  /// If not null, A B is the gradient of the weights C, and C takes a step with the bits of update_sgd,
  /// without storing the gradient. REQUIRES a null bias.
  const Descent<T>* descent = nullptr;
  bool b_transposed = false;  ///< B is columns x depth with contiguous rows: b(k, n) is b[n * b_stride + k]
};

/// A batch of byte images with mostly zero pixels, transposed by transpose_bytes.
template <class T>
struct PixelBatch {
  std::size_t images = 0;
  std::size_t pixels = 0;
  const std::uint8_t* bytes = nullptr;  ///< pixels x byte_stride: row p has pixel p of every image
  std::size_t byte_stride = 0;       ///< each block of 64 images can be read completely, also in the last row
  const T* value_of_byte = nullptr;  ///< 256 values; the first is 0
};

/// C = X B (+ bias) for a batch X, one image per row. Skips zero pixels; otherwise the bits of Gemm, except
/// for the signs of zeros and if B is not finite.
template <class T>
struct PixelGemm {
  PixelBatch<T> x;
  std::size_t columns = 0;
  const T* b = nullptr;  ///< x.pixels rows
  std::size_t b_stride = 0;
  const T* bias = nullptr;  ///< `columns` values or null
  T* c = nullptr;           ///< x.images rows
  std::size_t c_stride = 0;
};

/// C = X^T B, or a step of C along it, with the bits of Gemm.
template <class T>
struct PixelGradient {
  PixelBatch<T> x;
  std::size_t columns = 0;
  const T* b = nullptr;  ///< x.images rows
  std::size_t b_stride = 0;
  T* c = nullptr;  ///< x.pixels rows
  std::size_t c_stride = 0;
  const Descent<T>* descent = nullptr;  ///< as in Gemm
};

/// The stride of transposed bytes: whole blocks of 64 images, with one 64-bit mask each.
constexpr std::size_t byte_stride_for(std::size_t images) { return rounded_up(images, 64); }

/// out[i] = bytes[i] / divisor * factor + offset, with a fused multiply-add.
struct ByteScale {
  float divisor = 255;
  float factor = 1;
  float offset = 0;
};

/// `l2` adds l2 * w to the gradient; `decay` (AdamW) first multiplies w by 1 - learning_rate * decay.
template <class T>
struct UpdateRule {
  T learning_rate = 0;
  T l2 = 0;
  T momentum = 0;
  bool nesterov = false;
  T decay = 0;
  T beta1 = 0;
  T beta2 = 0;
  T epsilon = 0;
  T rho = 0;
  T correction1 = 1;  ///< 1 - beta1^t
  T correction2 = 1;  ///< 1 - beta2^t
};

constexpr std::size_t sum_chains = 64;  ///< of sum_of_squares: four vectors of multiply-adds in flight

constexpr std::size_t list_room = 16;  ///< for one vector, which may be written after the end of a list

/// C = X W + bias for mostly zero rows of X. Every element of C is its bias, to which the products of the
/// listed places are added by fused multiply-adds in their order: gemm's bits, except for the signs of zeros
/// and if W is not finite. Two rows share a list, and so each loaded weight.
template <class T>
struct ListedGemm {
  std::size_t rows = 0;     ///< at most most_listed_rows
  std::size_t columns = 0;  ///< a multiple of 16
  std::size_t depth = 0;
  /// The list of rows 2 i and 2 i + 1 starts at i * list_stride. It is ascending, contains every place where
  /// one of the two is not 0, and ends with list_end.
  const std::uint32_t* lists = nullptr;
  std::size_t list_stride = 0;
  const T* x = nullptr;  ///< null for lists of list_bytes, which contain the values
  std::size_t x_stride = 0;
  const T* w = nullptr;     ///< depth x columns, without gaps
  const T* bias = nullptr;  ///< `columns` values
  T* c = nullptr;
  std::size_t c_stride = 0;
};
constexpr std::uint32_t list_end = 0xffffffff;
constexpr std::size_t most_listed_rows = 32;  ///< rows per call of listed_gemm

/// The columns of narrow_gemm, and the chains of its sums.
constexpr std::size_t narrow_columns = 16;
constexpr std::size_t narrow_chains = 4;

/// One instruction set's kernels. Pointers never alias unless a comment allows it.
template <class T>
struct Kernels {
  void (*gemm)(const Gemm<T>&);
  /// Same without the products whose element of A is 0. Differs from gemm only if B is not finite, and in the
  /// sign of zeros. REQUIRES a_depth_stride == 1, no descent and B not transposed.
  void (*sparse_gemm)(const Gemm<T>&);
  /// out[c] = sum over rows of in(r, c), in order of r.
  void (*column_sums)(std::size_t rows, std::size_t columns, const T* in, std::size_t stride, T* out);

  // Activations of n values, and their gradients from the OUTPUT y: dx = dy * f'(x). May work in place.
  void (*relu)(std::size_t n, const T* x, T* y);
  void (*relu_gradient)(std::size_t n, const T* y, const T* dy, T* dx);
  void (*sigmoid)(std::size_t n, const T* x, T* y);
  void (*sigmoid_gradient)(std::size_t n, const T* y, const T* dy, T* dx);
  void (*tanh)(std::size_t n, const T* x, T* y);
  void (*tanh_gradient)(std::size_t n, const T* y, const T* dy, T* dx);
  /// x if x > 0, otherwise slope * x. REQUIRES slope >= 0, so that y has the sign of x.
  void (*leaky_relu)(std::size_t n, T slope, const T* x, T* y);
  void (*leaky_relu_gradient)(std::size_t n, T slope, const T* y, const T* dy, T* dx);
  /// x s with s = sigmoid(x), and its gradient from the INPUT: dy s (1 + x (1 - s)).
  void (*silu)(std::size_t n, const T* x, T* y);
  void (*silu_gradient)(std::size_t n, const T* x, const T* dy, T* dx);
  /// Returns the cross-entropy of softmax(x) over n values with class `label`; y = its gradient / rows,
  /// (softmax(x) - one-hot(label)) / rows. The largest x is subtracted first; the sum is in index order. With
  /// log_epsilon > 0 the result is -ln(softmax(x)[label] + log_epsilon). With label == n (no class), y is
  /// softmax(x) / rows and the result 0. y may be x.
  T (*softmax_cross_entropy)(std::size_t n, const T* x, std::size_t label, T rows, T log_epsilon, T* y);

  // Update rules over n parameters `w` with gradient `g`.
  void (*update_sgd)(std::size_t n, const UpdateRule<T>&, const T* g, T* w);
  void (*update_momentum)(std::size_t n, const UpdateRule<T>&, const T* g, T* velocity, T* w);
  void (*update_adamw)(std::size_t n, const UpdateRule<T>&, const T* g, T* mean, T* variance, T* w);
  void (*update_adadelta)(std::size_t n, const UpdateRule<T>&, const T* g, T* squares, T* changes, T* w);
  /// A running average of weights: average += rate * (w - average), one fused multiply-add.
  void (*update_average)(std::size_t n, T rate, const T* w, T* average);
  void (*scale)(std::size_t n, T factor, const T* x, T* y);  ///< y = factor * x; y may be x
  /// Sum of squares: sum_chains interleaved chains in index order, then a fixed tree.
  T (*sum_of_squares)(std::size_t n, const T* x);

  void (*scale_bytes)(std::size_t n, const ByteScale&, const std::uint8_t* bytes, T* out);

  void (*pixel_gemm)(const PixelGemm<T>&);
  void (*pixel_gradient)(const PixelGradient<T>&);
  /// out[(p - first) * byte_stride_for(count) + r] = images[r][p] for first <= p < end; 0 after the images.
  void (*transpose_bytes)(std::size_t count, std::size_t first, std::size_t end,
                          const std::uint8_t* const* images, std::uint8_t* out);

  // A step on one image (online.h): the outputs of all layers from the listed inputs; the changes of every
  // layer from the error of the last; their application; and the first layer's weights (inputs x outputs).
  void (*online_forward)(const OnlineNet<T>&);
  void (*online_errors)(const OnlineNet<T>&, const OnlineDescent<T>&);
  void (*online_update)(const OnlineNet<T>&, const OnlineDescent<T>&);
  void (*online_weights)(const OnlineNet<T>&, T* out);
  /// Lists the places where byte a or b is not 0 (b may be null), in index order, as place * 65536 + a * 256
  /// + b. Returns their number. `list` has room for n + list_room. REQUIRES n < 65536.
  std::size_t (*list_bytes)(std::size_t n, const std::uint8_t* a, const std::uint8_t* b, std::uint32_t* list);
  /// Same for x or y not 0 (y may be null), as places alone.
  std::size_t (*list_nonzero)(std::size_t n, const T* x, const T* y, std::uint32_t* list);
  void (*listed_gemm)(const ListedGemm<T>&);
  /// gemm for narrow_columns columns, too few to hide the latency of a sum: product k belongs to chain k mod
  /// 4, chain 0 starts with the bias, the others with 0, and C is (chain 0 + chain 1) + (chain 2 + chain 3).
  /// REQUIRES columns == narrow_columns, contiguous rows of B, a bias, a_depth_stride == 1 and no descent.
  void (*narrow_gemm)(const Gemm<T>&);
  /// y = e^(x - max x) / their sum, for at most 16 values. The sum adds lanes i and i + 8 of 16 (unused ones
  /// are 0), then i and i + 4, i + 2, i + 1. y may be x.
  void (*short_softmax)(std::size_t n, const T* x, T* y);

  // Images in lanes (convolution.h), one block at a time.
  void (*convolution)(const Convolution<T>&);
  void (*convolution_input_gradient)(const ConvolutionInputGradient<T>&);
  void (*convolution_weight_gradient)(const ConvolutionWeightGradient<T>&);
  /// For the recognition of one image (convolution_one.h).
  void (*convolution_one)(const ConvolutionOne<T>&);
  /// 3x3 convolutions with fewer multiplications (winograd.h). `out` is winograd_products x channels x
  /// outputs, `weights` (channels x 9) x outputs.
  void (*winograd_weights)(std::size_t channels, std::size_t outputs, const T* weights, T* out);
  void (*winograd)(const Winograd<T>&);
  void (*max_pool)(const Pooling<T>&);
  void (*max_pool_gradient)(const PoolingGradient<T>&);
  void (*mean_pool)(const Pooling<T>&);
  void (*mean_pool_gradient)(const PoolingGradient<T>&);
  /// Between `samples` rows of `places` values and a block; unused lanes of the block become 0.
  void (*to_lanes)(std::size_t samples, std::size_t places, const T* rows, std::size_t stride, T* block);
  void (*from_lanes)(std::size_t samples, std::size_t places, const T* block, T* rows, std::size_t stride);

  // Dropout (dropout.h) of one sample's row, or of a block of samples in lanes.
  void (*dropout_row)(const Dropout<T>&);
  void (*dropout_lanes)(const Dropout<T>&);

  // Batch normalisation (batchnorm.h), one block at a time.
  void (*channel_moments)(const ChannelSums<T>&);
  void (*channel_gradient_sums)(const ChannelSums<T>&);
  void (*channel_map)(const ChannelMap<T>&);
  void (*channel_map_gradient)(const ChannelMap<T>&);
  AugmentKernels augment;
};

const Kernels<float>& kernels_for(Target target);
const Kernels<double>& double_kernels();

}  // namespace scrawl::kernels
