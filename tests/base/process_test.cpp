#include "base/process.h"

#include "testing.h"

namespace scrawl::process_test {
namespace {

using test::contains;

TEST(Process, GivesOutputAndExitCode) {
  const auto result = run_process({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(Process, PassesArgumentsWithoutAShell) {
  EXPECT_EQ(run_process({"printf", "%s|", "a b", "$HOME", "*", ""}).output, "a b|$HOME|*||");
}

TEST(Process, RunsInTheFolder) {
  const test::TempFolder folder;
  EXPECT_EQ(run_process({"pwd", "-P"}, folder.path()).output,
            std::filesystem::canonical(folder.path()).string() + "\n");
}

TEST(Process, HasNoStandardInput) { EXPECT_EQ(run_process({"cat"}).output, ""); }

TEST(Process, KeepsTheEndOfLongOutput) {
  const auto result =
      run_process({"sh", "-c", "i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output.size(), 65536U);
  EXPECT_TRUE(result.output.ends_with("line 29998\nline 29999\n"));
}

TEST(Process, ReportsASignalAndAMissingProgram) {
  EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}).exit_code, 128 + 9);
  const auto missing = run_process({"no-such-program-here"});
  EXPECT_EQ(missing.exit_code, 127);
  EXPECT_TRUE(contains(missing.output, "no-such-program-here: No such file"));
}

}  // namespace
}  // namespace scrawl::process_test
