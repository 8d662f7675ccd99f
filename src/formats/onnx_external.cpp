#include "formats/onnx_external.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "formats/onnx.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace scrawl {
namespace {

constexpr std::size_t most_locations = 1000;
constexpr const char* remedy =
    "; save the model with all data inside (onnx.save_model(model, path, save_as_external_data=False))";

/// Whether the location stays below the folder by its text.
bool is_inside(const std::string& location) {
  const auto parts = split(location, '/');
  return location.find('\0') == std::string::npos && std::none_of(parts.begin(), parts.end(), [](auto part) {
           return part.empty() || part == "." || part == "..";
         });
}

/// Opens the file; each folder on the way and the file itself must not be a symbolic link. -1 with errno.
int open_below(const std::filesystem::path& folder, const std::string& location) {
  int at = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  const auto parts = split(location, '/');
  for (std::size_t i = 0; at >= 0 && i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    const int flags = is_last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;
    const int next = ::openat(at, std::string(parts[i]).c_str(), flags | O_NOFOLLOW | O_CLOEXEC);
    const int problem = errno;
    ::close(std::exchange(at, next));
    errno = problem;
  }
  return at;
}

}  // namespace

OnnxExternalData::OnnxExternalData(std::filesystem::path folder, const std::string& file)
    : folder_(std::move(folder)), file_(file) {}

OnnxExternalData::~OnnxExternalData() { close(); }

void OnnxExternalData::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void OnnxExternalData::open(const std::string& location, const std::string& place) {
  if (descriptor_ >= 0 && location == location_) return;
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::unsupported,
                 place + ": its values lie in another file, " + quoted_name(location) + why, file_);
  };
  if (folder_.empty()) throw refuse(remedy);
  if (!is_inside(location))
    throw refuse(", and scrawl reads files in the model's folder only" + std::string(remedy));
  close();
  descriptor_ = open_below(folder_, location);
  if (descriptor_ < 0 && (errno == ELOOP || errno == ENOTDIR))
    throw refuse(
        ", which is or goes through a symbolic link; put a copy of the file into the model's folder");
  if (descriptor_ < 0)
    throw refuse(std::string(", which cannot be opened (") + std::strerror(errno) +
                 "); put it beside the model, where it was saved");
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    close();
    throw refuse(", which is not a regular file" + std::string(remedy));
  }
  location_ = location;
  bytes_ = static_cast<std::uint64_t>(status.st_size);
  if (unread_.try_emplace(location, bytes_).second && unread_.size() > most_locations)
    throw refuse(" and " + std::to_string(most_locations) + " others" + remedy);
}

Bytes OnnxExternalData::read(const std::map<std::string, std::string>& entries, std::size_t size,
                             const std::string& place) {
  const auto bad = [&](const std::string& why) {
    return Error(ErrorCode::bad_data, place + ": " + why, file_);
  };
  const auto location = entries.find("location");
  if (location == entries.end())
    throw bad("its values lie in another file that is not named; export the model again");
  const auto number = [&](const char* key, std::uint64_t fallback) {
    const auto found = entries.find(key);
    if (found == entries.end()) return fallback;
    if (const auto value = parse_number<std::uint64_t>(found->second)) return *value;
    throw bad("its " + std::string(key) + " " + quoted_name(found->second) + " in " +
              quoted_name(location->second) + " is not a whole number; export the model again");
  };
  const std::uint64_t offset = number("offset", 0);
  if (const std::uint64_t length = number("length", size); length != size)
    throw bad("needs " + std::to_string(size) + " bytes by its shape, and has " + std::to_string(length) +
              " in " + quoted_name(location->second) + "; export the model again");
  open(location->second, place);
  if (offset > bytes_ || size > bytes_ - offset)
    throw bad("its " + std::to_string(size) + " bytes from byte " + std::to_string(offset) + " of " +
              quoted_name(location_) + " on reach beyond its end, " + std::to_string(bytes_) +
              "; the file is cut off or of another model: copy it again");
  std::uint64_t& unread = unread_[location_];
  if (size > unread || size > most_file_bytes)
    throw Error(ErrorCode::unsupported,
                place + ": shares its values in " + quoted_name(location_) +
                    " with other tensors, or they are too large" + remedy,
                file_);
  unread -= size;
  Bytes bytes(size);
  for (std::size_t used = 0; used < size;) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data() + used, size - used, static_cast<off_t>(offset + used));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw Error(
          ErrorCode::io,
          "cannot read the values of " + place + ": " + (got < 0 ? std::strerror(errno) : "it ends early"),
          (folder_ / location_).string());
    used += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace scrawl
