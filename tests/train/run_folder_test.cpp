#include "scrawl/run.h"

#include "base/file_lock.h"
#include "base/files.h"
#include "testing.h"
#include "train/synthetic.h"

#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace scrawl::run_folder_test {
namespace {

using test::error_of;
using test::mentions;
using test::small_recipe;
using test::synthetic_data;

namespace fs = std::filesystem;

class RunFolderTest : public ::testing::Test {
 protected:
  RunResult run(const RunOptions& options) { return run_recipe(recipe, *data, options); }

  test::TempFolder temporary;
  fs::path folder = temporary / "runs" / "small";
  std::unique_ptr<TrainingData> data = synthetic_data();
  Recipe recipe = small_recipe();
};

TEST_F(RunFolderTest, TheNextFreeNameIsTaken) {
  const RunOptions options{.folder = folder, .next_free = true, .threads = 1};
  EXPECT_EQ(run(options).folder, folder);
  EXPECT_EQ(run(options).folder, folder.string() + "-2");
  write_file(folder.string() + "-3", "a file");
  const RunResult result = run(options);
  EXPECT_EQ(result.folder, folder.string() + "-4");
  EXPECT_TRUE(test::contains(to_json(result), "small-4"));
}

TEST_F(RunFolderTest, NoTwoGetTheSame) {
  constexpr std::size_t count = 8;
  std::vector<fs::path> folders(count);
  std::vector<std::thread> threads;
  for (auto& made : folders) threads.emplace_back([&] { made = make_free_folder(folder); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(std::set<fs::path>(folders.begin(), folders.end()).size(), count);
  for (const auto& made : folders) EXPECT_TRUE(fs::is_directory(made));
}

TEST_F(RunFolderTest, ARefusedRunTouchesNothing) {
  recipe.model = parse_model("6x5 > dense 3");  // the data have four classes
  for (const bool next_free : {false, true}) {
    error_of([&] { run({.folder = folder, .next_free = next_free}); });
    EXPECT_FALSE(fs::exists(folder));
  }
  fs::create_directories(folder);
  write_file(folder / "notes.txt", "mine");
  for (const bool next_free : {false, true})
    error_of([&] { run({.folder = folder, .next_free = next_free}); });
  recipe = small_recipe();
  write_file(folder / "model.safetensors", "somebody's work");
  for (const bool resume : {false, true}) error_of([&] { run({.folder = folder, .resume = resume}); });
  recipe.training.epochs = 0;
  error_of([&] { run({.folder = folder, .overwrite = true}); });
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 2);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.parent_path()), fs::directory_iterator()), 1);
}

TEST_F(RunFolderTest, AFinishedRunIsRepeatedWithoutBeingTouched) {
  run({.folder = folder});
  fs::remove(folder / ".lock");
  EXPECT_TRUE(run({.folder = folder, .resume = true}).was_finished);
  EXPECT_FALSE(fs::exists(folder / ".lock"));
}

TEST_F(RunFolderTest, AFolderInUseStaysAsItIs) {
  fs::create_directories(folder);
  const FileLock lock(folder / ".lock");
  EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder}); }), {"another process"}));
  EXPECT_TRUE(fs::exists(folder / ".lock"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace scrawl::run_folder_test
