#pragma once

#include "scrawl/data_files.h"

#include "base/files.h"
#include "formats/tensor.h"

#include <filesystem>
#include <map>
#include <optional>
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

/// The files of a folder by the part that their names speak of; sorted.
using FilesByPart = std::map<std::optional<Part>, std::vector<std::filesystem::path>>;

/// The data files of a folder by name and first bytes, without a .gz beside its unpacked form. Throws
/// Error(bad_data) for several whole data sets and for too many files.
FilesByPart data_files_in(const std::filesystem::path& folder);

}  // namespace scrawl
