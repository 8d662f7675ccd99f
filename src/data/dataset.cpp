#include "scrawl/dataset.h"

#include "scrawl/data_files.h"
#include "scrawl/error.h"

#include "base/files.h"
#include "base/sha256.h"
#include "base/text.h"
#include "data/arrays.h"
#include "data/fetch.h"
#include "formats/idx.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> part_names = {"train", "validation", "test"};

/// Rank 2 is a list of vectors, rank 3 of grey pictures, rank 4 of pictures with channels.
Shape image_shape(const std::vector<std::size_t>& shape, const std::string& file) {
  switch (shape.size()) {
    case 2: return {1, 1, shape[1]};
    case 3: return {1, shape[1], shape[2]};
    case 4: return {shape[1], shape[2], shape[3]};
    default:
      throw Error(ErrorCode::bad_data, "holds single values, expected images; are images and labels swapped?",
                  file, 3);
  }
}

/// What the files hold, checked against each other; without name and checksum.
Dataset combine(IdxArray images, const std::string& images_file, IdxArray labels,
                const std::string& labels_file, std::size_t classes) {
  Dataset data;
  data.shape = image_shape(images.shape, images_file);
  data.classes = classes;
  if (labels.shape.size() != 1)
    throw Error(ErrorCode::bad_data,
                "has several dimensions, expected labels; are images and labels swapped?", labels_file, 3);
  if (images.shape[0] != labels.shape[0])
    throw Error(ErrorCode::bad_data,
                "has " + counted(labels.shape[0], "label") + " for the " + counted(images.shape[0], "image") +
                    " in " + images_file + "; give two files that belong together",
                labels_file, 4);
  const auto wrong =
      std::find_if(labels.values.begin(), labels.values.end(), [&](auto l) { return l >= classes; });
  if (wrong != labels.values.end())
    throw Error(
        ErrorCode::bad_data,
        "label " + std::to_string(*wrong) + " is not below the number of classes, " + std::to_string(classes),
        labels_file, idx_header_size(1) + static_cast<std::size_t>(wrong - labels.values.begin()));
  data.images = std::move(images.values);
  data.labels = std::move(labels.values);
  return data;
}

/// Reads a file of a known data set and checks it. `remedy` tells the user how to get it.
IdxArray read_known(const KnownFile& file, const fs::path& folder, const std::string& remedy) {
  const std::string path = (folder / file.name).string();
  std::vector<std::uint8_t> bytes;
  try {
    bytes = read_values(path);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    throw Error(ErrorCode::not_found, "is not there; " + remedy, path);
  }
  if (sha256_hex(std::as_bytes(std::span(bytes))) != file.sha256)
    throw Error(ErrorCode::bad_data, "is damaged: its SHA-256 is wrong; " + remedy, path);
  return parse_idx(std::move(bytes), path);
}

Dataset read_known_part(const KnownDataset& set, Part part, const fs::path& folder,
                        const std::string& remedy) {
  const KnownPart& files = part == Part::train ? set.train : set.test;
  // Labels first: small, and as likely to be missing.
  IdxArray labels = read_known(files.labels, folder, remedy);
  Dataset data = combine(read_known(files.images, folder, remedy), (folder / files.images.name).string(),
                         std::move(labels), (folder / files.labels.name).string(), set.classes);
  data.name = set.name;
  data.sha256 = files.content_sha256;  // the checked files cannot hold anything else
  return data;
}

}  // namespace

DatasetView DatasetView::slice(std::size_t first, std::size_t count) const {
  if (first > size() || count > size() - first)
    throw Error(ErrorCode::invalid_argument, "images " + std::to_string(first) + " to " +
                                                 std::to_string(first) + " + " + std::to_string(count) +
                                                 " are not all in a set of " + std::to_string(size()));
  return {shape, classes, images.subspan(first * shape.size(), count * shape.size()),
          labels.subspan(first, count)};
}

std::string_view to_string(Part part) { return part_names[static_cast<std::size_t>(part)]; }

Part parse_part(std::string_view text) {
  const auto at = std::find(part_names.begin(), part_names.end(), text);
  if (at == part_names.end())
    throw Error(ErrorCode::invalid_argument,
                "there is no part '" + std::string(text) + "' of a data set" + suggestion(text, part_names));
  return static_cast<Part>(at - part_names.begin());
}

Dataset read_idx_pair(const fs::path& images, const fs::path& labels, std::size_t classes) {
  Dataset data = combine(read_idx(images), images.string(), read_idx(labels), labels.string(), classes);
  data.name = images.filename().string();
  data.sha256 = content_sha256(data.images, data.labels);
  return data;
}

Dataset load_from(const KnownDataset& set, Part part, const fs::path& folder, bool download,
                  const FetchOptions& options, const std::string& remedy) {
  if (part == Part::validation)
    throw Error(
        ErrorCode::invalid_argument,
        "'" + std::string(set.name) + "' has no validation file; load the training part and take a slice");
  if (download) {
    try {
      return read_known_part(set, part, folder, remedy);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::bad_data) throw;
    }
    fetch_into(set, folder, options);
  }
  return read_known_part(set, part, folder, remedy);
}

Dataset load_dataset(std::string_view name, Part part, bool download, const FetchOptions& options) {
  const KnownDataset& set = known_dataset(name);
  return load_from(set, part, dataset_folder(set, options), download, options,
                   "fetch it with: scrawl data get " + std::string(name));
}

Dataset load_mnist(const fs::path& root, bool train, bool download) {
  const KnownDataset& set = known_dataset("mnist");
  const Part part = train ? Part::train : Part::test;
  const KnownPart& files = train ? set.train : set.test;
  const bool flat = file_exists(root / files.images.name);
  return load_from(set, part, flat ? root : root / "MNIST" / "raw", download, {},
                   "set download = true, or put the published file there");
}

}  // namespace scrawl
