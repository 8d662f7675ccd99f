#include "tools/command.h"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::command_test {
namespace {

using test::contains;
using test::recipe_file;
using test::run_scrawl;
using Json = nlohmann::json;

TEST(Command, HelpNamesEverythingAndGoesToStandardOutput) {
  const auto help = run_scrawl({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* word : {"data", "train", "evaluate", "export", "gradcheck", "info", "NO_COLOR",
                           "SCRAWL_TARGET", "Exit status"})
    EXPECT_TRUE(contains(help.out, word)) << word;
  EXPECT_EQ(help.err, "");
  for (const char* command : {"train", "evaluate", "export", "gradcheck", "info", "read"}) {
    const auto one = run_scrawl({command, "--help"});
    EXPECT_EQ(one.status, 0);
    EXPECT_TRUE(contains(one.out, "Example")) << command;
    EXPECT_TRUE(contains(one.out, "--json")) << command;
  }
  EXPECT_TRUE(run_scrawl({"--version"}).out.starts_with("scrawl 0."));
}

TEST(Command, WrongUseHasStatusTwoAndAHint) {
  const auto unknown = run_scrawl({"trian", "x"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.out, "");
  EXPECT_TRUE(contains(unknown.err, "did you mean 'train'")) << unknown.err;
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"train"},
                                                    {"train", "x.toml", "--threads", "0"},
                                                    {"train", "x.toml", "--threads", "-1"},
                                                    {"train", "x.toml", "--nonsense"},
                                                    {"evaluate", "m", "--part", "tset"},
                                                    {"data", "get", "mnits"},
                                                    {"train", "x.toml", "--resume", "--overwrite"},
                                                    {"train", "x.toml", "--seed", "-1"}}) {
    const auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_FALSE(result.err.empty());
    EXPECT_EQ(result.out, "");
  }
}

TEST(Command, KnowsTheRecipesThatCameWithItByName) {
  const auto known = run_scrawl({"info", "two-layer"});
  EXPECT_EQ(known.status, 0) << known.err;
  EXPECT_TRUE(contains(known.out, "28x28")) << known.out;
  const auto misspelt = run_scrawl({"train", "two-layr"});
  EXPECT_EQ(misspelt.status, 4);
  EXPECT_TRUE(contains(misspelt.err, "did you mean 'two-layer'?")) << misspelt.err;
  EXPECT_TRUE(contains(misspelt.err, "linear-hinge, ninety-nine, online-relu")) << misspelt.err;
}

TEST(Command, EveryKindOfTroubleHasItsExitStatus) {
  EXPECT_EQ(run_scrawl({"train", "/nonexistent.toml"}).status, 4);
  EXPECT_EQ(run_scrawl({"info", "/nonexistent"}).status, 4);
  const test::TempFolder folder;
  write_file(folder / "bad.toml", "name = \"bad\"\nnmae = 1\n");
  const auto recipe = run_scrawl({"info", (folder / "bad.toml").string()});
  EXPECT_EQ(recipe.status, 2);
  EXPECT_TRUE(contains(recipe.err, "bad.toml")) << recipe.err;
  write_file(folder / "bad.safetensors", std::string("\x10\0\0\0\0\0\0\0{", 9) + "garbage");
  const auto model = run_scrawl({"evaluate", (folder / "bad.safetensors").string()});
  EXPECT_EQ(model.status, 3);
  EXPECT_TRUE(contains(model.err, "bad.safetensors")) << model.err;
  const test::EnvironmentGuard target("SCRAWL_TARGET", "sse9");
  EXPECT_EQ(run_scrawl({"info", recipe_file("two-layer")}).status, 0);  // needs no kernels
}

TEST(Command, AMissingDataSetNamesTheCommandThatFetchesIt) {
  const test::TempFolder folder;
  const test::EnvironmentGuard cache("XDG_CACHE_HOME", folder.path().string());
  const auto result = run_scrawl({"train", recipe_file("two-layer"), "--out", (folder / "run").string()});
  EXPECT_EQ(result.status, 4);
  EXPECT_TRUE(contains(result.err, "scrawl data get mnist")) << result.err;
}

TEST(Command, OutputThatCannotBeWrittenIsAnError) {
  const std::string shell =
      std::string(SCRAWL_COMMAND) + " info " + recipe_file("two-layer") + " > /dev/full 2>/dev/null";
  const int status = std::system(shell.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 4);
}

TEST(Command, InfoTellsTheLayersOfARecipe) {
  const auto text = run_scrawl({"info", recipe_file("three-layer")});
  EXPECT_EQ(text.status, 0);
  for (const char* word :
       {"dense 256", "200,960", "269,322", "byte / 256", "normal 0.001", "SGD, learning rate 0.1"})
    EXPECT_TRUE(contains(text.out, word)) << word << "\n" << text.out;
  const auto json = Json::parse(run_scrawl({"info", recipe_file("three-layer"), "--json"}).out);
  EXPECT_EQ(json["parameters"], 269322);
  EXPECT_EQ(json["layers"].size(), 5U);
  EXPECT_EQ(json["expected_test_accuracy"], (std::vector<double>{0.958, 0.972}));
  EXPECT_EQ(json["batch"], 32);
}

TEST(Command, InfoTellsHowARecipeTrains) {
  const test::TempFolder folder;
  const auto file = folder / "tricks.toml";
  write_file(file,
             "name = \"tricks\"\n[model]\nlayers = \"4 > dense 2\"\n[loss]\nkind = \"squared-error\"\n"
             "[optimizer]\nkind = \"adadelta\"\nlearning_rate = 1\nclip_norm = 0.5\n"
             "[training]\nsteps = 10\naverage = 0.99\n");
  const auto text = run_scrawl({"info", file.string()});
  EXPECT_EQ(text.status, 0) << text.err;
  for (const char* words :
       {"Adadelta, learning rate 1", "gradients clipped to 0.5", "weights averaged with 0.99"})
    EXPECT_TRUE(contains(text.out, words)) << words << "\n" << text.out;
}

class CommandOnMnist : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_mnist()) GTEST_SKIP() << "MNIST is not in the cache";
  }
  std::vector<std::string> short_run(const std::string& out) const {
    return {"train",        recipe_file("two-layer"),
            "--set",        "training.steps=" + std::to_string(SCRAWL_SHORT_STEPS),
            "--out",        out,
            "--no-pictures"};
  }
  test::TempFolder folder;
  std::string run = (folder / "run").string();
};

TEST_F(CommandOnMnist, TrainPrintsTheAuthorsLinesAndOneObjectForPrograms) {
  auto arguments = short_run(run);
  const auto text = run_scrawl(arguments);
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "train acc, test acc | 0.")) << text.out;
  EXPECT_TRUE(contains(text.out, "test accuracy"));
  EXPECT_FALSE(contains(text.out, "\033"));  // no colours in files

  const auto again = run_scrawl(arguments);
  EXPECT_EQ(again.status, 2);
  EXPECT_TRUE(contains(again.err, "--resume"));

  arguments.insert(arguments.end(), {"--overwrite", "--json", "--threads", "2", "--seed", "3"});
  const auto json_run = run_scrawl(arguments);
  EXPECT_EQ(json_run.status, 0);
  const auto json = Json::parse(json_run.out);  // throws unless it is one object and nothing else
  EXPECT_EQ(json["recipe"], "two-layer");
  EXPECT_EQ(json["seed"], 3);
  EXPECT_EQ(json["threads"], 2);
  EXPECT_EQ(json["steps"], SCRAWL_SHORT_STEPS);
  EXPECT_TRUE(contains(json_run.err, "train acc, test acc |"));
  EXPECT_EQ(json["train_seconds"].get<double>(),
            json["steps_seconds"].get<double>() + json["evaluation_seconds"].get<double>());

  arguments = short_run(run);
  arguments.insert(arguments.end(), {"--resume", "--json", "--seed", "3"});
  EXPECT_EQ(run_scrawl(arguments).out, json_run.out);  // a finished run reports its result again

  write_file(run + "/result.json", R"({"expected_test_accuracy": [], "lines": []})");
  arguments = short_run(run);
  arguments.insert(arguments.end(), {"--resume", "--seed", "3"});
  const auto damaged = run_scrawl(arguments);
  EXPECT_EQ(damaged.status, 3);
  EXPECT_TRUE(contains(damaged.err, "result.json")) << damaged.err;

  arguments = short_run(run);
  arguments.insert(arguments.end(),
                   {"--overwrite", "--check", "--quiet", "--set", "expect.test_accuracy=[0.0, 0.1]"});
  EXPECT_EQ(run_scrawl(arguments).status, 1);
}

TEST_F(CommandOnMnist, EvaluateDoesNotDependOnTheBatch) {
  ASSERT_EQ(run_scrawl(short_run(run)).status, 0);
  const std::string model = run + "/model.safetensors";
  const auto one = Json::parse(run_scrawl({"evaluate", model, "--batch", "1", "--json"}).out);
  const auto hundred =
      Json::parse(run_scrawl({"evaluate", model, "--batch", "100", "--threads", "2", "--json"}).out);
  EXPECT_EQ(one, hundred);
  EXPECT_EQ(one["images"], 10000);
  std::size_t sum = 0;
  for (const auto& row : one["confusion"])
    for (const auto& count : row) sum += count.get<std::size_t>();
  EXPECT_EQ(sum, 10000U);
  EXPECT_LT(one["confidence_interval_95"][0], one["accuracy"]);
  EXPECT_GT(one["confidence_interval_95"][1], one["accuracy"]);
  // The parts are those of the model's recipe, which sets no validation images aside.
  const auto train = Json::parse(run_scrawl({"evaluate", model, "--part", "train", "--json"}).out);
  EXPECT_EQ(train["images"], 60000);
  EXPECT_EQ(run_scrawl({"evaluate", model, "--part", "validation"}).status, 2);
  const auto text = run_scrawl({"evaluate", model});
  for (const char* word : {"95 % confidence interval", "precision", "recall", "Confusion matrix"})
    EXPECT_TRUE(contains(text.out, word)) << word;
  EXPECT_TRUE(contains(run_scrawl({"info", model}).out, "39,760"));
}

TEST_F(CommandOnMnist, GradcheckPassesForEveryRecipe) {
  for (const char* recipe : {"online-relu", "linear-hinge", "sigmoid-mse", "two-layer", "three-layer"}) {
    const auto result =
        run_scrawl({"gradcheck", recipe_file(recipe), "--samples", "20", "--images", "4", "--json"});
    EXPECT_EQ(result.status, 0) << recipe << result.out << result.err;
    const auto json = Json::parse(result.out);
    EXPECT_LT(json["relative_norm"], 1e-6) << recipe;
    EXPECT_TRUE(json["passed"]);
  }
  // The limit is real, and a check that cannot be made does not pass.
  EXPECT_EQ(
      run_scrawl({"gradcheck", recipe_file("two-layer"), "--set", "model.initialiser=normal 1e38", "--set",
                  "model.layers=28x28 > dense 20 > dense 20 > dense 20 > dense 20 > dense 20 > dense 20 > "
                  "dense 20 > dense 20 > dense 20 > dense 10",
                  "--samples", "5"})
          .status,
      1);
  EXPECT_EQ(run_scrawl({"gradcheck", recipe_file("two-layer"), "--samples", "5", "--limit", "1e-30"}).status,
            1);
}

}  // namespace
}  // namespace scrawl::command_test
