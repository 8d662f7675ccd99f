#include "formats/weight_file.h"

#include "scrawl/error.h"

#include "formats/file_kind.h"
#include "formats/gzip.h"
#include "formats/npz.h"
#include "formats/onnx.h"
#include "formats/pickle.h"
#include "formats/safetensors.h"
#include "formats/torch.h"
#include "formats/zip.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 5> format_names = {"pickle", "npz", "safetensors", "PyTorch", "ONNX"};

/// PyTorch's archives hold a pickle beside the tensors' bytes.
bool is_torch(std::span<const std::string> names) {
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name == "data.pkl" || name.ends_with("/data.pkl");
  });
}

void refuse_keras(std::span<const std::byte> bytes, std::span<const std::string> names,
                  const std::string& file) {
  constexpr std::string_view hdf5 = "\x89HDF";
  const bool is_hdf5 =
      std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).starts_with(hdf5);
  if (is_hdf5 || std::find(names.begin(), names.end(), "metadata.json") != names.end())
    throw Error(ErrorCode::unsupported,
                std::string("is ") + (is_hdf5 ? "an HDF5 file" : "a model of Keras") +
                    ", which scrawl does not read; in Python, save the weights alone: "
                    "numpy.savez(\"w.npz\", *model.get_weights())",
                file);
}

std::vector<Tensor> owned(const std::vector<TensorView>& views) {
  std::vector<Tensor> tensors;
  tensors.reserve(views.size());
  for (const auto& array : views)
    tensors.push_back({array.name, array.dtype, array.shape, Bytes(array.data.begin(), array.data.end())});
  return tensors;
}

}  // namespace

std::string_view to_string(WeightFormat format) { return format_names[static_cast<std::size_t>(format)]; }

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
  if (is_zip(bytes)) return is_torch(names) ? WeightFormat::torch : WeightFormat::npz;
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
