#pragma once

#include "kernels/kernels.h"

/// The files with vector code. Each defines set_NAME once per instruction set, which fills in its kernels.
#define SCRAWL_VECTOR_KERNELS(each)                                                                         \
  each(gemm) each(convolution) each(convolution_one) each(winograd) each(sparse) each(activation)           \
      each(update) each(convert) each(pixels) each(pixel_gemm) each(online) each(listed_gemm) each(softmax) \
          each(lanes) each(weight_gradient) each(pooling) each(augment) each(augment_random) each(dropout)  \
              each(batchnorm)
