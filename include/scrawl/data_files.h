#pragma once

#include "scrawl/dataset.h"
#include "scrawl/unpack_limits.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

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

}  // namespace scrawl
#pragma GCC visibility pop
