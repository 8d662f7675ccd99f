#pragma once

#include "scrawl/data_files.h"

#include "formats/number_table.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// A table of numbers with an image and its label on each line, as a part without classes, name and
/// checksum; find_columns says which column is what. Where the pixels are 256 values in -1..1, some of them
/// negative, these are the 16x16 digits of zip.train; 64 whole numbers in 0..16 are the 8x8 ones of
/// optdigits, whose label is last unless only the first column stays within 0..9. Both become 28x28 and set
/// `format`. Labels that are texts become the names of the classes.
DataPart read_table(std::string_view text, const ReadOptions& options, DataFormat& format,
                    const std::string& file);

/// What the columns of a table with an image on each line are for.
struct TableColumns {
  std::size_t label = 0;
  std::vector<std::size_t> left_out = {};  ///< neither label nor pixels, in their order
};

/// Tells the columns apart by their names and by what they hold.
///
/// The label stands where `options` say, otherwise in the column with the name of a label ("label", "class",
/// "target", "digit" and the like, then "y"), otherwise in the one column of texts, otherwise first, unless
/// only the last column can be labels: the first never changes or holds no bytes.
///
/// Left out are columns with the name of an id ("id", "index", no name and the like), columns of texts beside
/// the label, and, where the others are a picture's pixels, whole numbers that differ in all rows and count
/// up from 0 or 1 or go beyond 255.
///
/// Throws Error(bad_data) that names `file`, line or column and the remedy for texts among the pixels, for
/// several columns that may be the label, for pictures without a label, and for one or two columns more than
/// a picture of 16x16 or larger has; Error(invalid_argument) for a label_name that is none of the columns.
TableColumns find_columns(const NumberTable& table, const ReadOptions& options, const std::string& file);

/// Whether a table with this label has the 16x16 digits of zip.train, or the 8x8 ones of optdigits.
bool is_usps(const NumberTable& table, const TableColumns& columns);
bool is_optdigits(const NumberTable& table, const TableColumns& columns);

/// For each column of the table whether it holds pixels.
std::vector<bool> pixel_columns(const NumberTable& table, const TableColumns& columns);
/// Whether the value is a whole number in 0..255.
bool is_label(float value);

/// Appends the 784 bytes of a USPS digit: 16x16 values from -1 (background) to 1 (ink), row by row. Returns
/// false, and appends nothing, unless there are 256 values in this range.
bool append_usps_row(std::span<const float> pixels, std::vector<std::uint8_t>& images);

/// The same for a digit of UCI's optdigits: 8x8 values from 0 to 16, the ink pixels of a 4x4 cell.
bool append_optdigits_row(std::span<const float> pixels, std::vector<std::uint8_t>& images);

}  // namespace scrawl
