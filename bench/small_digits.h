#pragma once

#include "scrawl/arrays.h"

#include "base/files.h"
#include "formats/gzip.h"
#include "formats/number_table.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

/// Sets of digits smaller than MNIST's, which no model of scrawl is trained on.
namespace scrawl::bench {

/// A text file with a digit a line.
struct SmallDigits {
  const char* file;
  std::size_t side;
  std::size_t label;  ///< its column; the pixels are the others
  float paper, ink;
};

constexpr SmallDigits usps = {"usps/zip.train.gz", 16, 0, -1, 1};
constexpr SmallDigits optdigits = {"optdigits/optdigits.tra", 8, 64, 0, 16};

struct SmallDigit {
  GreyImage picture;  ///< bright on black
  std::uint8_t label = 0;
};

/// Throws Error(not_found) or Error(bad_data).
inline std::vector<SmallDigit> load_small_digits(const std::filesystem::path& folder,
                                                 const SmallDigits& set) {
  Bytes bytes = read_file(folder / set.file);
  if (is_gzip(bytes)) bytes = gunzip(bytes, set.file);
  const NumberTable table =
      parse_number_table({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, set.file);
  std::vector<SmallDigit> digits;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    SmallDigit digit{{.width = set.side, .height = set.side, .pixels = {}},
                     static_cast<std::uint8_t>(table.at(row, set.label))};
    for (std::size_t column = 0; column < table.columns; ++column)
      if (column != set.label)
        digit.picture.pixels.push_back(static_cast<std::uint8_t>(
            std::lround(255 * (table.at(row, column) - set.paper) / (set.ink - set.paper))));
    digits.push_back(std::move(digit));
  }
  return digits;
}

}  // namespace scrawl::bench
