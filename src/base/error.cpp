#include "scrawl/error.h"

namespace scrawl {
namespace {

std::string located(const std::string& message, const std::string& file,
                    std::optional<std::uint64_t> offset) {
  std::string text = file;
  if (offset) text += ", byte " + std::to_string(*offset);
  return text + ": " + message;
}

}  // namespace

Error::Error(ErrorCode code, const std::string& message)
    : std::runtime_error(message), code_(code), message_(message) {}

Error::Error(ErrorCode code, const std::string& message, const std::string& file,
             std::optional<std::uint64_t> offset)
    : std::runtime_error(located(message, file, offset)),
      code_(code),
      message_(message),
      file_(file),
      offset_(offset) {}

}  // namespace scrawl
