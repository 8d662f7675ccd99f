#pragma once

#include "kernels/convolution.h"

#include <cstddef>

/// Steps of a single picture that need no vector code of their own: pooling, with the bits of
/// pooling_reference.h, and what batch normalisation is when it predicts.
namespace scrawl::kernels {

/// x: channels x height x width; y: channels x out_height x out_width.
void max_pool_one(const Window& window, const float* x, float* y);
void mean_pool_one(const Window& window, const float* x, float* y);

/// x = factor x + offset, each operation rounded; with `relu`, at least 0. x: channels x `values` each, of
/// one picture or of several in lanes, with the same bits.
void scale_channels(std::size_t channels, std::size_t values, const float* factors, const float* offsets,
                    bool relu, float* x);

}  // namespace scrawl::kernels
