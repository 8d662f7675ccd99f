#include "scrawl/model.h"

#include "tools/command.h"
#include "tools/small_set.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::join_test {
namespace {

using test::contains;
using test::run_scrawl;
using Json = nlohmann::json;

class CommandJoin : public ::testing::Test {
 protected:
  CommandJoin() {
    Model model{Network(parse_model("9 > dense 5 > tanh > dense 3")), {}};
    model.only().network.initialise({.kind = Initialiser::Kind::he}, 3);
    model.only().info.classes = numbered_classes(3);
    model.only().info.preprocessing.divisor = 128;
    model.only().info.seed = 77;
    save_model(folder / "b", model);
  }
  test::CommandResult join() const { return run_scrawl({"join", a, b, "-o", both}); }
  std::string at(const std::string& name) const { return (folder / name).string(); }

  test::TempFolder folder;
  std::string data = test::write_small_set(folder / "small.npz", test::small_set());
  std::string a = test::write_small_model(folder / "a");
  std::string b = at("b");
  std::string both = at("both.safetensors");
};

TEST_F(CommandJoin, MakesOneModelOfSeveral) {
  const auto text = join();
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "an ensemble of 2 networks, 98 parameters")) << text.out;
  const Model model = load_model(both);
  ASSERT_EQ(model.members.size(), 2U);
  EXPECT_EQ(weights_sha256(model.members[1].network), weights_sha256(load_model(b).only().network));
  const auto json = Json::parse(run_scrawl({"join", both, a, b, "-o", at("four.safetensors"), "--json"}).out);
  EXPECT_EQ(json["members"], 4);
  EXPECT_EQ(json["files"].size(), 3U);
  EXPECT_EQ(json["weights_sha256"], weights_sha256(load_model(at("four.safetensors"))));
}

TEST_F(CommandJoin, RefusesWhatDoesNotFit) {
  const auto fails = [&](std::vector<std::string> arguments, int status,
                         const std::vector<std::string>& parts) {
    arguments.insert(arguments.begin(), "join");
    const auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, status) << result.err;
    EXPECT_EQ(result.out, "");
    for (const auto& part : parts) EXPECT_TRUE(contains(result.err, part)) << result.err;
  };
  fails({a, b}, 2, {"--output"});
  fails({a, "-o", both}, 2, {"two members"});
  fails({a, b, "-o", a, "--overwrite"}, 2, {"is the file that is read"});
  fails({a, b, "-o", b, "--overwrite"}, 2, {"is the file that is read"});
  fails({a, at("none"), "-o", both}, 4, {"none"});
  fails({a, data, "-o", both}, 3, {"small.npz"});
  const std::string named = test::write_small_model(folder / "named", {"x", "y", "z"});
  fails({a, b, named, "-o", both}, 2, {"named", "member 3", "x, y, z"});
  Network larger(parse_model("4x4 > dense 3"));
  save_model(folder / "larger", larger, {.classes = numbered_classes(3)});
  fails({a, at("larger"), "-o", both}, 2, {"larger", "4x4", "3x3"});
  EXPECT_FALSE(std::filesystem::exists(both));
  join();
  fails({a, b, "-o", both}, 2, {"already exists", "--overwrite"});
  EXPECT_EQ(run_scrawl({"join", a, b, "-o", both, "--overwrite"}).status, 0);
}

TEST_F(CommandJoin, InfoListsTheMembers) {
  join();
  const auto text = run_scrawl({"info", both});
  EXPECT_EQ(text.status, 0) << text.err;
  for (const char* part : {"an ensemble of 2 networks", "member 1", "3x3 > dense 3", "member 2",
                           "9 > dense 5 > tanh > dense 3", "byte / 128", "77", "0, 1, 2"})
    EXPECT_TRUE(contains(text.out, part)) << part << '\n' << text.out;
  const auto json = Json::parse(run_scrawl({"info", both, "--json"}).out);
  EXPECT_EQ(json["kind"], "ensemble");
  EXPECT_EQ(json["parameters"], 98);
  EXPECT_EQ(json["weights_sha256"], weights_sha256(load_model(both)));
  ASSERT_EQ(json["members"].size(), 2U);
  EXPECT_EQ(json["members"][1]["seed"], 77);
  EXPECT_EQ(json["members"][0]["model"], "3x3 > dense 3");
}

TEST_F(CommandJoin, EvaluateCountsForTheEnsembleAndEachMember) {
  join();
  const std::vector<std::string> options = {"--data", data, "--part", "train"};
  const auto evaluated = [&](const std::string& model, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"evaluate", model};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    return result.out;
  };
  const auto json = Json::parse(evaluated(both, {"--json"}));
  ASSERT_EQ(json["members"].size(), 2U);
  const auto first = Json::parse(evaluated(a, {"--json"}));
  const auto second = Json::parse(evaluated(b, {"--json"}));
  EXPECT_FALSE(first.contains("members"));
  EXPECT_NE(first["correct"], second["correct"]);
  EXPECT_EQ(json["members"][0]["correct"], first["correct"]);
  EXPECT_EQ(json["members"][1]["correct"], second["correct"]);
  EXPECT_EQ(json["members"][1]["accuracy"], second["accuracy"]);
  const Dataset set = test::small_set();
  const auto probabilities = predict_probabilities(load_model(both), set.images);
  std::size_t correct = 0;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const float* const row = probabilities.data() + 3 * i;
    correct += std::max_element(row, row + 3) - row == set.labels[i] ? 1 : 0;
  }
  EXPECT_EQ(json["correct"], correct);
  EXPECT_TRUE(contains(evaluated(both, {}), "of 2, whose probabilities are averaged"));
  const auto one = Json::parse(evaluated(both, {"--index", "4", "--json"}));
  EXPECT_EQ(one["probabilities"].get<std::vector<float>>(),
            std::vector<float>(probabilities.begin() + 12, probabilities.begin() + 15));
  EXPECT_TRUE(contains(evaluated(both, {"--suspects", "3"}), "label"));
}

TEST_F(CommandJoin, ExportsOneMember) {
  join();
  const auto refused = run_scrawl({"export", both, "--to", "onnx"});
  EXPECT_EQ(refused.status, 3);
  EXPECT_TRUE(contains(refused.err, "ensemble of 2 networks") && contains(refused.err, "--member 1"))
      << refused.err;
  EXPECT_TRUE(contains(run_scrawl({"export", both, "--to", "npz", "--member", "3"}).err, "no member 3"));
  EXPECT_EQ(run_scrawl({"export", both, "--to", "npz", "--member", "0"}).status, 2);
  const auto text = run_scrawl({"export", both, "--to", "npz", "--member", "2"});
  EXPECT_EQ(text.status, 0) << text.err;
  ASSERT_EQ(run_scrawl({"export", b, "--to", "npz", "-o", at("b.npz")}).status, 0);
  EXPECT_EQ(read_file(folder / "both-2.npz"), read_file(folder / "b.npz"));
}

TEST_F(CommandJoin, TrainMakesAnEnsembleOfARecipe) {
  write_file(folder / "small.toml", R"(name = "small"
[model]
layers = "3x3 > dense 3"
[loss]
kind = "softmax-cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.1
[training]
steps = 20
[ensemble]
members = 2
)");
  std::vector<DataPart> parts;
  for (const Part part : {Part::train, Part::test})
    parts.push_back({.part = part, .data = test::small_set()});
  write_data(folder / "parts.npz", DataFormat::npz, parts);
  const std::string out = at("run");
  const std::vector<std::string> train = {"train",         at("small.toml"), "--data", at("parts.npz"),
                                          "--no-pictures", "--out",          out};
  const auto text = run_scrawl(train);
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_TRUE(contains(text.err, "member 2 of 2: ")) << text.err;
  EXPECT_TRUE(contains(text.out, "the 2 together")) << text.out;
  EXPECT_EQ(load_model(out + "/model.safetensors").members.size(), 2U);
  auto again = train;
  again.insert(again.end(), {"--resume", "--json"});
  const auto json = Json::parse(run_scrawl(again).out);
  ASSERT_EQ(json["members"].size(), 2U);
  EXPECT_EQ(json["members"][0]["seed"], 1);
  EXPECT_TRUE(contains(run_scrawl({"info", at("small.toml")}).out, "2 networks"));
}

}  // namespace
}  // namespace scrawl::join_test
