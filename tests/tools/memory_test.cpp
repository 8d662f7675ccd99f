#include "base/process.h"
#include "tools/command.h"

#include <chrono>

#include <gtest/gtest.h>

namespace scrawl::memory_test {
namespace {

using test::contains;

// What does not fit into memory is refused before anything is allocated.
class Memory : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef SCRAWL_SANITIZED
    GTEST_SKIP() << "sanitizers take more address space than the limit";
#endif
  }
  /// Runs `scrawl ARGUMENTS` with 2 GB of address space.
  ProcessResult run(const std::string& arguments) const {
    return run_process(
        {"sh", "-c", "ulimit -v 2000000; exec '" + std::string(SCRAWL_COMMAND) + "' " + arguments},
        folder.path());
  }
  test::TempFolder folder;
};

TEST_F(Memory, ANetworkThatDoesNotFitIsRefusedAtOnce) {
  write_file(folder / "own.csv", "label,a,b\n0,255,0\n1,0,255\n");
  write_file(
      folder / "own.toml",
      "name = \"own\"\nseed = 1\n[data]\nname = \"own.csv\"\ntest = \"own.csv\"\n[model]\n"
      "layers = \"2 > dense 20000 > dense 20000 > dense 2\"\n[loss]\nkind = \"softmax-cross-entropy\"\n"
      "[optimizer]\nkind = \"sgd\"\nlearning_rate = 0.1\n[training]\nsteps = 1\nbatch = 4\n");
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult result = run("train own.toml --out run");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(result.exit_code, 4) << result.output;
  EXPECT_TRUE(contains(result.output, "training 400,120,002 parameters with batches of ")) << result.output;
  EXPECT_TRUE(contains(result.output, "needs 3.3 GB of memory, and ")) << result.output;
  EXPECT_TRUE(contains(result.output, " are free; choose a smaller training.batch")) << result.output;
}

TEST_F(Memory, AFileThatDoesNotFitIsRefusedAtOnce) {
  write_file(folder / "large.csv", "label,a\n1,2\n");
  std::filesystem::resize_file(folder / "large.csv", std::uint64_t{3} << 30);  // takes no room on the disk
  const ProcessResult result = run("data info large.csv");
  EXPECT_EQ(result.exit_code, 4) << result.output;
  EXPECT_TRUE(contains(result.output, "large.csv: reading it needs 3.3 GB of memory, and ")) << result.output;
}

}  // namespace
}  // namespace scrawl::memory_test
