#pragma once

#include "scrawl/data_files.h"

#include "base/files.h"
#include "formats/tensor.h"

#include <string>
#include <vector>

namespace scrawl {

/// What one file of a data set holds: whole parts, or one array that needs another file beside it.
struct Content {
  DataFormat format = DataFormat::idx;
  std::vector<DataPart> parts;  ///< without classes, name and checksum
  Tensor array;                 ///< where there are no parts: images or labels, named as the file
};

/// Recognises and reads the bytes of one file, as read_data describes.
Content parse_content(Bytes bytes, const std::string& file, const ReadOptions& options);

}  // namespace scrawl
