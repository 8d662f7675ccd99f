#pragma once

#include "base/file_system.h"
#include "base/temporaries.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

using Bytes = std::vector<std::byte>;

constexpr std::uint64_t most_file_bytes = std::uint64_t{1} << 32;
/// Of a pipe or a device, which may never end.
constexpr std::uint64_t most_stream_bytes = std::uint64_t{1} << 28;
constexpr std::uint64_t most_text_bytes = std::uint64_t{1} << 26;

/// The whole file. Throws Error(not_found), Error(io), or Error(bad_data) for more than `most` bytes, or
/// more than most_stream_bytes from what is no regular file.
Bytes read_file(const std::filesystem::path& path, std::uint64_t most = most_file_bytes);
std::string read_text_file(const std::filesystem::path& path, std::uint64_t most = most_text_bytes);
/// The same as read_file for data that goes on as numbers.
std::vector<std::uint8_t> read_values(const std::filesystem::path& path,
                                      std::uint64_t most = most_file_bytes);

/// A file that appears whole or not at all: written under a temporary name beside it, then synced and renamed
/// by commit(), or else removed by the destructor. A symbolic link stays: the file that it points to is
/// replaced. Devices and pipes, such as /dev/stdout, are written to directly.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Makes the file visible under its name, durably. Call once, last.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;  // empty when path_ itself is written to
  std::optional<Temporary> unfinished_;
  int descriptor_ = -1;
};

/// The whole file at once, by an AtomicFile.
void write_file(const std::filesystem::path& path, std::string_view text);
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// Creates the folder `path`, or where that name is taken the first free one of `path`-2, `path`-3 and so on,
/// with its parents; returns its path. No two processes get the same folder. Throws Error(io).
std::filesystem::path make_free_folder(const std::filesystem::path& path);

/// The system's words for an errno, and what to do about it where they do not say.
std::string reason_of(int number);

}  // namespace scrawl
