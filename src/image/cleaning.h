#pragma once

#include "scrawl/arrays.h"

#include <cstddef>

/// Steps that make a picture easier to read. All take and give whole pictures of any size from 1x1 on.
namespace scrawl {

/// A picture with a shorter side than this is small: its strokes are a large part of it.
constexpr std::size_t small_side = 64;
/// A picture with no side as long as this is tiny: it is nearly all strokes.
constexpr std::size_t tiny_side = 12;

/// The smallest factor by which a picture of `pixels` must be reduced to have about `most` at the most.
std::size_t factor_to(std::size_t pixels, std::size_t most);

/// The standard deviation of the noise (Immerkaer, "Fast noise variance estimation", 1996), by the median in
/// place of the mean, so that strokes do not count. Tiny pictures show none: 0.
double noise_of(const GreyImage& picture);

/// Every pixel brought between the lowest and the highest of its eight neighbours ("conservative smoothing"):
/// single outliers go, lines of one pixel stay.
GreyImage without_specks(const GreyImage& picture);

/// Blurs with the weights 1 2 1 along both axes.
GreyImage blurred(const GreyImage& picture);

/// The picture without the slope of its light: without the plane through its pixels, fitted by least squares,
/// then once more without the pixels that are far from it. The mean stays.
GreyImage levelled(const GreyImage& picture);

}  // namespace scrawl
