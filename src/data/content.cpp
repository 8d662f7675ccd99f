#include "data/content.h"

#include "scrawl/error.h"

#include "data/arrays.h"
#include "data/table.h"
#include "formats/gzip.h"
#include "formats/idx.h"
#include "formats/npy.h"
#include "formats/number_table.h"
#include "formats/pickle.h"
#include "formats/unicode.h"
#include "formats/zip.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace scrawl {
namespace {

bool is_idx(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && bytes[0] == std::byte{0} && bytes[1] == std::byte{0};
}

Tensor idx_tensor(const Bytes& bytes, const std::string& file) {
  const auto* values = reinterpret_cast<const std::uint8_t*>(bytes.data());
  IdxArray array = parse_idx(std::vector<std::uint8_t>(values, values + bytes.size()), file);
  const auto data = std::as_bytes(std::span(array.values));
  return {.name = file, .dtype = "U8", .shape = std::move(array.shape), .data = {data.begin(), data.end()}};
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Whether the name promises a table, so that a faulty one is told what is wrong with it.
bool is_named_as_table(std::string_view file) {
  if (file.ends_with(".gz")) file.remove_suffix(3);
  return file.ends_with(".csv") || file.ends_with(".tsv") || file.ends_with(".CSV");
}

bool is_text(std::span<const std::byte> bytes) {
  return is_utf16(text_of(bytes)) || std::find(bytes.begin(), bytes.end(), std::byte{0}) == bytes.end();
}

std::vector<DataPart> npz_parts(const Bytes& bytes, const std::string& file, const UnpackLimits& limits) {
  const auto tensors = parse_npz(bytes, file, limits);
  std::vector<TensorView> views;
  views.reserve(tensors.size());
  for (const auto& tensor : tensors) views.push_back(view(tensor));
  return parts_from(views, file);
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
  } else if (looks_like_number_table(text_of(bytes)) || (is_named_as_table(file) && is_text(bytes))) {
    content.parts.push_back(read_table(text_of(bytes), options, content.format, file));
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

}  // namespace scrawl
