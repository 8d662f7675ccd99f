#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#pragma GCC visibility push(default)
namespace scrawl {

/// What kind of thing went wrong. The command maps each code to an exit status (see `exit_status`).
enum class ErrorCode {
  invalid_argument,  ///< a value handed to the library, an option or a recipe key makes no sense
  bad_data,          ///< the bytes of a file are malformed or do not fit together
  not_found,         ///< a file or folder that must exist does not
  io,                ///< the operating system refused to read or write
  download,          ///< nothing that could have delivered a data set answered
  unsupported,       ///< valid, but not for this version or this machine
};

/// The one exception type of the library, thrown where bytes enter and where models are built.
/// `what()` is complete and readable: "FILE, byte OFFSET: MESSAGE"; it says what to do where that is known.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message);

  /// An error in a file; `offset` is the byte from its start where the trouble was found, where it is known.
  Error(ErrorCode code, const std::string& message, const std::string& file,
        std::optional<std::uint64_t> offset = std::nullopt);

  ErrorCode code() const { return code_; }
  /// The message alone, without file and offset.
  const std::string& message() const { return message_; }
  const std::string& file() const { return file_; }
  std::optional<std::uint64_t> offset() const { return offset_; }

 private:
  ErrorCode code_;
  std::string message_;
  std::string file_;
  std::optional<std::uint64_t> offset_;
};

}  // namespace scrawl
#pragma GCC visibility pop
