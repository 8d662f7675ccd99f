#include "kernels/kernels.h"

#include "kernels/activation_reference.h"
#include "kernels/convert_reference.h"
#include "kernels/gemm_reference.h"
#include "kernels/pixels_reference.h"
#include "kernels/update_reference.h"
#include "kernels/vector_kernels.h"

namespace scrawl::kernels {
namespace {

template <class T>
Kernels<T> reference_kernels() {
  return {
      .gemm = reference::gemm<T>,
      .sparse_gemm = reference::sparse_gemm<T>,
      .transpose = reference::transpose<T>,
      .column_sums = reference::column_sums<T>,
      .relu = reference::relu<T>,
      .relu_gradient = reference::relu_gradient<T>,
      .sigmoid = reference::sigmoid<T>,
      .sigmoid_gradient = reference::sigmoid_gradient<T>,
      .tanh = reference::tanh<T>,
      .tanh_gradient = reference::tanh_gradient<T>,
      .exp = reference::exp<T>,
      .update_sgd = reference::update_sgd<T>,
      .update_momentum = reference::update_momentum<T>,
      .update_adamw = reference::update_adamw<T>,
      .sum_of_squares = reference::sum_of_squares<T>,
      .scale_bytes = reference::scale_bytes<T>,
      .list_pixels = reference::list_pixels<T>,
  };
}

#if defined(__x86_64__)
Kernels<float> avx2_kernels() {
  auto table = reference_kernels<float>();
  N_AVX2::set_gemm(table);
  N_AVX2::set_sparse(table);
  N_AVX2::set_activation(table);
  N_AVX2::set_update(table);
  N_AVX2::set_convert(table);
  N_AVX2::set_pixels(table);
  return table;
}

Kernels<float> avx3_kernels() {
  auto table = reference_kernels<float>();
  N_AVX3::set_gemm(table);
  N_AVX3::set_sparse(table);
  N_AVX3::set_activation(table);
  N_AVX3::set_update(table);
  N_AVX3::set_convert(table);
  N_AVX3::set_pixels(table);
  return table;
}
#endif

}  // namespace

// Each table is made when it is first asked for: the functions that fill the vector tables are themselves
// compiled for their instruction set, and a machine that lacks it must not run them.
const Kernels<float>& kernels_for(Target target) {
#if defined(__x86_64__)
  if (target == Target::avx2) {
    static const Kernels<float> avx2 = avx2_kernels();
    return avx2;
  }
  if (target == Target::avx3) {
    static const Kernels<float> avx3 = avx3_kernels();
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
