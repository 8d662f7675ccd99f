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

/// The forms in which people have data sets; docs/formats.md shows each.
enum class DataFormat { idx, npy, npz, pickle, csv, usps, optdigits, pictures };

/// "idx", "npy", "npz", "pickle", "csv", "usps", "optdigits" or "pictures".
std::string_view to_string(DataFormat format);

/// Some images of a file or folder. Without `part` it does not say what they are meant for.
struct DataPart {
  std::optional<Part> part = {};
  Dataset data = {};
  std::string pixels = {};  ///< how the file spells them: "float32, byte / 256"
};

/// What a path holds.
struct DataFiles {
  DataFormat format = DataFormat::idx;
  std::vector<DataPart> parts;  ///< at least one, of one shape

  /// The images of this part, or null.
  const Dataset* find(Part part) const;
};

/// Where the label stands in a table of numbers.
enum class LabelColumn { automatic, first, last };

struct ReadOptions {
  UnpackLimits limits = {};
  LabelColumn label = LabelColumn::automatic;
  std::string label_name = {};  ///< of the column in the table's header; takes the place of `label`
};

/// Reads a data set, recognised by its content, not by its name. `source` is a path, or two that belong
/// together, as IMAGES,LABELS:
///
/// - an IDX or .npy file of images or of labels (its partner is found by name), or both with a comma;
/// - a NumPy .npz, or a Python pickle of arrays: a tuple of (images, labels) pairs, or a dictionary;
/// - a table with one image a line, such as Kaggle's CSV, the 16x16 digits of zip.train and the 8x8 ones of
///   optdigits; those two become 28x28, the way MNIST was made;
/// - a folder with such files, one or two a part, or with a folder of pictures for each class.
///
/// Each file may be compressed with gzip. Pixels may be bytes, 0 or 1, or floats in 0..1 (byte / 255 or /
/// 256) or -1..1; they become the bytes again, on one scale for all parts. Labels may be one-hot. They are
/// numbers from 0, and there are as many classes as the largest label of all parts says; or they are texts,
/// which become class_names in their natural order, unless all are such numbers. Parts whose classes differ
/// get the names of the part that has most, which must have those of the others.
///
/// Throws Error(invalid_argument) for options.label or label_name where there is no table, and for half of a
/// pair; Error(not_found), and Error(bad_data) or Error(unsupported) that name file, place and remedy.
/// Memory: at most about six times the (unpacked) file.
DataFiles read_data(const std::string& source, const ReadOptions& options = {});

/// Writes parts as `format`. npz and pickle are one file; csv is one file for one part, otherwise a folder;
/// idx, npy and pictures are folders, which must be empty or not there. Folders on the way are made. A name
/// that ends in .gz is compressed; with `compress`, every file is. Throws Error(invalid_argument) for a
/// folder that is not empty and for several parts in one .csv file. Throws Error(unsupported) for usps and
/// optdigits, which only are read.
void write_data(const std::filesystem::path& path, DataFormat format, const std::vector<DataPart>& parts,
                bool compress = false);

struct LoadOptions {
  bool download = false;  ///< fetch a known data set that is not in the cache
  FetchOptions fetch = {};
  UnpackLimits limits = {};
};

/// One part of what was read; Error(invalid_argument) where it has no such part. A file without parts is
/// taken whole, whatever is asked for. For a file with a validation part, Part::train is its training images
/// with those of the validation part behind them, as in MNIST's own training file, so that a recipe divides
/// both alike.
Dataset take_part(DataFiles files, Part part);

/// take_part of what read_data reads, or of a known data set (see load_dataset).
Dataset load_data(const std::string& source, Part part, const LoadOptions& options = {});

/// read_data for what a user typed: a word that is neither a file nor a folder was meant as the name of a
/// known data set, and Error(invalid_argument) suggests one.
DataFiles read_source(const std::string& source, const ReadOptions& options = {});

/// Whether this is the name of a known data set, and not a path.
bool is_known_dataset(std::string_view source);

}  // namespace scrawl
#pragma GCC visibility pop
