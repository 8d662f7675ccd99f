#include "tools/command.h"
#include "tools/small_set.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::evaluate_test {
namespace {

using test::contains;
using test::run_scrawl;
using Json = nlohmann::json;

std::vector<Json> objects(const std::string& lines) {
  std::vector<Json> parsed;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) parsed.push_back(Json::parse(line));
  return parsed;
}

class EvaluateSmallSet : public ::testing::Test {
 protected:
  test::CommandResult evaluate(std::vector<std::string> options) const {
    options.insert(options.begin(), {"evaluate", model, "--data", data, "--part", "train"});
    return run_scrawl(options);
  }
  test::TempFolder folder;
  std::string data = test::write_small_set(folder / "small.npz", test::small_set());
  std::string model = test::write_small_model(folder / "model.safetensors");
};

TEST_F(EvaluateSmallSet, NamesTheMostConfusedPairs) {
  const auto text = evaluate({});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "Most confused\n2 read as 1: 1 image\n")) << text.out;
  const auto json = Json::parse(evaluate({"--json"}).out);
  EXPECT_EQ(json["most_confused"], Json::parse(R"([{"label": 2, "prediction": 1, "images": 1}])"));
}

TEST_F(EvaluateSmallSet, AModelWithoutMistakesHasNoConfusedPairs) {
  Dataset right = test::small_set();
  right.labels[4] = 1;
  test::write_small_set(folder / "small.npz", right);
  EXPECT_FALSE(contains(evaluate({}).out, "Most confused"));
  EXPECT_EQ(Json::parse(evaluate({"--json"}).out)["most_confused"], Json::array());
}

TEST_F(EvaluateSmallSet, SuspectsBeginWithTheWrongLabel) {
  const auto text = evaluate({"--suspects"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "The 12 of 12 images")) << text.out;
  const auto listed = objects(evaluate({"--suspects", "3", "--json"}).out);
  ASSERT_EQ(listed.size(), 3U);
  EXPECT_EQ(listed[0]["index"], 4);
  EXPECT_EQ(listed[0]["label"], 2);
  EXPECT_EQ(listed[0]["prediction"], 1);
  EXPECT_LT(listed[0]["label_probability"], 0.01);
  EXPECT_GT(listed[0]["confidence"], 0.9);
  EXPECT_EQ(listed[1]["index"], 11);  // the darkest
  EXPECT_EQ(listed[1]["label"], listed[1]["prediction"]);
  for (const char* threads : {"1", "2", "7"})
    EXPECT_EQ(objects(evaluate({"--suspects", "3", "--json", "--threads", threads}).out), listed);
}

TEST_F(EvaluateSmallSet, SuspectsGoIntoAPictureThatIsNotWrittenOver) {
  const std::string picture = (folder / "suspects.png").string();
  const auto written = evaluate({"--suspects", "4", "-o", picture});
  EXPECT_EQ(written.status, 0) << written.err;
  EXPECT_TRUE(contains(written.out, "suspects.png: 4 images")) << written.out;
  const Bytes bytes = read_file(picture);
  const auto again = evaluate({"--suspects", "4", "-o", picture});
  EXPECT_EQ(again.status, 2);
  EXPECT_TRUE(contains(again.err, "--overwrite")) << again.err;
  EXPECT_EQ(evaluate({"--suspects", "5", "-o", picture, "--overwrite"}).status, 0);
  EXPECT_NE(read_file(picture), bytes);
  for (const auto& input : {model, data})
    EXPECT_EQ(evaluate({"--suspects", "4", "-o", input, "--overwrite"}).status, 2) << input;
  EXPECT_EQ(evaluate({"--suspects", "4", "-o", "/nonexistent/x.png"}).status, 4);
}

TEST_F(EvaluateSmallSet, WrongUseOfSuspects) {
  for (const std::vector<std::string>& options : {std::vector<std::string>{"--suspects", "0"},
                                                  {"--suspects", "1001"},
                                                  {"--suspects", "-1"},
                                                  {"--suspects", "--index", "3"},
                                                  {"-o", "x.png"},
                                                  {"--index", "12"}}) {
    const auto result = evaluate(options);
    EXPECT_EQ(result.status, 2) << options[0];
    EXPECT_EQ(result.out, "");
    EXPECT_FALSE(result.err.empty());
  }
}

TEST_F(EvaluateSmallSet, ClassesKeepTheirNames) {
  const std::vector<std::string> names = {"cross", "\xe4\xb8\x83", "ring"};
  const std::string named = test::write_small_model(folder / "named.safetensors", names);
  const std::string named_data = test::write_small_set(folder / "named.npz", test::small_set(names));
  const auto text =
      run_scrawl({"evaluate", named, "--data", named_data, "--part", "train", "--suspects", "1"});
  EXPECT_TRUE(contains(text.out, "ring")) << text.out;
  EXPECT_TRUE(contains(text.out, "\xe4\xb8\x83")) << text.out;
  const auto drawn = run_scrawl({"evaluate", named, "--data", named_data, "--part", "train", "--suspects",
                                 "-o", (folder / "x.png").string()});
  EXPECT_EQ(drawn.status, 0);
  EXPECT_TRUE(contains(drawn.out, "x.png: 12 images\n  #1: \xe4\xb8\x83\n")) << drawn.out;
}

TEST_F(EvaluateSmallSet, ClassesThatDoNotAgreeAreAnError) {
  const std::string letters = test::write_small_model(folder / "letters.safetensors", {"A", "B", "C"});
  const std::vector<std::vector<std::string>> commands = {
      {"evaluate", letters, "--data", data, "--part", "train"},
      {"evaluate", letters, "--data", data, "--part", "train", "--index", "0"},
      {"evaluate", letters, "--data", data, "--part", "train", "--suspects"},
      {"show", data, "--model", letters}};
  for (auto command : commands) {
    const auto refused = run_scrawl(command);
    EXPECT_EQ(refused.status, 2) << refused.out;
    EXPECT_TRUE(contains(refused.err, "has the classes 0, 1, 2, and the model has A, B, C")) << refused.err;
    EXPECT_TRUE(contains(refused.err, "--map 0=A")) << refused.err;
    command.insert(command.end(), {"--map", "0=A,1=B,2=C"});
    EXPECT_EQ(run_scrawl(command).status, 0) << command[0];
  }
  const auto wrong =
      run_scrawl({"evaluate", letters, "--data", data, "--part", "train", "--map", "0=A,1=B,2=D"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_TRUE(contains(wrong.err, "no class 'D' in the model")) << wrong.err;
}

TEST_F(EvaluateSmallSet, ClassesAreMatchedByNameNotByPlace) {
  const std::string letters = test::write_small_model(folder / "letters.safetensors", {"B", "C", "A"});
  const std::string set = test::write_small_set(folder / "letters.npz", test::small_set({"B", "C", "A"}));
  const auto accuracy = [&](const std::vector<std::string>& map) {
    std::vector<std::string> command = {"evaluate", letters, "--data", set, "--part", "train", "--json"};
    command.insert(command.end(), map.begin(), map.end());
    const auto result = run_scrawl(command);
    EXPECT_EQ(result.status, 0) << result.err;
    return Json::parse(result.out)["correct"].get<int>();
  };
  EXPECT_EQ(accuracy({}), 11) << "the file has them as A, B, C";
  EXPECT_EQ(accuracy({"--map", "by-position"}), 0);
  EXPECT_EQ(accuracy({"--map", "A=A,B=B"}), 11);
}

TEST_F(EvaluateSmallSet, ItsOwnDataMayHaveGotMoreClassesSince) {
  const auto write_table = [&](bool with_more) {
    std::string text = with_more ? "label,a,b\nb,9,9\n" : "label,a,b\n";
    for (int i = 0; i < 10; ++i) text += "a,255,0\nc,0,255\n";
    write_file(folder / "own.csv", text);
  };
  write_table(false);
  const std::string own = (folder / "own.csv").string();
  write_file(folder / "own.toml",
             "name = \"own\"\nseed = 1\n[data]\nname = \"" + own + "\"\ntest = \"" + own +
                 "\"\n[model]\nlayers = \"2 > dense 2\"\n[loss]\nkind = \"softmax-cross-entropy\"\n"
                 "[optimizer]\nkind = \"sgd\"\nlearning_rate = 0.1\n[training]\nsteps = 20\nbatch = 4\n");
  const auto trained = run_scrawl(
      {"train", (folder / "own.toml").string(), "--out", (folder / "run").string(), "-q", "--no-pictures"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const std::string own_model = (folder / "run/model.safetensors").string();
  EXPECT_TRUE(contains(run_scrawl({"evaluate", own_model}).out, "100.00 %: 20 of 20"));
  write_table(true);
  const auto refused = run_scrawl({"evaluate", own_model});
  EXPECT_EQ(refused.status, 2) << refused.out;
  EXPECT_TRUE(contains(refused.err, "has the classes a, b, c, and the model has a, c: there is no 'b'"))
      << refused.err;
  EXPECT_TRUE(contains(run_scrawl({"evaluate", own_model, "--map", "b=a"}).out, "of 21"));
}

TEST_F(EvaluateSmallSet, NamesFromAFileDoNotCommandTheTerminal) {
  const std::string hostile =
      test::write_small_model(folder / "hostile.safetensors", {"\x1b[2J", "two\nlines", "2"});
  const std::vector<std::vector<std::string>> commands = {
      {"info", hostile},
      {"evaluate", hostile, "--data", data, "--part", "train", "--map", "by-position"},
      {"evaluate", hostile, "--data", data, "--part", "train", "--map", "by-position", "--index", "0"},
      {"evaluate", hostile, "--data", data, "--part", "train", "--map", "by-position", "--suspects"}};
  for (const auto& command : commands) {
    const auto result = run_scrawl(command);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_FALSE(contains(result.out, "\x1b")) << result.out;
    EXPECT_FALSE(contains(result.out, "two\nlines")) << result.out;
  }
}

}  // namespace
}  // namespace scrawl::evaluate_test
