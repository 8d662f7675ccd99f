#pragma once

#include "scrawl/data_files.h"

#include "formats/tensor.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// What the name of an array or file says: "x_train", "train-images-idx3-ubyte.gz", "test_label".
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

/// Images from an array whose first length counts them: (n, pixels), (n, h, w), (n, c, h, w), (n, h, w, c).
/// (n, s * s) counts as pictures of s x s. Throws Error(bad_data) that names `file` and the array.
Images images_from(const TensorView& tensor, const std::string& file);

/// Labels from whole numbers of any type, shape (n), (n, 1), or one-hot (n, classes).
std::vector<std::uint8_t> labels_from(const TensorView& tensor, const std::string& file);

/// "s x s" for a square number from 16 on, three such for three times a square, otherwise a plain vector.
Shape shape_of_pixels(std::size_t pixels);

/// Bytes from numbers that are bytes, or fractions of 255 or 256, or in -1..1; `spelling` says which.
/// `place` names the numbers in errors.
std::vector<std::uint8_t> to_bytes(std::span<const float> values, std::string& spelling,
                                   const std::string& place, const std::string& file);

/// A part from images and labels that must be equally many; without classes, name and checksum.
DataPart join(std::optional<Part> part, Images images, std::vector<std::uint8_t> labels,
              const std::string& file);

/// The parts in named arrays: by names, or as a tuple of pairs ("0.0", "0.1", "1.0" ...).
std::vector<DataPart> parts_from(std::span<const TensorView> tensors, const std::string& file);

}  // namespace scrawl
