#pragma once

#include "base/files.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace scrawl {

/// The files beside an ONNX model that hold values of its tensors. Reads regular files below the model's
/// folder only, follows no symbolic link there, and reads each byte of a file once at most, so that a model
/// cannot take more memory than its files.
class OnnxExternalData {
 public:
  /// Reads nothing where `folder` is empty. `file` names the model in errors and must outlive it.
  OnnxExternalData(std::filesystem::path folder, const std::string& file);
  ~OnnxExternalData();
  OnnxExternalData(const OnnxExternalData&) = delete;
  OnnxExternalData& operator=(const OnnxExternalData&) = delete;

  /// The `size` bytes that a tensor's `external_data` (location, offset, length) names; `place` names the
  /// tensor. Throws Error(unsupported) if they may not or cannot be read, Error(bad_data) if they do not fit.
  Bytes read(const std::map<std::string, std::string>& entries, std::size_t size, const std::string& place);

 private:
  void open(const std::string& location, const std::string& place);
  void close();

  std::filesystem::path folder_;
  const std::string& file_;
  int descriptor_ = -1;   // of location_
  std::string location_;  // the file that was read last
  std::uint64_t bytes_ = 0;
  std::map<std::string, std::uint64_t> unread_;  // bytes that may still be read, by location
};

}  // namespace scrawl
