#pragma once

#include "scrawl/data_files.h"

#include <string>
#include <string_view>

namespace scrawl {

/// A table of numbers with an image and its label on each line, as a part without classes, name and
/// checksum; find_columns says which column is what. Where the pixels are 256 values in -1..1, some of them
/// negative, these are the 16x16 digits of zip.train; 64 whole numbers in 0..16 are the 8x8 ones of
/// optdigits, whose label is last unless only the first column stays within 0..9. Both become 28x28 and set
/// `format`. Labels that are texts become the names of the classes.
DataPart read_table(std::string_view text, const ReadOptions& options, DataFormat& format,
                    const std::string& file);

}  // namespace scrawl
