#include "base/temporaries.h"

#include "scrawl/error.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// A signal handler reads these; it may neither lock nor allocate, hence plain atomics in fixed places.
namespace scrawl {
namespace {

struct Place {
  std::atomic<const char*> path = nullptr;
  std::atomic<pid_t> owner = 0;  // a child has a copy of all this, and must leave its parent's files alone
  std::atomic<Temporary::Kind> kind = Temporary::Kind::whole;
};

constexpr std::size_t most_places = 64;
std::array<Place, most_places> places;
struct Program {
  std::atomic<pid_t> group = 0;
  std::atomic<pid_t> owner = 0;
};
std::array<Program, most_places> programs;
static_assert(std::atomic<const char*>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free);

/// Removes what `path` below `folder` names, with system calls alone. Returns whether it is gone.
bool remove_tree(int folder, const char* path) {
  if (::unlinkat(folder, path, 0) == 0 || errno == ENOENT) return true;
  const int inside = ::openat(folder, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (inside < 0) return false;
  alignas(dirent64) char buffer[8192];
  bool removed = true;
  while (removed) {  // anew from the start: what was removed shifts the rest
    removed = false;
    ::lseek(inside, 0, SEEK_SET);
    for (ssize_t got = 0; (got = ::getdents64(inside, buffer, sizeof buffer)) > 0;)
      for (ssize_t at = 0; at < got;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
        at += entry->d_reclen;
        if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
        removed |= remove_tree(inside, entry->d_name);
      }
  }
  ::close(inside);
  return ::unlinkat(folder, path, AT_REMOVEDIR) == 0;
}

extern "C" void clean_up(int signal) {
  for (const auto& program : programs)
    if (const pid_t leader = program.group; leader > 0 && program.owner == ::getpid()) {
      ::kill(-leader, SIGKILL);
      ::waitpid(leader, nullptr, 0);
    }
  for (std::size_t i = most_places; i-- > 0;)  // the last first: it may lie in one before it
    if (const char* path = places[i].path; path != nullptr && places[i].owner == ::getpid()) {
      if (places[i].kind == Temporary::Kind::whole)
        remove_tree(AT_FDCWD, path);
      else
        ::unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
    }
  // The handler is gone (SA_RESETHAND), and the signal waits until it returns.
  ::raise(signal);
}

}  // namespace

Temporary::Temporary(std::string path, Kind kind) : path_(std::move(path)), slot_(most_places) {
  for (std::size_t i = 0; i < most_places; ++i) {
    const char* free = nullptr;
    if (!places[i].path.compare_exchange_strong(free, "")) continue;
    places[i].kind = kind;
    places[i].owner = ::getpid();
    places[i].path = path_.c_str();
    slot_ = i;
    return;
  }
}

Temporary::~Temporary() {
  if (slot_ < most_places) places[slot_].path = nullptr;
}

RunningProgram::RunningProgram(pid_t group) : slot_(most_places) {
  for (std::size_t i = 0; i < most_places; ++i)
    if (pid_t free = 0; programs[i].group.compare_exchange_strong(free, group)) {
      programs[i].owner = ::getpid();
      slot_ = i;
      return;
    }
}

RunningProgram::~RunningProgram() {
  if (slot_ < most_places) programs[slot_].group = 0;
}

TemporaryFolder::TemporaryFolder(const std::filesystem::path& place, const std::string& prefix) {
  std::string name = (place / (prefix + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(ErrorCode::io, std::string("cannot make a temporary folder: ") + std::strerror(errno), name);
  temporary_.emplace(name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() { remove_quietly(path_); }

void clean_up_on_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_handler = clean_up;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaddset(&action.sa_mask, SIGINT);
    ::sigaddset(&action.sa_mask, SIGTERM);
    ::sigaddset(&action.sa_mask, SIGHUP);
    ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace scrawl
