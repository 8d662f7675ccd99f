#include "data/content.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "data/arrays.h"
#include "data/file_names.h"
#include "data/table.h"
#include "formats/gzip.h"
#include "formats/idx.h"
#include "formats/npy.h"
#include "formats/number_table.h"
#include "formats/pickle.h"
#include "formats/unicode.h"
#include "formats/zip.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <string_view>
#include <utility>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

bool is_idx(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && bytes[0] == std::byte{0} && bytes[1] == std::byte{0};
}

Tensor idx_tensor(const Bytes& bytes, const std::string& file) {
  const auto* values = reinterpret_cast<const std::uint8_t*>(bytes.data());
  IdxArray array = parse_idx(std::vector<std::uint8_t>(values, values + bytes.size()), file);
  const auto data = std::as_bytes(std::span(array.values));
  return {.name = file, .dtype = "U8", .shape = std::move(array.shape), .data = {data.begin(), data.end()}};
}

/// Whether the name promises a table, so that a faulty one is told what is wrong with it.
bool is_named_as_table(std::string_view file) {
  if (file.ends_with(".gz")) file.remove_suffix(3);
  return file.ends_with(".csv") || file.ends_with(".tsv") || file.ends_with(".CSV");
}

bool is_text(std::span<const std::byte> bytes) {
  return is_utf16(as_text(bytes)) || std::find(bytes.begin(), bytes.end(), std::byte{0}) == bytes.end();
}

std::vector<DataPart> npz_parts(const Bytes& bytes, const std::string& file, const UnpackLimits& limits) {
  const auto tensors = parse_npz(bytes, file, limits);
  std::vector<TensorView> views;
  views.reserve(tensors.size());
  for (const auto& tensor : tensors) views.push_back(view(tensor));
  return parts_from(views, file);
}

constexpr std::size_t most_files_in_folder = 10'000;

/// Whether a file's name or its first bytes are those of data, so that notes beside it do no harm.
bool may_be_data(const fs::path& path) {
  const std::string name = lower_case(path.filename().string());
  for (const char* word : {"ubyte", ".npy", ".npz", ".pkl"})
    if (name.find(word) != std::string::npos) return true;
  std::array<char, 65536> start;
  std::ifstream stream(path, std::ios::binary);
  stream.read(start.data(), start.size());
  const std::string_view text(start.data(),
                              static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
  const auto bytes = std::as_bytes(std::span(text));
  return is_gzip(bytes) || is_npy(bytes) || is_zip(bytes) || text.starts_with(std::string_view("\0\0", 2)) ||
         looks_like_number_table(text) || is_pickle(bytes);
}

/// Whether a file's name says that it holds a whole data set.
bool is_whole_set(const std::string& name) {
  for (const char* ending : {".npz", ".pkl", ".pickle", ".pkl.gz", ".pickle.gz"})
    if (lower_case(name).ends_with(ending)) return true;
  return false;
}

}  // namespace

Content parse_content(Bytes bytes, const std::string& file, const ReadOptions& options) {
  if (is_gzip(bytes)) bytes = gunzip(bytes, file, options.limits);
  Content content;
  if (is_npy(bytes)) {
    content.format = DataFormat::npy;
    content.array = parse_npy(bytes, file, file);
  } else if (is_zip(bytes)) {
    content.format = DataFormat::npz;
    content.parts = npz_parts(bytes, file, options.limits);
  } else if (is_idx(bytes)) {
    content.array = idx_tensor(bytes, file);
  } else if (looks_like_number_table(as_text(bytes)) || (is_named_as_table(file) && is_text(bytes))) {
    content.parts.push_back(read_table(as_text(bytes), options, content.format, file));
  } else if (is_pickle(bytes)) {
    content.format = DataFormat::pickle;
    const Pickle pickle = parse_pickle(std::move(bytes), file);
    content.parts = parts_from(arrays(pickle), file);
  } else {
    throw Error(ErrorCode::bad_data,
                "is not a data set that scrawl can read: IDX, .npy, .npz, a pickle of arrays, a table of "
                "numbers, or a "
                "folder with such files or with pictures",
                file);
  }
  return content;
}

FilesByPart data_files_in(const fs::path& folder) {
  FilesByPart found;
  std::vector<fs::path> whole;
  std::size_t count = 0;
  const auto entries = list_folder(folder);
  std::set<std::string> unpacked;  // names, as plain_name has them
  for (const auto& entry : entries)
    if (const auto name = entry.filename().string(); !is_gzip_name(name) && is_file(entry))
      unpacked.insert(plain_name(name));
  for (const auto& entry : entries) {
    const std::string name = entry.filename().string();
    if (name.starts_with('.') || !is_file(entry)) continue;
    const DataName meaning = parse_data_name(name);
    const bool has_meaning = meaning.part || meaning.role != DataName::Role::unknown;
    if (!has_meaning && !is_whole_set(name)) continue;
    if (++count > most_files_in_folder)
      throw Error(ErrorCode::bad_data,
                  "holds more than " + std::to_string(most_files_in_folder) +
                      " files of data; name the one that you mean, or IMAGES,LABELS",
                  folder.string());
    if (!may_be_data(entry)) continue;
    if (is_gzip_name(name) && unpacked.contains(plain_name(name))) continue;
    (has_meaning ? found[meaning.part] : whole).push_back(entry);
  }
  if (whole.size() == 1 && found.empty()) {
    found[std::nullopt] = whole;
  } else if (!whole.empty()) {
    for (const auto& [part, files] : found) whole.insert(whole.end(), files.begin(), files.end());
    std::sort(whole.begin(), whole.end());
    throw Error(ErrorCode::bad_data, "holds several data sets (" + file_names(whole) + "); name one of them",
                folder.string());
  }
  for (auto& [part, files] : found) std::sort(files.begin(), files.end());
  return found;
}

}  // namespace scrawl
