#pragma once

#include "scrawl/arrays.h"

#include <cstddef>

namespace scrawl {

/// The ink of a picture, without the paper and its light.
struct Ink {
  GreyImage strength = {};  ///< how far each pixel stands out from the paper around it
  double level = 0;         ///< the strength of full ink; 0 where the picture shows none
  double noise = 0;         ///< standard deviation of the strength of empty paper
};

/// Whether the ink of a picture is bright and its ground dark.
///
/// Strokes are narrower than the gaps between them. So structures of both polarities are measured by width,
/// as what a morphological opening (bright ones) or closing (dark ones) of growing size takes away (Maragos,
/// "Pattern spectrum and multiscale shape representation", 1989), and the polarity whose structures are the
/// narrower wins. Gradients of light and the edges of shadows are no structures of either kind. Whatever
/// touches the border is taken to continue beyond it, so that the margin of a tight crop is not narrow. Where
/// the widths differ little, a plain border is the ground, unless it surrounds a sheet of paper.
bool has_bright_ink(const GreyImage& picture);

/// Separates ink from paper: the paper is what an opening or closing leaves that is larger than any stroke.
/// Where the border is plain, so is the paper.
/// Contrast that is too low, or does not stand out from the noise, is no ink.
Ink find_ink(const GreyImage& picture);

}  // namespace scrawl
