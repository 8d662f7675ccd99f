#pragma once

#include "scrawl/dataset.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scrawl {

/// What the whole words in the name of an array or file say: "x_train", "trainX",
/// "train-images-idx3-ubyte.gz", "test_label".
struct DataName {
  enum class Role { unknown, images, labels };
  std::optional<Part> part;
  Role role = Role::unknown;
};
DataName parse_data_name(std::string_view name);

/// A file's name in small letters, with dashes for dots, underscores and spaces, and without .gz:
/// "TRAIN-IMAGES.IDX3-UBYTE.GZ" is "train-images-idx3-ubyte".
std::string plain_name(std::string_view name);

/// "a.npy, b.npy".
std::string file_names(std::span<const std::filesystem::path> files);

/// Whether the name ends in .gz, in capitals or not.
bool is_gzip_name(std::string_view name);

/// The file in `folder` whose plain_name is among `names`; of several the one whose name comes first there,
/// an unpacked one before its .gz. Throws as list_folder does.
std::optional<std::filesystem::path> find_file(const std::filesystem::path& folder,
                                               std::span<const std::string> names);

}  // namespace scrawl
