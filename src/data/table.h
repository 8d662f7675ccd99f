#pragma once

#include "scrawl/data_files.h"

#include <string>
#include <string_view>

namespace scrawl {

/// A table of numbers with an image and its label on each line, as a part without classes and name.
/// 257 columns with values in -1..1 are the 16x16 digits of zip.train (label first), 65 columns with values
/// in 0..16 the 8x8 ones of optdigits (label last); both become 28x28 and set `format`. Anything else is
/// csv: the label stands where the header has "label", otherwise where `column` says, otherwise first,
/// unless the first column never changes and the last does.
DataPart read_table(std::string_view text, LabelColumn column, DataFormat& format, const std::string& file);

}  // namespace scrawl
