// Folders and files whose names are not UTF-8, as archives from elsewhere unpack to.

#include "base/files.h"
#include "testing.h"
#include "tools/command.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::odd_names_test {
namespace {

using test::run_scrawl;
using Json = nlohmann::json;

class OddNames : public ::testing::Test {
 protected:
  OddNames() {
    for (const char* name : {"b", "caf\xe9"}) {
      make_folder(folder / "pictures" / name);
      std::string picture = "P5 28 28 255\n" + std::string(28 * 28, '\0');
      for (std::size_t y = 6; y < 22; ++y) picture[13 + y * 28 + (*name == 'b' ? y : 14)] = '\xf0';
      write_file(folder / "pictures" / name / "x\xff.pgm", picture);
    }
  }

  test::TempFolder folder;
  std::string pictures = folder / "pictures";
};

TEST_F(OddNames, OfClassFoldersTrainAndResume) {
  const std::string run = folder / "run";
  const std::vector<std::string> train = {
      "train", "two-layer",        "--data", pictures, "--test-data", pictures, "--set", "training.steps=2",
      "--set", "training.batch=2", "--out",  run,      "--resume",    "--json"};
  const auto first = run_scrawl(train);
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(Json::parse(first.out)["steps"], 2);
  // As a run that had ended in writing its model.
  std::filesystem::remove(run + "/model.safetensors");
  std::filesystem::remove(run + "/result.json");
  const auto second = run_scrawl(train);
  ASSERT_EQ(second.status, 0) << second.err;
  const auto info = Json::parse(run_scrawl({"info", run + "/model.safetensors", "--json"}).out);
  EXPECT_EQ(info["classes"][0], "b");
  EXPECT_EQ(info["classes"][1], "caf\\xe9");
}

TEST_F(OddNames, AreEscapedOrReplacedInJson) {
  const auto data = run_scrawl({"data", "info", pictures, "--json"});
  ASSERT_EQ(data.status, 0) << data.err;
  EXPECT_EQ(Json::parse(data.out)["classes"], (Json{"b", "caf\\xe9"}));
  const auto read = run_scrawl({"read", pictures + "/b/x\xff.pgm", "--json"});
  ASSERT_EQ(read.status, 0) << read.err;
  EXPECT_EQ(Json::parse(read.out)["file"], pictures + "/b/x\xef\xbf\xbd.pgm");
}

}  // namespace
}  // namespace scrawl::odd_names_test
