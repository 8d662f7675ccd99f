#include "base/files.h"

#include "scrawl/error.h"

#include "base/free_memory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace scrawl {
namespace {

[[noreturn]] void fail(const char* doing, const std::filesystem::path& path) {
  const int number = errno;
  throw Error(number == ENOENT ? ErrorCode::not_found : ErrorCode::io,
              std::string("cannot ") + doing + ": " + reason_of(number), path.string());
}

/// Closes a descriptor on the way out.
struct Descriptor {
  int number;
  ~Descriptor() { ::close(number); }
};

template <class Container>
Container read_whole(const std::filesystem::path& path, std::uint64_t most) {
  most = std::min(most, std::numeric_limits<std::uint64_t>::max() - 1);
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0) fail("open", path);
  const Descriptor file{number};
  struct stat status {};
  if (::fstat(file.number, &status) != 0) fail("read", path);
  if (S_ISDIR(status.st_mode)) throw Error(ErrorCode::io, "is a folder, not a file", path.string());
  const auto too_large = [&] {
    return Error(
        ErrorCode::bad_data,
        "is larger than the " + std::to_string(most) + " bytes that are allowed " +
            (S_ISREG(status.st_mode) ? "here" : "for something that is not a regular file; save it as one"),
        path.string());
  };
  if (!S_ISREG(status.st_mode)) most = std::min(most, most_stream_bytes);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > most) throw too_large();
  require_memory(static_cast<double>(size), "reading it", more_memory, path.string());
  Container content;
  // The size is a hint only (pipes and /proc have none): reading goes on until the end.
  const std::uint64_t room = size + 1;
  std::uint64_t used = 0;
  while (true) {
    if (used == content.size()) content.resize(used == 0 ? room : std::min(2 * used + 4096, most + 1));
    const ssize_t got =
        ::read(file.number, reinterpret_cast<char*>(content.data()) + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path);
    if (got == 0) break;
    used += static_cast<std::uint64_t>(got);
    if (used > most) throw too_large();
  }
  content.resize(used);
  return content;
}

}  // namespace

Bytes read_file(const std::filesystem::path& path, std::uint64_t most) {
  return read_whole<Bytes>(path, most);
}

std::vector<std::uint8_t> read_values(const std::filesystem::path& path, std::uint64_t most) {
  return read_whole<std::vector<std::uint8_t>>(path, most);
}

std::string read_text_file(const std::filesystem::path& path, std::uint64_t most) {
  return read_whole<std::string>(path, most);
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  if (is_folder(path_)) throw Error(ErrorCode::io, "is a folder, not a file", path_.string());
  if (file_exists(path_) && !is_file(path_)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail("write", path_);
    return;
  }
  path_ = real_path(path_);
  for (unsigned attempt = 0; descriptor_ < 0; ++attempt) {
    temporary_ = path_.string() + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(attempt);
    unfinished_.emplace(temporary_.string());  // before it exists: a signal may arrive in between
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST) fail("write", path_);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  if (!temporary_.empty()) {
    if (::fsync(descriptor_) != 0) fail("write", path_);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename the finished file to", path_);
    temporary_.clear();
    unfinished_.reset();
    // The new name survives a power failure only once its folder is on the disk too.
    const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    if (const int number = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); number >= 0) {
      ::fsync(number);
      ::close(number);
    }
  }
  ::close(std::exchange(descriptor_, -1));
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

std::filesystem::path make_free_folder(const std::filesystem::path& path) {
  if (path.has_parent_path()) make_folder(path.parent_path());
  for (std::uint64_t number = 1;; ++number) {
    std::filesystem::path folder = path;
    if (number > 1) folder += "-" + std::to_string(number);
    if (::mkdir(folder.c_str(), 0777) == 0) return folder;
    if (errno != EEXIST)
      throw Error(ErrorCode::io, "cannot create the folder: " + reason_of(errno), folder.string());
  }
}

std::string reason_of(int number) {
  std::string text = std::strerror(number);
  if (number == EFBIG) text += "; 'ulimit -f' or the file system limits the size of a file";
  return text;
}

}  // namespace scrawl
