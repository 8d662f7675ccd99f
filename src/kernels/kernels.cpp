#include "kernels/kernels.h"

#include "kernels/activation_reference.h"
#include "kernels/augment_reference.h"
#include "kernels/batchnorm_reference.h"
#include "kernels/convert_reference.h"
#include "kernels/convolution_one_reference.h"
#include "kernels/convolution_reference.h"
#include "kernels/dropout_reference.h"
#include "kernels/gemm_reference.h"
#include "kernels/lanes_reference.h"
#include "kernels/listed_gemm_reference.h"
#include "kernels/online_reference.h"
#include "kernels/pixel_gemm_reference.h"
#include "kernels/pixels_reference.h"
#include "kernels/pooling_reference.h"
#include "kernels/softmax_reference.h"
#include "kernels/update_reference.h"
#include "kernels/vector_kernels.h"
#include "kernels/winograd_reference.h"

namespace scrawl::kernels {

#if defined(__x86_64__)
#define SCRAWL_DECLARE(name) void set_##name(Kernels<float>&);
#define SCRAWL_ADD(name) set_##name(table);
#define SCRAWL_TABLE(target)                                                       \
  namespace target {                                                               \
  SCRAWL_VECTOR_KERNELS(SCRAWL_DECLARE)                                            \
  static void set_all(Kernels<float>& table) { SCRAWL_VECTOR_KERNELS(SCRAWL_ADD) } \
  }
SCRAWL_TABLE(N_AVX2)
SCRAWL_TABLE(N_AVX3)
#undef SCRAWL_TABLE
#undef SCRAWL_ADD
#undef SCRAWL_DECLARE
#endif

namespace {

template <class T>
Kernels<T> reference_kernels() {
  return {
      .gemm = reference::gemm<T>,
      .sparse_gemm = reference::sparse_gemm<T>,
      .column_sums = reference::column_sums<T>,
      .relu = reference::relu<T>,
      .relu_gradient = reference::relu_gradient<T>,
      .sigmoid = reference::sigmoid<T>,
      .sigmoid_gradient = reference::sigmoid_gradient<T>,
      .tanh = reference::tanh<T>,
      .tanh_gradient = reference::tanh_gradient<T>,
      .leaky_relu = reference::leaky_relu<T>,
      .leaky_relu_gradient = reference::leaky_relu_gradient<T>,
      .silu = reference::silu<T>,
      .silu_gradient = reference::silu_gradient<T>,
      .softmax_cross_entropy = reference::softmax_cross_entropy<T>,
      .update_sgd = reference::update_sgd<T>,
      .update_momentum = reference::update_momentum<T>,
      .update_adamw = reference::update_adamw<T>,
      .update_adadelta = reference::update_adadelta<T>,
      .update_average = reference::update_average<T>,
      .scale = reference::scale<T>,
      .sum_of_squares = reference::sum_of_squares<T>,
      .scale_bytes = reference::scale_bytes<T>,
      .pixel_gemm = reference::pixel_gemm<T>,
      .pixel_gradient = reference::pixel_gradient<T>,
      .transpose_bytes = reference::transpose_bytes,
      .online_forward = reference::online_forward<T>,
      .online_errors = reference::online_errors<T>,
      .online_update = reference::online_update<T>,
      .online_weights = reference::online_weights<T>,
      .list_bytes = reference::list_bytes,
      .list_nonzero = reference::list_nonzero<T>,
      .listed_gemm = reference::listed_gemm<T>,
      .narrow_gemm = reference::narrow_gemm<T>,
      .short_softmax = reference::short_softmax<T>,
      .convolution = reference::convolution<T>,
      .convolution_input_gradient = reference::convolution_input_gradient<T>,
      .convolution_weight_gradient = reference::convolution_weight_gradient<T>,
      .convolution_one = reference::convolution_one<T>,
      .winograd_weights = reference::winograd_weights<T>,
      .winograd = reference::winograd<T>,
      .max_pool = reference::max_pool<T>,
      .max_pool_gradient = reference::max_pool_gradient<T>,
      .mean_pool = reference::mean_pool<T>,
      .mean_pool_gradient = reference::mean_pool_gradient<T>,
      .to_lanes = reference::to_lanes<T>,
      .from_lanes = reference::from_lanes<T>,
      .dropout_row = reference::dropout_row<T>,
      .dropout_lanes = reference::dropout_lanes<T>,
      .channel_moments = reference::channel_moments<T>,
      .channel_gradient_sums = reference::channel_gradient_sums<T>,
      .channel_map = reference::channel_map<T>,
      .channel_map_gradient = reference::channel_map_gradient<T>,
      .augment = reference::augment_kernels(),
  };
}

Kernels<float> vector_kernels(void (*set_all)(Kernels<float>&)) {
  auto table = reference_kernels<float>();
  set_all(table);
  return table;
}

}  // namespace

// Tables are created on first use: the functions that fill the vector tables are themselves compiled for
// their instruction set, and a machine that lacks it must not run them.
const Kernels<float>& kernels_for(Target target) {
#if defined(__x86_64__)
  if (target == Target::avx2) {
    static const Kernels<float> avx2 = vector_kernels(N_AVX2::set_all);
    return avx2;
  }
  if (target == Target::avx3) {
    static const Kernels<float> avx3 = vector_kernels(N_AVX3::set_all);
    return avx3;
  }
#endif
  static_cast<void>(target);
  static const Kernels<float> scalar = reference_kernels<float>();
  return scalar;
}

const Kernels<double>& double_kernels() {
  static const Kernels<double> scalar = reference_kernels<double>();
  return scalar;
}

}  // namespace scrawl::kernels
