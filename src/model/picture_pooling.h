#pragma once

#include "kernels/convolution.h"

/// Pooling of a single picture, with the bits of the kernels for pictures in lanes.
namespace scrawl {

/// The max_pool of kernels::Kernels. x: channels x height x width; y: channels x out_height x out_width.
void max_pool_picture(const kernels::Window& window, const float* x, float* y);
/// The mean_pool.
void mean_pool_picture(const kernels::Window& window, const float* x, float* y);

}  // namespace scrawl
