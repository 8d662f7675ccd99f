#pragma once

#include "scrawl/arrays.h"

#include "image/colour_image.h"

#include <cstdint>
#include <memory>

struct Pix;

/// What the sources of this folder share about Leptonica (http://www.leptonica.org). Its pictures are named
/// Pix here as there; only files of this folder include this header.
namespace scrawl {

struct PixDeleter {
  void operator()(Pix* pix) const;
};
using PixPtr = std::unique_ptr<Pix, PixDeleter>;

/// Lets Leptonica print nothing, whatever it meets. Call before anything that can fail.
void silence_leptonica();

/// A Pix of eight bits a pixel with the picture's pixels. Throws std::bad_alloc.
PixPtr to_pix(const GreyImage& image);
/// A Pix of 32 bits a pixel without opacity. Throws std::bad_alloc.
PixPtr to_pix(const ColourImage& image);

/// The pixels of a Pix of eight bits without a palette.
GreyImage from_pix(const Pix& pix);

}  // namespace scrawl
