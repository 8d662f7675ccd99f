#include "formats/weight_file.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "formats/file_kind.h"
#include "formats/gzip.h"
#include "formats/npy.h"
#include "formats/onnx.h"
#include "formats/pickle.h"
#include "formats/safetensors.h"
#include "formats/zip.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>

namespace scrawl {
namespace {

using namespace std::string_view_literals;

constexpr std::array<std::string_view, 5> format_names = {"pickle", "npz", "safetensors", "PyTorch", "ONNX"};

constexpr std::string_view torch_pickle = "data.pkl";
constexpr std::uint64_t free_tensor_data = std::uint64_t{1} << 20;
constexpr const char* torch_remedy =
    "in Python, save the weights alone with torch.save(model.state_dict(), \"weights.pt\")";

/// The pickle in PyTorch's archives, beside the tensors' bytes.
bool is_torch_pickle(const std::string& name) { return name == torch_pickle || name.ends_with("/data.pkl"); }

void refuse_keras(std::span<const std::byte> bytes, std::span<const std::string> names,
                  const std::string& file) {
  const bool is_hdf5 = as_text(bytes).starts_with("\x89HDF");
  if (is_hdf5 || std::find(names.begin(), names.end(), "metadata.json") != names.end())
    throw Error(ErrorCode::unsupported,
                std::string("is ") + (is_hdf5 ? "an HDF5 file" : "a model of Keras") +
                    ", which scrawl does not read; in Python, save the weights alone: "
                    "numpy.savez(\"w.npz\", *model.get_weights())",
                file);
}

/// torch.save's files are zip files whose entries lie in one folder.
struct TorchArchive {
  Bytes pickle;
  std::map<std::string, Bytes> storages;  ///< by their keys
  std::string byte_order = "little";
  std::uint64_t size = 0;  ///< unpacked
};

TorchArchive open_torch(std::span<const std::byte> bytes, const std::string& file,
                        const UnpackLimits& limits) {
  auto entries = read_zip(bytes, file, limits);
  const auto pickle = std::find_if(entries.begin(), entries.end(),
                                   [](const ZipEntry& entry) { return is_torch_pickle(entry.name); });
  if (pickle == entries.end())
    throw Error(
        ErrorCode::bad_data,
        std::string("is a zip file, but not one from torch.save: data.pkl is missing; ") + torch_remedy,
        file);
  const std::string pickle_path = pickle->name;
  const std::string folder = pickle_path.substr(0, pickle_path.size() - torch_pickle.size());
  const std::string storage_folder = folder + "data/";
  TorchArchive archive;
  for (auto& [name, data] : entries) {
    archive.size += data.size();
    if (name == pickle_path)
      archive.pickle = std::move(data);
    else if (name == folder + "byteorder")
      archive.byte_order = as_text(data);
    else if (name.starts_with(storage_folder))
      archive.storages.emplace(name.substr(storage_folder.size()), std::move(data));
  }
  return archive;
}

std::vector<Tensor> owned(const std::vector<TensorView>& views) {
  std::vector<Tensor> tensors;
  tensors.reserve(views.size());
  for (const auto& array : views)
    tensors.push_back({array.name, array.dtype, array.shape, Bytes(array.data.begin(), array.data.end())});
  return tensors;
}

/// Whether the bytes are from torch.save before PyTorch 1.6, which parse_torch refuses with a remedy.
bool is_legacy_torch(std::span<const std::byte> bytes) {
  // A pickle of the number 0x1950a86a20f9469cfc6c.
  constexpr std::string_view magic = "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19."sv;
  return as_text(bytes).starts_with(magic);
}

}  // namespace

std::string_view to_string(WeightFormat format) { return format_names[static_cast<std::size_t>(format)]; }

std::vector<Tensor> parse_torch(std::span<const std::byte> bytes, const std::string& file,
                                const UnpackLimits& limits) {
  if (is_legacy_torch(bytes))
    throw Error(ErrorCode::unsupported,
                "is of the form that PyTorch wrote before version 1.6; in Python, load and save it again: "
                "torch.save(torch.load(\"old.pt\", map_location=\"cpu\"), \"weights.pt\")",
                file, 0);
  TorchArchive archive = open_torch(bytes, file, limits);
  if (archive.byte_order != "little")
    throw Error(ErrorCode::unsupported,
                "was written on a big-endian machine; load and save it again on a little-endian one", file);
  const std::string place = file + ", data.pkl";
  const PickleOptions options{
      .storage = [&](const std::string& key) -> std::span<const std::byte> {
        const auto at = archive.storages.find(key);
        if (at == archive.storages.end())
          throw Error(ErrorCode::bad_data,
                      "the storage 'data/" + key + "' is missing; the file is damaged: save it again", file);
        return at->second;
      },
      .remedy = torch_remedy,
      .most_data = 4 * archive.size + free_tensor_data,
  };
  return owned(arrays(parse_pickle(std::move(archive.pickle), place, options)));
}

bool is_safetensors(std::span<const std::byte> bytes) {
  // Eight bytes of length, then JSON; as text the length would be absurd. Truncated files count too.
  std::uint64_t length = 0;
  if (bytes.size() <= sizeof length) return false;
  std::memcpy(&length, bytes.data(), sizeof length);
  return bytes[sizeof length] == std::byte{'{'} && length <= most_safetensors_header;
}

std::optional<WeightFormat> recognise(std::span<const std::byte> bytes, const std::string& file) {
  if (is_safetensors(bytes)) return WeightFormat::safetensors;
  const auto names = is_zip(bytes) ? zip_names(bytes, file) : std::vector<std::string>{};
  refuse_keras(bytes, names, file);
  if (is_zip(bytes))
    return std::any_of(names.begin(), names.end(), is_torch_pickle) ? WeightFormat::torch : WeightFormat::npz;
  if (is_legacy_torch(bytes)) return WeightFormat::torch;
  if (is_pickle(bytes)) return WeightFormat::pickle;
  if (is_onnx(bytes)) return WeightFormat::onnx;
  return std::nullopt;
}

WeightFile parse_weights(Bytes bytes, const std::string& file, const UnpackLimits& limits) {
  if (is_gzip(bytes)) bytes = gunzip(bytes, file, limits);
  const auto format = recognise(bytes, file);
  if (!format)
    throw Error(
        ErrorCode::bad_data,
        wrong_file(bytes, "a file with weights",
                   "scrawl reads weights as a pickle of NumPy arrays, npz, safetensors, a PyTorch state "
                   "dictionary (.pt, .pth), or ONNX"),
        file);
  switch (*format) {
    case WeightFormat::safetensors: {
      auto content = parse_safetensors(bytes, file);
      return {*format, std::move(content.tensors), std::move(content.metadata)};
    }
    case WeightFormat::torch: return {*format, parse_torch(bytes, file, limits)};
    case WeightFormat::npz: return {*format, parse_npz(bytes, file, limits)};
    case WeightFormat::pickle: return {*format, owned(arrays(parse_pickle(std::move(bytes), file)))};
    case WeightFormat::onnx: break;
  }
  return {.format = *format, .arrays = {}, .onnx = std::move(bytes)};
}

WeightFile read_weights(const std::filesystem::path& path, const UnpackLimits& limits) {
  return parse_weights(read_file(path), path.string(), limits);
}

}  // namespace scrawl
