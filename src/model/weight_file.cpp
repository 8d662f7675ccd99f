#include "model/weight_file.h"

#include "scrawl/error.h"

#include "formats/gzip.h"
#include "formats/npz.h"
#include "formats/onnx.h"
#include "formats/pickle.h"
#include "formats/safetensors.h"
#include "formats/torch.h"
#include "formats/zip.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 5> format_names = {"pickle", "npz", "safetensors", "PyTorch", "ONNX"};

/// Eight bytes of length, then JSON. Read as text, the length would be absurd.
bool is_safetensors(std::span<const std::byte> bytes) {
  std::uint64_t length = 0;
  if (bytes.size() <= sizeof length) return false;
  std::memcpy(&length, bytes.data(), sizeof length);
  return bytes[sizeof length] == std::byte{'{'} && length <= bytes.size();
}

/// PyTorch's archives hold a pickle beside the tensors' bytes; names stand in a zip file as they are.
bool is_torch(std::span<const std::byte> zip) {
  constexpr std::string_view pickle = "/data.pkl";
  const std::string_view text(reinterpret_cast<const char*>(zip.data()), zip.size());
  return text.find(pickle) != std::string_view::npos;
}

std::vector<Tensor> owned(const std::vector<TensorView>& views) {
  std::vector<Tensor> tensors;
  for (const auto& array : views)
    tensors.push_back({array.name, array.dtype, array.shape, Bytes(array.data.begin(), array.data.end())});
  return tensors;
}

}  // namespace

std::string_view to_string(WeightFormat format) { return format_names[static_cast<std::size_t>(format)]; }

WeightFile parse_weights(Bytes bytes, const std::string& file, const UnpackLimits& limits) {
  if (is_gzip(bytes)) bytes = gunzip(bytes, file, limits);
  if (is_safetensors(bytes)) {
    auto content = parse_safetensors(bytes, file);
    return {WeightFormat::safetensors, std::move(content.tensors), std::move(content.metadata)};
  }
  if (is_zip(bytes)) {
    if (is_torch(bytes)) return {WeightFormat::torch, parse_torch(bytes, file, limits)};
    return {WeightFormat::npz, parse_npz(bytes, file, limits)};
  }
  if (is_legacy_torch(bytes))
    return {WeightFormat::torch, parse_torch(bytes, file, limits)};  // says how to convert
  if (is_pickle(bytes)) return {WeightFormat::pickle, owned(arrays(parse_pickle(std::move(bytes), file)))};
  if (is_onnx(bytes)) return {.format = WeightFormat::onnx, .arrays = {}, .onnx = std::move(bytes)};
  throw Error(
      ErrorCode::bad_data,
      "holds no weights in a form that scrawl knows: a pickle of NumPy arrays, npz, safetensors, a PyTorch "
      "state dictionary (.pt, .pth), or ONNX",
      file);
}

WeightFile read_weights(const std::filesystem::path& path, const UnpackLimits& limits) {
  return parse_weights(read_file(path), path.string(), limits);
}

}  // namespace scrawl
