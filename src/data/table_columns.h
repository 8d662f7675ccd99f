#pragma once

#include "scrawl/data_files.h"

#include "formats/number_table.h"

#include <cstddef>
#include <string>
#include <vector>

namespace scrawl {

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

}  // namespace scrawl
