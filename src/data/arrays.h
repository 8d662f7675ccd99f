#pragma once

#include "scrawl/data_files.h"

#include "data/labels.h"
#include "formats/tensor.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// What the whole words in the name of an array or file say: "x_train", "trainX",
/// "train-images-idx3-ubyte.gz", "test_label".
struct DataName {
  enum class Role { unknown, images, labels };
  std::optional<Part> part;
  Role role = Role::unknown;
};
DataName parse_data_name(std::string_view name);

/// Images with how their pixels were spelled.
struct Images {
  Shape shape;
  std::vector<std::uint8_t> pixels;
  std::string spelling;
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

/// "s x s" for a square number from 16 on, three such for three times a square, otherwise a plain vector.
Shape shape_of_pixels(std::size_t pixels);

std::vector<std::uint8_t> to_bytes(std::span<const float> values, const PixelScale& scale);

/// A part from images and labels that must be equally many; with the names of the classes if they have some,
/// without their number, name and checksum.
DataPart join(std::optional<Part> part, Images images, Labels labels, const std::string& file);

/// The parts in named arrays: by names, or as a tuple of pairs ("0.0", "0.1", "1.0" ...).
std::vector<DataPart> parts_from(std::span<const TensorView> tensors, const std::string& file);

}  // namespace scrawl
