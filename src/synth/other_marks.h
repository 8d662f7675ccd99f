#pragma once

#include "scrawl/dataset.h"

#include "image/mnist_form.h"
#include "synth/chance.h"
#include "synth/font.h"

#include <span>

namespace scrawl {

/// Marks that are not digits.
enum class OtherMark { letter, printed_letter, scribble, half, group, noise, thing, rules };
constexpr std::size_t other_marks = 8;

/// A mark as the reader would hand it to the network. Halves and groups are of images of `digits`; without
/// any, and for printed letters without fonts, letters take their place.
MnistImage draw_other_mark(OtherMark mark, Chance& chance, const DatasetView& digits,
                           std::span<const Font> fonts);

}  // namespace scrawl
