
#include "base/temporaries.h"

#include "base/files.h"
#include "base/process.h"
#include "testing.h"

#include <csignal>
#include <cstdlib>
#include <functional>

#include <sys/wait.h>
#include <unistd.h>

namespace scrawl::temporaries_test {
namespace {

namespace fs = std::filesystem;
using test::TempFolder;

/// Runs `work` in a process of its own that cleans up on signals, sends it a signal when it says that it is
/// ready, and returns what ended it: a signal's number, or 0.
int ended_by(int signal, const std::function<void(const std::function<void()>& ready)>& work,
             bool ignores = false) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t process = ::fork();
  if (process == 0) {
    ::close(ends[0]);
    ::signal(signal, ignores ? SIG_IGN : SIG_DFL);
    clean_up_on_signals();
    work([&] {
      if (::write(ends[1], "r", 1) != 1) ::_exit(3);
    });
    ::_exit(0);
  }
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  ::kill(process, signal);
  int status = 0;
  EXPECT_EQ(::waitpid(process, &status, 0), process);
  ::close(ends[0]);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

[[noreturn]] void wait_for_the_end() {
  while (true) ::pause();
}

TEST(Temporaries, AreGoneAfterASignal) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const TempFolder folder;
    write_file(folder / "stays", "text");
    const int ended = ended_by(signal, [&](const auto& ready) {
      const TemporaryFolder temporary(folder.path(), "some-");
      make_folder(temporary.path() / "deep" / "deeper");
      for (int i = 0; i < 500; ++i)
        write_file(temporary.path() / "deep" / "deeper" / std::to_string(i), "text");
      fs::create_directory_symlink(folder.path(), temporary.path() / "out");  // is not followed
      AtomicFile file(folder / "stays");
      file.write("half");
      ready();
      wait_for_the_end();
    });
    EXPECT_EQ(ended, signal);
    EXPECT_EQ(list_folder(folder.path()), std::vector<fs::path>{folder / "stays"});
    EXPECT_EQ(read_text_file(folder / "stays"), "text");
  }
}

TEST(Temporaries, AFolderThatSomebodyHasUsedStays) {
  const TempFolder folder;
  for (const char* name : {"empty", "used"}) make_folder(folder / name);
  write_file(folder / "used" / "file", "text");
  EXPECT_EQ(ended_by(SIGTERM,
                     [&](const auto& ready) {
                       const Temporary empty((folder / "empty").string(), Temporary::Kind::only_if_empty);
                       const Temporary used((folder / "used").string(), Temporary::Kind::only_if_empty);
                       ready();
                       wait_for_the_end();
                     }),
            SIGTERM);
  EXPECT_FALSE(file_exists(folder / "empty"));
  EXPECT_TRUE(is_file(folder / "used" / "file"));
}

TEST(Temporaries, WhatIsFinishedStays) {
  const TempFolder folder;
  EXPECT_EQ(ended_by(SIGTERM,
                     [&](const auto& ready) {
                       write_file(folder / "file", "text");
                       ready();
                       wait_for_the_end();
                     }),
            SIGTERM);
  EXPECT_EQ(read_text_file(folder / "file"), "text");
}

TEST(Temporaries, ProgramsEndWithTheProcess) {
  const TempFolder folder;
  EXPECT_EQ(
      ended_by(SIGTERM,
               [&](const auto& ready) {
                 const pid_t waiter = ::fork();
                 if (waiter == 0) {
                   while (!is_file(folder / "pids")) ::usleep(1000);
                   ready();
                   ::_exit(0);
                 }
                 // A program, and one that it has started.
                 run_process({"sh", "-c", "sleep 1000 & echo $$ $! > new; mv new pids; wait"}, folder.path());
               }),
      SIGTERM);
  const std::string pids = read_text_file(folder / "pids");
  const auto space = pids.find(' ');
  for (const auto& text : {pids.substr(0, space), pids.substr(space + 1)}) {
    const auto pid = static_cast<pid_t>(std::atoi(text.c_str()));
    ASSERT_GT(pid, 1);
    // Gone, or dead and not yet collected by init.
    for (int i = 0; i < 1000 && ::kill(pid, 0) == 0; ++i) {
      const auto stat = "/proc/" + text.substr(0, text.find('\n')) + "/stat";
      if (!file_exists(stat) || test::contains(read_text_file(stat), ") Z ")) break;
      EXPECT_LT(i, 999) << "still runs: " << text;
      ::usleep(1000);
    }
  }
}

TEST(Temporaries, AnIgnoredSignalStaysIgnored) {
  const TempFolder folder;
  EXPECT_EQ(ended_by(
                SIGHUP,
                [&](const auto& ready) {
                  const TemporaryFolder temporary(folder.path(), "some-");
                  ready();
                  ::usleep(50000);
                  write_file(folder / "went-on", "");
                },
                /*ignores=*/true),
            0);
  EXPECT_TRUE(is_file(folder / "went-on"));
}

}  // namespace
}  // namespace scrawl::temporaries_test
