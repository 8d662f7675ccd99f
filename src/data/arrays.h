#pragma once

#include "scrawl/data_files.h"

#include "formats/tensor.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// Images with how their pixels were spelled.
struct Images {
  Shape shape;
  std::vector<std::uint8_t> pixels;
  std::string spelling;
};

constexpr std::size_t most_classes = 256;  ///< labels are bytes

/// The class of each image.
struct Labels {
  std::vector<std::uint8_t> values;
  std::vector<std::string> names = {};  ///< of the classes; empty: the numbers from 0
};

/// What the pixels of all parts of a file have in common, so that one scale fits all.
struct PixelRange {
  float low = 0;  ///< the least value, or 0
  float high = 0;
  bool bytes = true;   ///< all are whole numbers in 0..255
  bool by_255 = true;  ///< all are such numbers divided by 255
  bool by_256 = true;

  /// Throws Error(bad_data) for what is not finite; `place` names the numbers then.
  void add(std::span<const float> values, const std::string& place, const std::string& file);
  void add(const TensorView& images, const std::string& file);
};

/// byte = (value + shift) * factor, rounded.
struct PixelScale {
  float factor = 1;
  float shift = 0;
  std::string spelling;  ///< "byte", "byte / 255", "0 or 1" ...
};

/// Bytes stay, unless none is above 1: then they are 0 or 1, such as masks, and 1 is white. Otherwise values
/// are fractions in 0..1 or -1..1. Throws Error(bad_data) for anything else; `place` names the numbers.
PixelScale scale_of(const PixelRange& range, const std::string& place, const std::string& file);

/// Images from an array whose first length counts them: (n, pixels), (n, h, w), (n, c, h, w), (n, h, w, c).
/// (n, s * s) counts as pictures of s x s. Throws Error(bad_data) that names `file` and the array.
/// `range` is that of all parts that belong together; without, of this array alone.
Images images_from(const TensorView& tensor, const PixelRange& range, const std::string& file);
Images images_from(const TensorView& tensor, const std::string& file);

/// Labels from whole numbers of any type or from texts, shape (n), (n, 1), or one-hot (n, classes).
Labels labels_from(const TensorView& tensor, const std::string& file);

/// Labels that are texts: `places` says for each image which of `texts`, at most 256, it has. If all texts
/// are whole numbers from 0 to 255, they are the labels; otherwise the classes are numbered in the natural
/// order of their names ("2" before "10").
Labels labels_of_texts(std::span<const std::uint8_t> places, const std::vector<std::string>& texts);

/// "s x s" for a square number from 16 on, three such for three times a square, otherwise a plain vector.
Shape shape_of_pixels(std::size_t pixels);

std::vector<std::uint8_t> to_bytes(std::span<const float> values, const PixelScale& scale);

/// Dataset::sha256: of the image bytes, then the label bytes.
std::string content_sha256(std::span<const std::uint8_t> images, std::span<const std::uint8_t> labels);

/// A part from images and labels that must be equally many; with the names of the classes if they have some,
/// without their number, name and checksum.
DataPart join(std::optional<Part> part, Images images, Labels labels, const std::string& file);

/// The parts in named arrays: by names, or as a tuple of pairs ("0.0", "0.1", "1.0" ...).
std::vector<DataPart> parts_from(std::span<const TensorView> tensors, const std::string& file);

}  // namespace scrawl
