#include "base/file_lock.h"

#include "scrawl/error.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace scrawl {

FileLock::FileLock(const std::filesystem::path& path) {
  do {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0)
      throw Error(ErrorCode::io, std::string("cannot open: ") + std::strerror(errno), path.string());
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) continue;
    const int problem = errno;
    ::close(descriptor_);
    throw Error(ErrorCode::io,
                problem == EWOULDBLOCK ? "is in use by another process; wait for it or stop it"
                                       : std::string("cannot lock: ") + std::strerror(problem),
                path.string());
  } while (!is_at(path));  // who held it may have removed the file in between
}

bool FileLock::is_at(const std::filesystem::path& path) const {
  struct stat mine {};
  struct stat there {};
  return ::fstat(descriptor_, &mine) == 0 && ::stat(path.c_str(), &there) == 0 &&
         mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

FileLock::~FileLock() { ::close(descriptor_); }

}  // namespace scrawl
