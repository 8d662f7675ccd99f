#pragma once

// For programs that need drawn digits and other marks.

#include "scrawl/dataset.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

struct DrawnDigits {
  std::uint64_t seed = 1;
  std::size_t digits = 10'000;  ///< images of digits 0 to 9, in equal shares
  std::size_t others = 0;  ///< images of the class "none": letters, scribbles, parts and groups of digits,
                           ///< noise, things, rules
  std::vector<std::filesystem::path> fonts =
      {};  ///< TrueType or OpenType; without, everything is written by hand
};

/// Images of 28x28 in MNIST's form. Digits are written from strokes, with the shapes that Europeans use
/// besides the American ones (1 with an upstroke, 7 with a bar, 0 with a slash), and printed in the fonts.
/// Parts and groups of digits are cut from `source`, MNIST's training images for example; without it there
/// are none. With others, "none" is the last class. The same bits on every machine. Throws Error(not_found)
/// or Error(bad_data) for a font, and Error(invalid_argument) for a source of other images than 28x28.
Dataset draw_digits(const DrawnDigits& what, const DatasetView& source = {});

/// Adds marks of the class "none" to a set of digits of 28x28, some cut from its own images: what tune()
/// needs in `replay`, so that a model with that class does not forget it. Throws as draw_digits does.
void add_other_marks(Dataset& data, std::size_t count, std::uint64_t seed = 1);

}  // namespace scrawl
#pragma GCC visibility pop
