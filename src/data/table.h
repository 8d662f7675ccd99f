#pragma once

#include "scrawl/data_files.h"

#include <string>
#include <string_view>

namespace scrawl {

/// A table of numbers with an image and its label on each line, as a part without classes and name.
/// The label stands where `column` says, otherwise where the header has "label", otherwise first, unless only
/// the last column can be labels: the first never changes or holds no bytes. Where the other columns are 256
/// values in -1..1, some of them negative, these are the 16x16 digits of zip.train; 64 whole numbers in 0..16
/// are the 8x8 ones of optdigits, whose label is last unless only the first column stays within 0..9. Both
/// become 28x28 and set `format`.
DataPart read_table(std::string_view text, LabelColumn column, DataFormat& format, const std::string& file);

}  // namespace scrawl
