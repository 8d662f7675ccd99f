#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "base/files.h"
#include "base/sha256.h"
#include "exchange/export_testing.h"
#include "formats/safetensors.h"
#include "testing.h"

#include <cstring>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

namespace scrawl::ensemble_test {
namespace {

using test::error_of;
using test::made_up_model;
using test::mentions;

/// Three members of other layers, preprocessing, loss and origin each.
Model three_members() {
  std::vector<Model> models;
  models.push_back(made_up_model("2x3 > dense 4 > tanh > dense 3", {.kind = Initialiser::Kind::he}));
  models.push_back(made_up_model("6 > dense 3 nobias", {.kind = Initialiser::Kind::glorot}));
  models.push_back(made_up_model("2x3 > dense 5 > sigmoid > dense 3", {.kind = Initialiser::Kind::he}));
  models[0].only().info.preprocessing = {.mean = {0.25F}, .deviation = {1, 2, 3, 4, 5, 6}};
  models[1].only().info.preprocessing = {.divisor = 256, .offset = 0.01F};
  models[1].only().info.loss = SquaredError{0.01F, 0.99F};
  models[2].only().info.loss = MulticlassHinge{2};
  models[2].only().info.recipe = "third";
  for (std::size_t k = 0; k < 3; ++k) models[k].only().info.seed = 100 + k;
  return join_models(std::move(models));
}

std::vector<std::uint8_t> some_images(std::size_t count) { return test::some_images(count, 6); }

TEST(Ensemble, GivesTheMeanOfItsMembersProbabilities) {
  const Model model = three_members();
  const auto images = some_images(101);
  std::vector<std::vector<float>> each;
  for (std::size_t k = 0; k < 3; ++k) each.push_back(predict_probabilities(take_member(model, k), images));
  ASSERT_NE(each[0], each[1]);
  ASSERT_NE(each[1], each[2]);
  const auto mean = predict_probabilities(model, images);
  ASSERT_EQ(mean.size(), 303U);
  for (std::size_t i = 0; i < mean.size(); ++i)
    EXPECT_EQ(mean[i], ((each[0][i] + each[1][i]) + each[2][i]) / 3.0F) << i;
  const std::span all(images);
  for (std::size_t i = 0; i < 101; i += 17) {  // one image has the bits that it has among others
    const auto one = predict_probabilities(model, all.subspan(i * 6, 6), Target::scalar);
    EXPECT_TRUE(std::equal(one.begin(), one.end(), mean.begin() + static_cast<std::ptrdiff_t>(3 * i))) << i;
  }
}

TEST(Ensemble, OfOneMemberIsThatMember) {
  const Model model = made_up_model("2x3 > dense 3");
  const auto images = some_images(5);
  EXPECT_EQ(predict_probabilities(take_member(model, 0), images), predict_probabilities(model, images));
  EXPECT_EQ(weights_sha256(model), weights_sha256(model.only().network));
  EXPECT_EQ(count_parameters(model), 21U);
  std::vector<float> mean(3);
  average_in(mean, std::vector<float>{1, 2, 3}, 0, 1);
  EXPECT_EQ(mean, (std::vector<float>{1, 2, 3}));
}

TEST(Ensemble, TellsItsMembersAndTheirHash) {
  const Model model = three_members();
  ASSERT_EQ(model.members.size(), 3U);
  EXPECT_EQ(to_string(model.members[1].network.spec()), "6 > dense 3 nobias");
  EXPECT_EQ(model.members[2].info.seed, 102U);
  EXPECT_EQ(count_parameters(model), 43U + 18U + 53U);
  std::string lines;
  for (std::size_t k = 0; k < 3; ++k) lines += weights_sha256(model.members[k].network) + "\n";
  EXPECT_EQ(weights_sha256(model), sha256_hex(std::as_bytes(std::span(lines))));
  EXPECT_TRUE(mentions(error_of([&] { take_member(model, 3); }), {"no member 4", "1 to 3"}));
}

TEST(Ensemble, JoinsEnsemblesToo) {
  std::vector<Model> models;
  models.push_back(three_members());
  models.push_back(three_members());
  const Model joined = join_models(std::move(models));
  ASSERT_EQ(joined.members.size(), 6U);
  EXPECT_EQ(joined.members[5].info.seed, 102U);
}

TEST(Ensemble, RefusesMembersThatDoNotFitTogether) {
  const auto refused = [](const std::vector<std::string>& specs, const std::vector<std::string_view>& parts,
                          const std::string& class_name = "0") {
    std::vector<Model> models;
    for (const auto& spec : specs) models.push_back(made_up_model(spec));
    models.back().only().info.classes[0] = class_name;
    const auto error = error_of([&] { join_models(std::move(models)); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(mentions(error, parts));
  };
  refused({"2x3 > dense 3"}, {"two members"});
  refused({"2x3 > dense 3", "2x4 > dense 3"}, {"member 2", "2x4", "2x3"});
  refused({"2x3 > dense 3", "6 > dense 3", "3x2 > dense 3"}, {"member 3", "3x2", "2x3"});
  refused({"6 > dense 3", "2x3 > dense 3", "3x2 > dense 3"}, {"member 3", "3x2", "2x3"});
  refused({"2x3 > dense 3", "2x3 > dense 4"}, {"member 2", "4 outputs", "3"});
  refused({"2x3 > dense 2", "2x3 > dense 2"}, {"member 2", "cat, 1", "0, 1"}, "cat");
  refused(std::vector<std::string>(most_members + 1, "2x3 > dense 3"), {"101 members", "100"});
  Model made = made_up_model("2x3 > dense 3");
  made.members.push_back({Network(parse_model("7 > dense 3")), made.origin()});
  EXPECT_TRUE(mentions(error_of([&] { predict_probabilities(made, some_images(1)); }), {"member 2", "7"}));
  const test::TempFolder folder;
  EXPECT_TRUE(mentions(error_of([&] { save_model(folder / "m", made); }), {"member 2", "7"}));
}

TEST(Ensemble, IsExportedMemberByMember) {
  const Model model = three_members();
  for (const auto format :
       {ExportFormat::onnx, ExportFormat::safetensors, ExportFormat::npz, ExportFormat::header}) {
    const auto error = error_of([&] { encode_export(model, {.format = format}); });
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_TRUE(mentions(error, {"ensemble of 3", to_string(format), "--member 1"}));
    EXPECT_FALSE(encode_export(take_member(model, 0), {.format = format}).empty());
  }
}

class EnsembleFile : public ::testing::Test {
 protected:
  SafetensorsFile written() const {
    save_model(path, model);
    return parse_safetensors(read_file(path), path.string());
  }
  void write(const SafetensorsFile& content) const {
    std::vector<TensorView> views;
    for (const auto& tensor : content.tensors)
      views.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.data});
    write_safetensors(path, content.metadata, views);
  }
  test::TempFolder folder;
  std::filesystem::path path = folder / "model.safetensors";
  Model model = three_members();
};

TEST_F(EnsembleFile, RoundTripsEverything) {
  save_model(path, model);
  const Model again = load_model(path);
  ASSERT_EQ(again.members.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k) {
    const Member& a = model.members[k];
    const Member& b = again.members[k];
    EXPECT_EQ(b.network.spec(), a.network.spec());
    EXPECT_EQ(weights_sha256(b.network), weights_sha256(a.network));
    EXPECT_EQ(b.info.preprocessing, a.info.preprocessing);
    EXPECT_EQ(b.info.loss, a.info.loss);
    EXPECT_EQ(b.info.classes, a.info.classes);
    EXPECT_EQ(b.info.recipe, a.info.recipe);
    EXPECT_EQ(b.info.seed, a.info.seed);
  }
  const auto images = some_images(11);
  EXPECT_EQ(predict_probabilities(again, images), predict_probabilities(model, images));
  EXPECT_TRUE(inspect_weights(path).is_model);
}

TEST_F(EnsembleFile, NamesMembersAndSaysThatItIsNew) {
  const auto content = written();
  EXPECT_EQ(content.metadata.at("format_version"), "2");
  EXPECT_EQ(content.metadata.at("members"), "3");
  EXPECT_EQ(content.metadata.at("member.1.model"), "6 > dense 3 nobias");
  EXPECT_EQ(content.metadata.count("model"), 0U);
  EXPECT_EQ(content.tensors.size(), 4U + 2 + 1 + 4);
  const Tensor* weight = content.find("member.2.0.weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->shape, (std::vector<std::size_t>{5, 6}));
  EXPECT_NE(content.find("member.0.preprocessing.deviation"), nullptr);
}

TEST_F(EnsembleFile, OfOneNetworkIsAsItAlwaysWas) {
  const Model one = take_member(model, 0);
  save_model(folder / "a", one);
  save_model(folder / "b", one.only().network, one.only().info);
  EXPECT_EQ(read_file(folder / "a"), read_file(folder / "b"));
  const auto content = parse_safetensors(read_file(folder / "a"), "a");
  EXPECT_EQ(content.metadata.at("format_version"), "1");
  EXPECT_EQ(content.metadata.count("members"), 0U);
  EXPECT_EQ(content.metadata.size(), 12U);
  EXPECT_NE(content.find("0.weight"), nullptr);
}

TEST_F(EnsembleFile, RefusesWhatIsMissingOrDoesNotFit) {
  const auto fails = [&](const std::function<void(SafetensorsFile&)>& change,
                         const std::vector<std::string_view>& parts) {
    auto content = written();
    change(content);
    write(content);
    const auto error = error_of([&] { load_model(path); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data);
    EXPECT_TRUE(mentions(error, {path.string()}));
    EXPECT_TRUE(mentions(error, parts));
  };
  for (const char* key : {"members", "classes", "member.0.model", "member.2.loss", "member.1.preprocessing",
                          "member.1.seed", "member.2.data", "member.1.recipe_text"})
    fails([&](auto& content) { content.metadata.erase(key); }, {key, "is missing"});
  for (const char* count : {"0", "1", "101", "18446744073709551615"})
    fails([&](auto& content) { content.metadata["members"] = count; }, {"members", "from 2 to 100"});
  for (const char* count : {"", "-2", "3 ", "many", "99999999999999999999999"})
    fails([&](auto& content) { content.metadata["members"] = count; }, {"members", "whole number"});
  fails([](auto& c) { c.metadata["members"] = "4"; }, {"member.3.model", "is missing"});
  fails([](auto& c) { c.metadata["members"] = "2"; }, {"do not belong to its model text"});
  fails([](auto& c) { c.metadata["format_version"] = "1"; }, {"model", "is missing"});
  fails([](auto& c) { c.metadata["member.1.model"] = "6 > dense 3"; }, {"member.1.0.bias"});
  fails([](auto& c) { c.metadata["member.1.model"] = "1000x1000 > dense 2000"; },
        {"member.1.model", "too small"});
  // Each member alone would fit the file; together they do not.
  fails(
      [](auto& c) {
        for (const char* key : {"member.0.model", "member.1.model", "member.2.model"})
          c.metadata[key] = "6 > dense 100 > dense 3";
      },
      {"member.", "too small"});
  fails([](auto& c) { c.metadata["classes"] = "[\"a\"]"; }, {"classes", "3 names"});
  fails([](auto& c) { c.metadata["member.2.loss"] = "{\"kind\": \"mean\"}"; },
        {"member.2.loss", "unknown kind"});
  fails([](auto& c) { c.tensors.pop_back(); }, {"member.2.2.bias"});
  fails([](auto& c) { c.tensors.back().name = "2.bias"; }, {"member.2.2.bias"});
  fails(
      [](auto& c) {
        c.tensors.push_back({"extra", "U8", {1}, Bytes(1)});
      },
      {"do not belong to its model text"});
  fails(
      [](auto& c) {
        const float bad = std::numeric_limits<float>::infinity();
        std::memcpy(c.tensors.back().data.data() + 4, &bad, sizeof bad);
      },
      {"value 1", "member.2.2.bias", "not finite"});
  // Every member by itself is sound.
  fails([](auto& c) { c.metadata["member.2.model"] = "3x2 > dense 5 > sigmoid > dense 3"; },
        {"member 3", "3x2", "2x3"});
}

TEST_F(EnsembleFile, SurvivesTruncationAndMutationEverywhere) {
  save_model(path, model);
  const Bytes whole = read_file(path);
  const auto load = [](const Bytes& bytes) {
    try {
      parse_model_file(bytes);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  ASSERT_TRUE(load(whole));
  for (std::size_t size = 0; size < whole.size(); size += 13)
    EXPECT_FALSE(load(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  for (std::size_t i = 0; i < whole.size(); i += 3) {
    Bytes mutated = whole;
    mutated[i] ^= std::byte{0x41};
    load(mutated);
  }
}

}  // namespace
}  // namespace scrawl::ensemble_test
