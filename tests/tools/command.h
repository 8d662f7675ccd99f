#pragma once

#include "scrawl/data_files.h"
#include "scrawl/dataset.h"

#include "base/files.h"
#include "testing.h"

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace scrawl::test {

/// A running `scrawl` with both its outputs in files.
class Command {
 public:
  /// Without `ignored`, no signal is ignored at its start.
  Command(const std::vector<std::string>& arguments, const std::filesystem::path& folder, int ignored = 0) {
    out_ = folder / "stdout.txt";
    err_ = folder / "stderr.txt";
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_.c_str(), flags, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_.c_str(), flags, 0600);
    std::string program = SCRAWL_COMMAND;
    std::vector<std::string> copies = arguments;
    std::vector<char*> argv = {program.data()};
    for (auto& argument : copies) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawnattr_t attributes;  // a shell lets what it runs in the background ignore some of these
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
      if (signal != ignored) ::sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const auto before = ignored ? ::signal(ignored, SIG_IGN) : SIG_DFL;
    const int problem =
        ::posix_spawn(&process_, program.c_str(), &actions, &attributes, argv.data(), environ);
    if (ignored) ::signal(ignored, before);
    EXPECT_EQ(problem, 0) << program;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }

  void signal(int number) const { ::kill(process_, number); }

  /// The exit status, or 128 + the signal that ended it.
  int wait() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  std::string out() const { return read_text_file(out_); }
  std::string err() const { return read_text_file(err_); }

 private:
  std::filesystem::path out_, err_;
  pid_t process_ = 0;
};

struct CommandResult {
  int status;
  std::string out;
  std::string err;
};

inline CommandResult run_scrawl(const std::vector<std::string>& arguments) {
  const TempFolder folder;
  Command command(arguments, folder.path());
  const int status = command.wait();
  return {status, command.out(), command.err()};
}

inline bool has_mnist() {
  try {
    load_dataset("mnist", Part::test);
    return true;
  } catch (const Error&) {
    return false;
  }
}

inline std::string recipe_file(const std::string& name) {
  return std::string(SCRAWL_RECIPES) + "/" + name + ".toml";
}

}  // namespace scrawl::test
