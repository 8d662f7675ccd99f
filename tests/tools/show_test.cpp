#include "tools/command.h"
#include "tools/small_set.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::show_test {
namespace {

using test::contains;
using test::run_scrawl;

class Show : public ::testing::Test {
 protected:
  test::CommandResult show(std::vector<std::string> options) const {
    options.insert(options.begin(), {"show", data});
    return run_scrawl(options);
  }
  test::TempFolder folder;
  std::string data = test::write_small_set(folder / "small.npz", test::small_set());
  std::string model = test::write_small_model(folder / "model.safetensors");
  test::EnvironmentGuard columns{"COLUMNS", "20"};
};

TEST_F(Show, DrawsAsManyImagesSideBySideAsTheTerminalIsWide) {
  const auto text = show({"--index", "0..4"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_EQ(text.out,
            "0    1    2    0\n"
            "@     @     @  @\n"
            "+     =     =  =\n"
            "\n"
            "2\n"
            " @\n"
            " =\n"
            "\n");
  EXPECT_TRUE(show({}).out.starts_with(text.out.substr(0, 16)));  // all twelve: there are no 25
  const auto two = show({"--index", "0,5", "--columns", "1"});
  EXPECT_EQ(two.out, "0\n@\n+\n\n2\n  @\n  =\n\n");
}

TEST_F(Show, AModelsMistakesHaveBothClassesAboveThem) {
  const auto text = show({"--index", "3..4", "--model", model});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_EQ(text.out,
            "0\n@\n=\n\n"
            "2 read as 1\n @\n =\n\n");
}

TEST_F(Show, JsonHasAnObjectForEachImage) {
  EXPECT_EQ(show({"--index", "5,4", "--json"}).out, "{\"index\":5,\"label\":2}\n{\"index\":4,\"label\":2}\n");
  const auto json = nlohmann::json::parse(show({"--index", "4", "--json", "--model", model}).out);
  EXPECT_EQ(json["index"], 4);
  EXPECT_EQ(json["label"], 2);
  EXPECT_EQ(json["prediction"], 1);
  EXPECT_GT(json["confidence"], 0.9);
}

TEST_F(Show, WritesAPictureThatIsNotWrittenOver) {
  const std::string picture = (folder / "digits.png").string();
  const auto written = show({"-o", picture});
  EXPECT_EQ(written.status, 0) << written.err;
  EXPECT_EQ(written.out, picture + ": 12 images of " + data + " (train)\n");
  const Bytes bytes = read_file(picture);
  EXPECT_EQ(show({"-o", picture}).status, 2);
  EXPECT_EQ(show({"-o", picture, "--overwrite"}).status, 0);
  EXPECT_EQ(read_file(picture), bytes);
  EXPECT_EQ(show({"-o", picture, "--overwrite", "--model", model}).status, 0);
  EXPECT_NE(read_file(picture), bytes);  // image 4 is marked
  EXPECT_EQ(show({"-o", picture, "--overwrite", "--columns", "3"}).status, 0);
  EXPECT_NE(read_file(picture), bytes);
  for (const auto& input : {data, model}) {
    const Bytes before = read_file(input);
    EXPECT_EQ(show({"-o", input, "--overwrite", "--model", model}).status, 2);
    EXPECT_EQ(read_file(input), before);
  }
}

TEST_F(Show, OtherShapesWork) {
  for (const Shape shape : {Shape{1, 1, 9}, Shape{1, 1, 7}, Shape{1, 40, 300}, Shape{3, 4, 4}}) {
    const std::string other =
        test::write_small_set(folder / (to_string(shape) + ".npz"), test::small_set({}, shape));
    const auto text = run_scrawl({"show", other, "--index", "0..1"});
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_TRUE(text.out.starts_with("0")) << text.out;
    EXPECT_EQ(run_scrawl({"show", other, "-o", (folder / (to_string(shape) + ".png")).string()}).status, 0);
  }
}

class ShowAugmented : public Show {
 protected:
  ShowAugmented() {
    write_file(recipe, R"(
name = "moved"
seed = 5
[augment]
shift = 1000
[model]
layers = "3x3 > dense 3"
[loss]
kind = "softmax-cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.1
[training]
epochs = 1
)");
  }
  std::string recipe = (folder / "moved.toml").string();
};

TEST_F(ShowAugmented, HasARowForEachImageThatBeginsWithItself) {
  const auto text = show({"--index", "0,5", "--versions", "2", "--augment", recipe});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_EQ(text.out,
            "0    0    0\n"
            "@\n"
            "+\n"
            "\n"
            "2    2    2\n"
            "  @\n"
            "  =\n"
            "\n");
}

TEST_F(ShowAugmented, WritesAPictureThatTheSeedDecides) {
  const auto drawn = [&](std::vector<std::string> options) {
    const std::string picture = (folder / "rows.png").string();
    options.insert(options.end(), {"--augment", recipe, "-o", picture, "--overwrite", "--set",
                                   "augment.shift=1.5", "--set", "augment.noise=30"});
    const auto result = show(options);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, picture + ": 25 images of " + data + " (train)\n");
    return read_file(picture);
  };
  const Bytes first = drawn({});
  EXPECT_EQ(drawn({}), first);
  EXPECT_EQ(drawn({"--seed", "5"}), first);
  EXPECT_NE(drawn({"--seed", "6"}), first);
  const Bytes before = read_file(recipe);
  EXPECT_EQ(show({"--augment", recipe, "-o", recipe, "--overwrite"}).status, 2);
  EXPECT_EQ(read_file(recipe), before);
}

TEST_F(ShowAugmented, WrongUseHasStatusTwoAndAHint) {
  for (const auto& [options, hint] :
       {std::pair<std::vector<std::string>, std::string>{{"--versions", "3"}, "--augment"},
        {{"--seed", "3"}, "--augment"},
        {{"--augment", recipe, "--json"}, "--json"},
        {{"--augment", recipe, "--columns", "3"}, "--columns"},
        {{"--augment", recipe, "--model", model}, "--model"},
        {{"--augment", recipe, "--set", "augment.shift=0"}, "does not augment images"},
        {{"--augment", recipe, "--set", "augment.shift=-1"}, "augment.shift: must be between 0 and 1000"},
        {{"--augment", recipe, "--versions", "99", "--index", "0..11"}, "10"}}) {
    const auto result = show(options);
    EXPECT_EQ(result.status, 2) << hint;
    EXPECT_TRUE(contains(result.err, hint)) << result.err;
    EXPECT_EQ(result.out, "");
  }
  EXPECT_EQ(show({"--augment", (folder / "none.toml").string()}).status, 4);
}

TEST_F(Show, WrongUseHasStatusTwoAndAHint) {
  for (const auto& [options, hint] :
       {std::pair<std::vector<std::string>, std::string>{{"--index", "12"}, "the images 0 to 11"},
        {{"--index", "5..2"}, "2..5"},
        {{"--index", "a"}, "0..24"},
        {{"--index", "0..11,0..11,0..99999"}, "no image 99999"},
        {{"--columns", "0"}, "--columns"},
        {{"--part", "tset"}, "--part"}}) {
    const auto result = show(options);
    EXPECT_EQ(result.status, 2) << hint;
    EXPECT_TRUE(contains(result.err, hint)) << result.err;
    EXPECT_EQ(result.out, "");
  }
  EXPECT_EQ(run_scrawl({"show"}).status, 2);
  EXPECT_EQ(run_scrawl({"show", "mnits"}).status, 2);
  EXPECT_EQ(run_scrawl({"show", "mnist", "--part", "validation"}).status, 2);
  EXPECT_EQ(show({"--model", "/nonexistent"}).status, 4);
  EXPECT_EQ(show({"--model", data}).status, 3);
}

TEST_F(Show, AModelForOtherImagesIsRefused) {
  const std::string other = test::write_small_set(folder / "wide.npz", test::small_set({}, {1, 3, 4}));
  const auto result = run_scrawl({"show", other, "--model", model});
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(contains(result.err, "3x3") && contains(result.err, "3x4")) << result.err;
}

TEST_F(Show, HelpHasExamples) {
  const auto help = run_scrawl({"show", "--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* word : {"Examples", "--index", "--json", "-o"}) EXPECT_TRUE(contains(help.out, word));
  EXPECT_TRUE(contains(run_scrawl({"shwo"}).err, "did you mean 'show'"));
}

}  // namespace
}  // namespace scrawl::show_test
