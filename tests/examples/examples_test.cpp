#include "scrawl/data_files.h"
#include "scrawl/dataset.h"

#include "base/process.h"
#include "testing.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

// The programs of examples/, run as a reader would run them. Skipped where MNIST is not in the cache.
namespace scrawl::examples_test {
namespace {

class Examples : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      load_dataset("mnist", Part::test);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      GTEST_SKIP() << error.what();
    }
  }

  ProcessResult run(const std::string& name, const std::vector<std::string>& arguments = {}) const {
    std::vector<std::string> all = {(std::filesystem::path(SCRAWL_EXAMPLES) / name).string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_process(all, folder.path());
  }

  test::TempFolder folder;
};

/// What stands behind "test accuracy" in the output, in per cent.
double accuracy(const ProcessResult& result) {
  const std::string words = "test accuracy ";
  const auto place = result.output.rfind(words);
  if (result.exit_code != 0 || place == std::string::npos) {
    ADD_FAILURE() << "exit status " << result.exit_code << ": " << result.output;
    return 0;
  }
  return std::strtod(result.output.c_str() + place + words.size(), nullptr);
}

TEST_F(Examples, TrainTwoLayer) {
  const auto result = run("01_train_two_layer");
  EXPECT_GE(accuracy(result), 94.0);
  EXPECT_TRUE(test::contains(result.output, "epoch 16: mean loss 0."));
}

TEST_F(Examples, QueryOneImage) {
  const auto trained = run("02_query_one_image");
  EXPECT_GE(accuracy(trained), 94.0);
  EXPECT_TRUE(test::contains(trained.output, "image 0, whose label is 7"));
  EXPECT_TRUE(test::contains(trained.output, "%  <- read as this"));
}

TEST_F(Examples, OwnLoss) {
  const auto result = run("03_own_loss");
  EXPECT_GE(accuracy(result), 95.0);
  EXPECT_TRUE(test::contains(result.output, "central differences"));
}

TEST_F(Examples, OwnLayer) {
  const auto result = run("04_own_layer", {"own.safetensors"});
  EXPECT_GE(accuracy(result), 95.0);
  EXPECT_TRUE(test::contains(result.output, "the same weights"));

  // A program without the layer says what is missing.
  const auto stranger = run("02_query_one_image", {"own.safetensors"});
  EXPECT_NE(stranger.exit_code, 0);
  EXPECT_TRUE(test::contains(stranger.output, "own.safetensors: has an unknown layer 'swish'"))
      << stranger.output;
}

TEST_F(Examples, SayWhatIsWrong) {
  const auto missing = run("02_query_one_image", {"no-such-file.safetensors"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_TRUE(test::contains(missing.output, "02_query_one_image: no-such-file.safetensors"));
  for (const char* index : {"10000", "-1", "x", "", "5x", "99999999999999999999999"}) {
    const auto result = run("02_query_one_image", {"no-such-file.safetensors", index});
    EXPECT_EQ(result.exit_code, 1) << index;
    EXPECT_TRUE(test::contains(result.output, "from 0 to 9999")) << result.output;
  }
}

TEST_F(Examples, ClassifyMany) {
  const auto result = run("05_classify_many");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  const long right = std::strtol(result.output.c_str(), nullptr, 10);
  EXPECT_GT(right, 9500) << result.output;
  EXPECT_TRUE(test::contains(result.output, " of 10000 images read right")) << result.output;
}

TEST_F(Examples, MakeYourOwn) { EXPECT_GE(accuracy(run("06_make_your_own")), 94.0); }

}  // namespace
}  // namespace scrawl::examples_test
