#include "tools/command.h"
#include "tools/trained.h"

#include <chrono>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

namespace scrawl::surroundings_test {
namespace {

using test::Command;
using test::contains;

/// Runs a script of the shell in which $SCRAWL is the command, and gives its exit status.
int shell(const std::filesystem::path& folder, const std::string& script) {
  const std::string line =
      "cd '" + folder.string() + "' && SCRAWL='" + std::string(SCRAWL_COMMAND) + "' && " + script;
  const int status = std::system(line.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class Surroundings : public test::Trained {
 protected:
  /// A run of so many steps that it ends by a signal alone.
  std::vector<std::string> long_run() {
    return train({"--set", "training.steps=4000000000", "--set", "report.loss_every=1000000",
                  "--checkpoint-every", "0.01"});
  }
  /// Whether the condition becomes true within a minute: on a busy machine a start takes its time.
  template <class Condition>
  static bool comes(const Condition& condition) {
    using Clock = std::chrono::steady_clock;
    for (const auto start = Clock::now(); Clock::now() - start < std::chrono::minutes(1);) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  bool is_training() const {
    return comes([&] { return std::filesystem::exists(folder / "run/checkpoint.safetensors"); });
  }
};

TEST_F(Surroundings, ClosedStandardStreamsAreNotTakenForFiles) {
  const std::string line = "\"$SCRAWL\" train recipe.toml --no-pictures --out ";
  ASSERT_EQ(shell(folder.path(), line + "whole > out.txt 2> err.txt"), 0) << text("err.txt");
  const std::string metrics = text("whole/metrics.csv");
  EXPECT_TRUE(contains(text("out.txt"), "the author's line"));
  // What was promised to standard output cannot be delivered, and that is said; the run is whole.
  EXPECT_EQ(shell(folder.path(), line + "a <&- >&- 2> err.txt"), 4);
  EXPECT_TRUE(contains(text("err.txt"), "cannot write to standard output"));
  EXPECT_EQ(shell(folder.path(), line + "b >&- 2>&-"), 4);
  EXPECT_EQ(shell(folder.path(), line + "c 2>&- > out.txt"), 0);
  EXPECT_TRUE(contains(text("out.txt"), "the author's line"));
  for (const std::string run : {"a", "b", "c"}) {
    EXPECT_EQ(text(run + "/metrics.csv"), metrics) << run;
    EXPECT_EQ(text(run + "/.lock"), "") << run;
    EXPECT_TRUE(std::filesystem::exists(folder / run / "result.json")) << run;
  }
}

TEST_F(Surroundings, HangUpAndTerminationSaveTheRunAsControlCDoes) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    Command command(long_run(), folder.path());
    EXPECT_TRUE(is_training());
    command.signal(number);
    EXPECT_EQ(command.wait(), 128 + number);
    EXPECT_TRUE(contains(command.err(), "the run is saved")) << command.err();
    EXPECT_FALSE(std::filesystem::exists(folder / "run/result.json"));
    std::filesystem::remove_all(folder / "run");
  }
}

TEST_F(Surroundings, AnIgnoredHangUpStaysIgnored) {
  Command command(long_run(), folder.path(), SIGHUP);  // as nohup does
  EXPECT_TRUE(is_training());
  command.signal(SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto written = std::filesystem::last_write_time(folder / "run/checkpoint.safetensors");
  EXPECT_TRUE(comes([&] {  // it goes on
    std::error_code replaced;
    return std::filesystem::last_write_time(folder / "run/checkpoint.safetensors", replaced) > written;
  }));
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait(), 128 + SIGTERM);
}

// Hours for one step: 2 * 401,408 * 512 evaluations of the loss.
TEST_F(Surroundings, ANumericalStepIsGivenUpAtOnce) {
  Command command(train({"--set", "training.gradient=numerical", "--set",
                         "model.layers=3x3 > dense 2000 > sigmoid > dense 2000 > sigmoid > dense 3"}),
                  folder.path());
  EXPECT_TRUE(comes([&] { return contains(command.err(), "central differences"); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  command.signal(SIGINT);
  EXPECT_EQ(command.wait(), 130);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(10));  // on a busy machine
  EXPECT_TRUE(contains(command.err(), "the run is saved")) << command.err();
}

TEST_F(Surroundings, AFileBeyondTheLimitIsAnErrorAndNoSignal) {
  EXPECT_EQ(shell(folder.path(),
                  "ulimit -f 120; \"$SCRAWL\" train recipe.toml --no-pictures --out run "
                  "--set 'model.layers=3x3 > dense 2000 > dense 3' > out.txt 2> err.txt"),
            4);
  EXPECT_TRUE(contains(text("err.txt"), "checkpoint.safetensors: cannot write: File too large"))
      << text("err.txt");
  EXPECT_TRUE(contains(text("err.txt"), "ulimit -f"));
  for (const auto& entry : std::filesystem::directory_iterator(folder / "run"))
    EXPECT_FALSE(contains(entry.path().string(), ".tmp-")) << entry.path();
}

}  // namespace
}  // namespace scrawl::surroundings_test
