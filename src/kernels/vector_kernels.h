#pragma once

#include "kernels/kernels.h"

/// The functions that each kernel file defines once per instruction set and adds to its table.
namespace scrawl::kernels {

#define SCRAWL_DECLARE_VECTOR_KERNELS(target) \
  namespace target {                          \
  void set_gemm(Kernels<float>&);             \
  void set_convolution(Kernels<float>&);      \
  void set_convolution_one(Kernels<float>&);  \
  void set_winograd(Kernels<float>&);         \
  void set_sparse(Kernels<float>&);           \
  void set_activation(Kernels<float>&);       \
  void set_update(Kernels<float>&);           \
  void set_convert(Kernels<float>&);          \
  void set_pixels(Kernels<float>&);           \
  void set_pixel_gemm(Kernels<float>&);       \
  void set_online(Kernels<float>&);           \
  void set_listed_gemm(Kernels<float>&);      \
  void set_softmax(Kernels<float>&);          \
  void set_lanes(Kernels<float>&);            \
  void set_weight_gradient(Kernels<float>&);  \
  void set_pooling(Kernels<float>&);          \
  void set_augment(Kernels<float>&);          \
  void set_augment_random(Kernels<float>&);   \
  void set_dropout(Kernels<float>&);          \
  void set_batchnorm(Kernels<float>&);        \
  }

#if defined(__x86_64__)
SCRAWL_DECLARE_VECTOR_KERNELS(N_AVX2)
SCRAWL_DECLARE_VECTOR_KERNELS(N_AVX3)
#endif

#undef SCRAWL_DECLARE_VECTOR_KERNELS

}  // namespace scrawl::kernels
