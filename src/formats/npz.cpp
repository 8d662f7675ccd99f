#include "formats/npz.h"

#include "scrawl/error.h"

#include "formats/npy.h"
#include "formats/zip.h"

#include <string_view>
#include <utility>

namespace scrawl {
namespace {

constexpr std::string_view suffix = ".npy";

}  // namespace

std::vector<Tensor> parse_npz(std::span<const std::byte> bytes, const std::string& file,
                              const UnpackLimits& limits) {
  auto entries = read_zip(bytes, file, limits);
  std::vector<Tensor> tensors;
  for (auto& entry : entries) {
    if (!entry.name.ends_with(suffix) || !is_npy(entry.data))
      throw Error(
          ErrorCode::bad_data,
          "entry '" + entry.name +
              "' is not an .npy file, but an .npz archive contains only those; write it with numpy.savez",
          file);
    const Bytes array = std::exchange(entry.data, {});  // freed before the next one is copied
    // Bytes count from the start of the entry, so it is the entry that an error must name.
    tensors.push_back(parse_npy(array, file + " (" + entry.name + ")",
                                entry.name.substr(0, entry.name.size() - suffix.size())));
  }
  return tensors;
}

Bytes encode_npz(std::span<const TensorView> tensors) {
  std::vector<ZipEntry> entries;
  for (const auto& tensor : tensors) {
    if (tensor.name.empty())
      throw Error(ErrorCode::invalid_argument, "an array of an .npz file needs a name");
    entries.push_back({tensor.name + std::string(suffix), encode_npy(tensor)});
  }
  return encode_zip(entries);
}

void write_npz(const std::filesystem::path& path, std::span<const TensorView> tensors) {
  const Bytes bytes = encode_npz(tensors);
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace scrawl
