#pragma once

// For every program: the exception of the library. For main programs: the version, cleaning up after signals,
// limits for compressed files.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#pragma GCC visibility push(default)
namespace scrawl {

/// The kind of an error. The command maps each code to an exit status (see `exit_status`).
enum class ErrorCode {
  invalid_argument,  ///< an invalid argument, option or recipe key
  bad_data,          ///< the bytes of a file are malformed or inconsistent
  not_found,         ///< a required file or folder does not exist
  io,                ///< the operating system refused to read or write
  download,          ///< no source of a data set answered
  unsupported,       ///< valid, but not supported by this version or this machine
};

/// The one exception type of the library, thrown where bytes enter and where models are built.
/// `what()` is complete and readable: "FILE, byte OFFSET: MESSAGE". It states the remedy if there is one.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message);

  /// An error in a file; `offset` is the byte from its start where the error was found, if known.
  Error(ErrorCode code, const std::string& message, const std::string& file,
        std::optional<std::uint64_t> offset = std::nullopt);

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }  ///< without file and offset
  const std::string& file() const { return file_; }
  std::optional<std::uint64_t> offset() const { return offset_; }

 private:
  ErrorCode code_;
  std::string message_;
  std::string file_;
  std::optional<std::uint64_t> offset_;
};

const char* version();  ///< such as "0.2.0"

/// On SIGINT, SIGTERM and SIGHUP, ends the programs that the library has started and removes its unfinished
/// files and temporary folders before the process ends as usual. Signals that are ignored, as by nohup, or
/// have a handler do not change. Call it from main; the library itself never changes a signal's effect.
void clean_up_on_signals();

/// Limits on the unpacked size of a compressed file, to protect the memory. The ratio applies only above
/// `free_bytes`: small files may be compressed as far as the format allows (about a thousandfold).
struct UnpackLimits {
  std::uint64_t most_bytes = std::uint64_t{1} << 32;
  std::uint64_t most_ratio = 250;
  std::uint64_t free_bytes = std::uint64_t{1} << 24;

  bool operator==(const UnpackLimits&) const = default;
};

std::uint64_t most_unpacked(std::uint64_t packed, const UnpackLimits& limits);  ///< for `packed` bytes

}  // namespace scrawl
#pragma GCC visibility pop
