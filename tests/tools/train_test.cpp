#include "tools/command.h"
#include "tools/trained.h"

#include <memory>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::train_test {
namespace {

using test::Command;
using test::contains;
using test::run_scrawl;
using Json = nlohmann::json;

class Train : public test::Trained {
 protected:
  std::vector<std::string> without_out(std::vector<std::string> more) const {
    more.insert(more.begin(), {"train", (folder / "recipe.toml").string(), "--no-pictures"});
    return more;
  }
};

/// Runs commands in a folder of the test's.
class WorkingFolder {
 public:
  explicit WorkingFolder(const std::filesystem::path& folder) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder);
  }
  ~WorkingFolder() { std::filesystem::current_path(before_); }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

 private:
  std::filesystem::path before_;
};

TEST_F(Train, ManyAtOnceEachGetAFolder) {
  constexpr int count = 6;
  const WorkingFolder here(folder.path());
  std::vector<std::unique_ptr<test::TempFolder>> outputs;
  std::vector<std::unique_ptr<Command>> commands;
  for (int seed = 1; seed <= count; ++seed) {
    outputs.push_back(std::make_unique<test::TempFolder>());
    commands.push_back(std::make_unique<Command>(without_out({"--seed", std::to_string(seed), "--json"}),
                                                 outputs.back()->path()));
  }
  std::set<std::string> folders;
  for (auto& command : commands) {
    EXPECT_EQ(command->wait(), 0) << command->err();
    folders.insert(Json::parse(command->out())["folder"].get<std::string>());
  }
  EXPECT_EQ(folders.size(), static_cast<std::size_t>(count));
  std::set<std::uint64_t> seeds;
  for (const auto& run : folders)
    seeds.insert(Json::parse(text(run + "/result.json"))["seed"].get<std::uint64_t>());
  EXPECT_EQ(seeds.size(), static_cast<std::size_t>(count));
  for (const char* last : {"runs/small", "runs/small-6"}) EXPECT_TRUE(folders.contains(last)) << last;
  // Each is found again.
  const auto again = run_scrawl(without_out({"--seed", "3", "--json", "--resume"}));
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out)["seed"], 3);
  EXPECT_FALSE(std::filesystem::exists(folder / "runs/small-7"));
}

TEST_F(Train, ARefusedRunLeavesNoFolder) {
  const WorkingFolder here(folder.path());
  for (const char* change : {"model.layers=3x3 > dense 2", "training.epochs=3", "data.name=nothing.npz"}) {
    EXPECT_NE(run_scrawl(without_out({"--set", change})).status, 0) << change;
    EXPECT_FALSE(std::filesystem::exists("runs")) << change;
    EXPECT_NE(run_scrawl(train({"--set", change})).status, 0) << change;
    EXPECT_FALSE(std::filesystem::exists("run")) << change;
  }
}

TEST_F(Train, DivergenceEndsTheRunAtOnce) {
  const auto result = run_scrawl(train({"--set", "optimizer.learning_rate=1e38"}));
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(contains(result.err, "training diverged at step ")) << result.err;
  EXPECT_TRUE(contains(result.err, "try a smaller optimizer.learning_rate (it is 1e+38), such as 1e+37"));
  EXPECT_FALSE(std::filesystem::exists(folder / "run/model.safetensors"));
}

TEST_F(Train, ARunThatLearnsNothingSaysSo) {
  for (const auto& [rate, advice] : std::vector<std::pair<std::string, std::string>>{
           {"0", "try a larger optimizer.learning_rate (it is 0)"},
           {"1e-12", "try a larger optimizer.learning_rate (it is 1e-12)"}}) {
    const auto line = train({"--set", "optimizer.learning_rate=" + rate, "--set", "model.initialiser=zeros"});
    const auto result = run_scrawl(line);
    EXPECT_EQ(result.status, 0);
    EXPECT_TRUE(contains(result.err, "has learned nothing: ")) << result.err;
    EXPECT_TRUE(contains(result.err, advice)) << result.err;
    auto checked = line;
    checked.insert(checked.end(), {"--resume", "--check"});
    EXPECT_EQ(run_scrawl(checked).status, 1);
    std::filesystem::remove_all(folder / "run");
  }
  const auto good = run_scrawl(train({"--check"}));
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.err, "");
}

TEST_F(Train, OddNumbersAreRefused) {
  const auto refuses = [](const std::vector<std::string>& arguments, const char* message) {
    const auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, 2) << arguments.back();
    EXPECT_TRUE(contains(result.err, message)) << result.err;
  };
  const std::string recipe = (folder / "recipe.toml").string();
  for (const char* odd : {"nan", "inf", "-1", "2e9", "1e400", "x", ""})
    refuses(train({"--checkpoint-every", odd}),
            "--checkpoint-every: must be a number from 0 to 1000000000, not '");
  for (const char* odd : {"nan", "inf", "0", "-1", "2", "x"}) {
    refuses({"gradcheck", recipe, "--step", odd}, "--step: must be a number above 0, up to 1, not '");
    refuses({"gradcheck", recipe, "--limit", odd}, "--limit: must be a number above 0, up to 1, not '");
  }
  for (const char* odd : {"nan", "0", "-1", "1025", "1.5", "99999999999999999999"})
    refuses(train({"--threads", odd}), "--threads: must be a whole number from 1 to 1024, not '");
  for (const char* odd : {"nan", "-1", "9223372036854775808"})
    refuses(train({"--seed", odd}), "--seed: must be a whole number from 0 to 9223372036854775807, not '");
  const std::string model = test::write_small_model(folder / "model.safetensors");
  for (const char* odd : {"nan", "-1", "1e3"})
    refuses({"evaluate", model, "--index", odd}, "is not an image number");
  for (const char* odd : {"nan", "inf", "0", "-255"})
    refuses({"import", model, "--divisor", odd},
            "--divisor: must be a number above 0, up to 1000000000, not '");
  for (const char* odd : {"0", "-1"})
    refuses({"import", model, "-o", (folder / "out.safetensors").string(), "--model", "3x3 > dense 3",
             "--deviation", odd},
            "--deviation: a deviation is not above 0");
  refuses(train({"--set", "optimizer.learning_rate=nan"}), "optimizer.learning_rate: must be a number");
}

}  // namespace
}  // namespace scrawl::train_test
