#pragma once

#include "scrawl/compute.h"

#include <cstddef>
#include <cstdint>

/// The compute kernels. Each family has a file with its arguments and its naive reference (NAME_reference.h)
/// and one with the vector code (NAME.cpp), which is compiled once per instruction set. Reference and vector
/// code give the same bits: every output is summed in index order with fused multiply-adds, whatever the
/// vector width, and the work is divided over outputs only.
namespace scrawl::kernels {

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
};

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
  T correction1 = 1;  ///< 1 - beta1^t
  T correction2 = 1;  ///< 1 - beta2^t
};

/// What list_pixels may write behind the end of a list: a vector.
constexpr std::size_t list_room = 16;

/// One instruction set's kernels. Pointers never alias unless a comment allows it.
template <class T>
struct Kernels {
  void (*gemm)(const Gemm<T>&);
  /// The same without the products whose element of A is 0, which four of five pixels are. Differs from gemm
  /// only where B is not finite, and in the sign of zeros. REQUIRES a_depth_stride == 1 and no descent.
  void (*sparse_gemm)(const Gemm<T>&);
  /// out (columns x rows) = in (rows x columns), transposed.
  void (*transpose)(std::size_t rows, std::size_t columns, const T* in, std::size_t in_stride, T* out,
                    std::size_t out_stride);
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
  /// y = e^x. x and y may be the same array.
  void (*exp)(std::size_t n, const T* x, T* y);

  // Update rules over n parameters `w` with gradient `g`.
  void (*update_sgd)(std::size_t n, const UpdateRule<T>&, const T* g, T* w);
  void (*update_momentum)(std::size_t n, const UpdateRule<T>&, const T* g, T* velocity, T* w);
  void (*update_adamw)(std::size_t n, const UpdateRule<T>&, const T* g, T* mean, T* variance, T* w);
  /// Sum of squares: sixteen interleaved chains in index order, then a fixed tree.
  T (*sum_of_squares)(std::size_t n, const T* x);

  void (*scale_bytes)(std::size_t n, const ByteScale&, const std::uint8_t* bytes, T* out);

  /// Lists the pixels of an image that are not 0, in index order: their places, and for each
  /// value_of_byte[byte] (256 values). Returns how many they are. `places` needs room for `pixels` +
  /// list_room, since what lies behind the list is overwritten; `values` for `pixels`.
  std::size_t (*list_pixels)(std::size_t pixels, const std::uint8_t* bytes, const T* value_of_byte,
                             std::uint32_t* places, T* values);
};

const Kernels<float>& kernels_for(Target target);
const Kernels<double>& double_kernels();

}  // namespace scrawl::kernels
