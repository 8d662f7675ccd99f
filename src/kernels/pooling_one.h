#pragma once

#include "kernels/convolution.h"

/// Pooling of a single picture, with the bits of pooling_reference.h.
namespace scrawl::kernels {

/// x: channels x height x width; y: channels x out_height x out_width.
void max_pool_one(const Window& window, const float* x, float* y);
void mean_pool_one(const Window& window, const float* x, float* y);

}  // namespace scrawl::kernels
