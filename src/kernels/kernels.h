#pragma once

#include "scrawl/compute.h"

#include "base/rounding.h"
#include "kernels/augment.h"

#include <cstddef>
#include <cstdint>

/// The compute kernels. Each family has a file with its arguments and its naive reference (NAME_reference.h)
/// and one with the vector code (NAME.cpp), which is compiled once per instruction set. Reference and vector
/// code give the same bits: every output is summed in index order with fused multiply-adds, whatever the
/// vector width, and the work is divided over outputs only.
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

/// C = A B, or A B + bias added to every row. Every element of C is bias (or 0), then a(m, 0) b(0, n),
/// a(m, 1) b(1, n) ... added by fused multiply-adds in this order.
/// A is rows x depth with any strides (so it may be a transposed matrix); rows of B and C are contiguous.
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
  /// If not null, A B is the gradient of the weights C, and C takes a step: the bits of update_sgd, without a
  /// gradient that is written and read again. Then bias must be null.
  const Descent<T>* descent = nullptr;
  /// B is given as columns x depth, with contiguous rows: b(k, n) is b[n * b_stride + k].
  bool b_transposed = false;
};

/// A batch of byte images, most of whose pixels are 0, as transpose_bytes gives it: row p of `bytes` holds
/// pixel p of every image.
template <class T>
struct PixelBatch {
  std::size_t images = 0;
  std::size_t pixels = 0;
  const std::uint8_t* bytes = nullptr;  ///< pixels x byte_stride
  std::size_t byte_stride = 0;       ///< 64 bytes from each 64th image on can be read, also in the last row
  const T* value_of_byte = nullptr;  ///< 256 values, the first of which is 0
};

/// C = X B (+ bias) for a batch X, one image per row: the bits of Gemm, but for the signs of zeros and where
/// B is not finite. What is 0 is left out.
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

/// C = X^T B, or a step of C along it: again Gemm's bits.
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

/// The stride of transposed bytes: whole blocks of 64, one mask of 64 bits each.
constexpr std::size_t byte_stride_for(std::size_t images) { return rounded_up(images, 64); }

/// out[i] = bytes[i] / divisor * factor + offset: divided, then one fused multiply-add.
struct ByteScale {
  float divisor = 255;
  float factor = 1;
  float offset = 0;
};

/// What an update rule needs besides the arrays. `l2` adds l2 * w to the gradient; `decay` (AdamW) multiplies
/// w by 1 - learning_rate * decay first.
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

/// Chains that sum_of_squares sums in: as many as keep the multiply-adds of four vectors in flight.
constexpr std::size_t sum_chains = 64;

/// What may be written behind the end of a list: a vector.
constexpr std::size_t list_room = 16;

/// C = X W + bias for rows of X that are mostly 0. Every element of C is its bias, then the products of the
/// listed places added by fused multiply-adds in their order: gemm's bits, but for the signs of zeros and
/// where W is not finite. Two rows at a time share a list, and so each weight that is loaded.
template <class T>
struct ListedGemm {
  std::size_t rows = 0;     ///< at most most_listed_rows
  std::size_t columns = 0;  ///< a multiple of 16
  std::size_t depth = 0;
  /// The list of rows 2 i and 2 i + 1 begins at i * list_stride. It rises, holds every place where one of the
  /// two is not 0, and ends with list_end.
  const std::uint32_t* lists = nullptr;
  std::size_t list_stride = 0;
  /// X, if the lists are list_nonzero's. Null if they are list_bytes's, and hold the values of both rows.
  const T* x = nullptr;
  std::size_t x_stride = 0;
  const T* w = nullptr;     ///< depth x columns, without gaps
  const T* bias = nullptr;  ///< `columns` values
  T* c = nullptr;
  std::size_t c_stride = 0;
};
constexpr std::uint32_t list_end = 0xffffffff;
/// The most rows that listed_gemm takes at a time.
constexpr std::size_t most_listed_rows = 32;

/// The columns of narrow_gemm, and the chains in which it sums.
constexpr std::size_t narrow_columns = 16;
constexpr std::size_t narrow_chains = 4;

/// One instruction set's kernels. Pointers never alias unless a comment allows it.
template <class T>
struct Kernels {
  void (*gemm)(const Gemm<T>&);
  /// The same without the products whose element of A is 0, which four of five pixels are. Differs from gemm
  /// only where B is not finite, and in the sign of zeros. REQUIRES a_depth_stride == 1, no descent and B not
  /// transposed.
  void (*sparse_gemm)(const Gemm<T>&);
  /// out[c] = sum over rows of in(r, c), in order of r.
  void (*column_sums)(std::size_t rows, std::size_t columns, const T* in, std::size_t stride, T* out);

  // Activations over n values, and their gradients from the OUTPUT y: dx = dy * f'(x). x and y, dy and dx may
  // be the same array.
  void (*relu)(std::size_t n, const T* x, T* y);
  void (*relu_gradient)(std::size_t n, const T* y, const T* dy, T* dx);
  void (*sigmoid)(std::size_t n, const T* x, T* y);
  void (*sigmoid_gradient)(std::size_t n, const T* y, const T* dy, T* dx);
  void (*tanh)(std::size_t n, const T* x, T* y);
  void (*tanh_gradient)(std::size_t n, const T* y, const T* dy, T* dx);
  /// x where x > 0, otherwise slope * x; its gradient is dy where y > 0, otherwise slope * dy. REQUIRES slope
  /// >= 0, so that y has the sign of x.
  void (*leaky_relu)(std::size_t n, T slope, const T* x, T* y);
  void (*leaky_relu_gradient)(std::size_t n, T slope, const T* y, const T* dy, T* dx);
  /// x s with s = sigmoid(x), and its gradient from the INPUT: dy s (1 + x (1 - s)).
  void (*silu)(std::size_t n, const T* x, T* y);
  void (*silu_gradient)(std::size_t n, const T* x, const T* dy, T* dx);
  /// The cross-entropy of softmax(x) over n values and the class `label`, and y = its gradient / rows,
  /// (softmax(x) - one-hot(label)) / rows. The largest of x is taken off first; the sum is in index order.
  /// With log_epsilon > 0 the result is -ln(softmax(x)[label] + log_epsilon). For label == n, which is no
  /// class, y is softmax(x) / rows and the result 0. x and y may be the same array.
  T (*softmax_cross_entropy)(std::size_t n, const T* x, std::size_t label, T rows, T log_epsilon, T* y);

  // Update rules over n parameters `w` with gradient `g`.
  void (*update_sgd)(std::size_t n, const UpdateRule<T>&, const T* g, T* w);
  void (*update_momentum)(std::size_t n, const UpdateRule<T>&, const T* g, T* velocity, T* w);
  void (*update_adamw)(std::size_t n, const UpdateRule<T>&, const T* g, T* mean, T* variance, T* w);
  void (*update_adadelta)(std::size_t n, const UpdateRule<T>&, const T* g, T* squares, T* changes, T* w);
  /// A running average of weights: average += rate * (w - average), one fused multiply-add.
  void (*update_average)(std::size_t n, T rate, const T* w, T* average);
  /// y = factor * x. x and y may be the same array.
  void (*scale)(std::size_t n, T factor, const T* x, T* y);
  /// Sum of squares: sum_chains interleaved chains in index order, then a fixed tree.
  T (*sum_of_squares)(std::size_t n, const T* x);

  void (*scale_bytes)(std::size_t n, const ByteScale&, const std::uint8_t* bytes, T* out);

  void (*pixel_gemm)(const PixelGemm<T>&);
  void (*pixel_gradient)(const PixelGradient<T>&);
  /// out[(p - first) * byte_stride_for(count) + r] = images[r][p] for pixels p of [first, end); what lies
  /// behind the images in a row of `out` becomes 0.
  void (*transpose_bytes)(std::size_t count, std::size_t first, std::size_t end,
                          const std::uint8_t* const* images, std::uint8_t* out);

  // A step on one image (online.h): the outputs of all layers from the listed inputs; from the error of the
  // last layer what every layer changes by; that change; and the weights of the first layer (inputs x
  // outputs).
  void (*online_forward)(const OnlineNet<T>&);
  void (*online_errors)(const OnlineNet<T>&, const OnlineDescent<T>&);
  void (*online_update)(const OnlineNet<T>&, const OnlineDescent<T>&);
  void (*online_weights)(const OnlineNet<T>&, T* out);
  /// Lists the places where the bytes a or b are not 0 (b may be null), in index order, as place * 65536 +
  /// a * 256 + b. Returns how many they are. `list` needs room for n + list_room. REQUIRES n < 65536.
  std::size_t (*list_bytes)(std::size_t n, const std::uint8_t* a, const std::uint8_t* b, std::uint32_t* list);
  /// Lists the places where x or y is not 0 (y may be null), in index order, and returns how many they are.
  /// `list` needs room for n + list_room.
  std::size_t (*list_nonzero)(std::size_t n, const T* x, const T* y, std::uint32_t* list);
  void (*listed_gemm)(const ListedGemm<T>&);
  /// gemm for narrow_columns columns, which are too few to hide how long a sum waits for the one before it:
  /// product number k belongs to chain k mod 4, chain 0 begins with the bias, the others with 0, and C is
  /// (chain 0 + chain 1) + (chain 2 + chain 3). REQUIRES columns == narrow_columns, no gaps between the rows
  /// of B, a bias, a_depth_stride == 1 and no descent.
  void (*narrow_gemm)(const Gemm<T>&);
  /// y = e^(x - max x) over their sum, for at most 16 values. The sum: lanes i and i + 8 of 16, whose last
  /// are 0, then i and i + 4, i + 2, i + 1. x and y may be the same array.
  void (*short_softmax)(std::size_t n, const T* x, T* y);

  // Images in lanes (convolution.h), one block at a time.
  void (*convolution)(const Convolution<T>&);
  void (*convolution_input_gradient)(const ConvolutionInputGradient<T>&);
  void (*convolution_weight_gradient)(const ConvolutionWeightGradient<T>&);
  /// For the recognition of one image (convolution_one.h).
  void (*convolution_one)(const ConvolutionOne<T>&);
  /// Convolutions of 3x3 with fewer multiplications (winograd.h). `out` has winograd_products x channels x
  /// outputs values, `weights` (channels x 9) x outputs.
  void (*winograd_weights)(std::size_t channels, std::size_t outputs, const T* weights, T* out);
  void (*winograd)(const Winograd<T>&);
  void (*max_pool)(const Pooling<T>&);
  void (*max_pool_gradient)(const PoolingGradient<T>&);
  void (*mean_pool)(const Pooling<T>&);
  void (*mean_pool_gradient)(const PoolingGradient<T>&);
  /// A block from `samples` rows of `places` values; lanes without a sample become 0. And back.
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
