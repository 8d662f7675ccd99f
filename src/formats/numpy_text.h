#pragma once

#include "formats/tensor.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scrawl {

/// A type of NumPy's texts: "<U5" has 5 characters of UTF-32, "|S5" 5 bytes. Both are padded with zeros.
struct NumpyText {
  bool is_unicode = true;
  bool swap_bytes = false;
  std::size_t length = 0;

  std::size_t size() const { return is_unicode ? 4 * length : length; }  ///< bytes of one value
};
/// Nothing for other types, and for texts without a length.
std::optional<NumpyText> numpy_text(std::string_view descr);

/// An array of texts as a Tensor of type TEXT, with its different texts in the order in which they first
/// stand, as UTF-8 where they are of Unicode. Nothing where there are more than 256 of them, which are no
/// class names. REQUIRES type.size() bytes for each value of this shape.
std::optional<Tensor> text_tensor(const NumpyText& type, std::span<const std::byte> values,
                                  std::vector<std::size_t> shape, bool fortran, std::string name);

/// The NumPy type and values of a TEXT tensor: Unicode if all texts are UTF-8, otherwise bytes.
std::pair<std::string, Bytes> encode_texts(const TensorView& tensor);

}  // namespace scrawl
