#include "scrawl/model.h"

#include "base/files.h"
#include "formats/safetensors.h"
#include "testing.h"

#include <cstring>
#include <limits>

#include <gtest/gtest.h>

namespace scrawl::model_file_test {
namespace {

using test::error_of;
using test::mentions;

class ModelFile : public ::testing::Test {
 protected:
  ModelFile() : network(parse_model("2x3 > dense 4 > tanh > dense 3 nobias")) {
    network.initialise({.kind = Initialiser::Kind::he}, 5);
    info.preprocessing.divisor = 256;
    info.preprocessing.mean = {0.25F};
    info.preprocessing.deviation = {1, 2, 3, 4, 5, 6};
    info.preprocessing.whitening.assign(36, 0.5F);
    info.loss = SquaredError{0.01F, 0.99F};
    info.classes = {"zero", "one", "\"two\""};
    info.recipe = "test";
    info.recipe_text = "name = \"test\"\n";
    info.seed = 18446744073709551615U;
    info.data = "mnist";
    info.data_sha256 = "abc";
  }

  SafetensorsFile written() {
    save_model(path, network, info);
    return parse_safetensors(read_file(path), path.string());
  }
  void write(const SafetensorsFile& content) {
    std::vector<TensorView> views;
    for (const auto& tensor : content.tensors)
      views.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.data});
    write_safetensors(path, content.metadata, views);
  }

  test::TempFolder folder;
  std::filesystem::path path = folder / "model.safetensors";
  Network network;
  ModelInfo info;
};

TEST_F(ModelFile, RoundTripsEverything) {
  save_model(path, network, info);
  const Model model = load_model(path);
  EXPECT_EQ(model.only().network.spec(), network.spec());
  EXPECT_EQ(weights_sha256(model.only().network), weights_sha256(network));
  EXPECT_EQ(model.only().info.preprocessing, info.preprocessing);
  EXPECT_EQ(model.only().info.loss, info.loss);
  EXPECT_EQ(model.classes(), info.classes);
  EXPECT_EQ(model.only().info.recipe_text, info.recipe_text);
  EXPECT_EQ(model.only().info.seed, info.seed);
  EXPECT_EQ(model.only().info.data_sha256, info.data_sha256);
  for (const LossSpec& loss :
       {LossSpec(SoftmaxCrossEntropy{1e-7F}), LossSpec(SoftmaxCrossEntropy{.label_smoothing = 0.1F}),
        LossSpec(MulticlassHinge{2})}) {
    info.loss = loss;
    save_model(path, network, info);
    EXPECT_EQ(load_model(path).only().info.loss, loss);
  }
}

TEST_F(ModelFile, HoldsWeightsAsOutputsByInputs) {
  const auto content = written();
  const Tensor* weight = content.find("0.weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->shape, (std::vector<std::size_t>{4, 6}));
  EXPECT_EQ(content.find("2.bias"), nullptr);
  float value = 0;
  std::memcpy(&value, weight->data.data() + (1 * 6 + 2) * sizeof(float), sizeof value);
  EXPECT_EQ(value, network.parameters()[2 * 4 + 1]);  // in memory (inputs, outputs)
}

TEST_F(ModelFile, RefusesWhatIsMissingUnknownOrDoesNotFit) {
  const auto fails = [&](const auto& change, const std::vector<std::string_view>& parts) {
    auto content = written();
    change(content);
    write(content);
    const auto error = error_of([&] { load_model(path); });
    EXPECT_TRUE(error.code() == ErrorCode::bad_data || error.code() == ErrorCode::unsupported);
    EXPECT_TRUE(mentions(error, {path.string()}));
    EXPECT_TRUE(mentions(error, parts));
  };
  for (const char* key :
       {"format_version", "model", "preprocessing", "loss", "classes", "recipe", "seed", "data"})
    fails([&](auto& content) { content.metadata.erase(key); }, {key, "is missing"});
  fails([](auto& c) { c.metadata["format_version"] = "3"; }, {"version 3", "reads versions 1 and 2"});
  fails([](auto& c) { c.metadata["model"] = "2x3 > dense 4 > tahn > dense 3 nobias"; },
        {"did you mean 'tanh'"});
  fails([](auto& c) { c.metadata["model"] = "2x3 > dense 5 > tanh > dense 3 nobias"; }, {"0.weight"});
  fails([](auto& c) { c.metadata["model"] = "2x3 > dense 4 > tanh > dense 3"; }, {"2.bias"});
  fails([](auto& c) { c.metadata["model"] = "1000x1000 > dense 2000"; }, {"parameters", "too small"});
  fails([](auto& c) { c.metadata["preprocessing"] = "{\"divisor\": 0, \"factor\": 1, \"offset\": 0}"; },
        {"divisor"});
  fails([](auto& c) { c.metadata["preprocessing"] = "[1, 2"; }, {"preprocessing", "JSON"});
  fails([](auto& c) { c.metadata["loss"] = "{\"kind\": \"mean\"}"; }, {"loss", "unknown kind"});
  fails([](auto& c) { c.metadata["loss"] = "{\"kind\": \"squared-error\", \"low\": 0}"; }, {"loss", "high"});
  fails([](auto& c) { c.metadata["classes"] = "[\"a\", \"b\"]"; }, {"classes", "3"});
  fails([](auto& c) { c.metadata["classes"] = "[1, 2, 3]"; }, {"classes"});
  fails([](auto& c) { c.metadata["seed"] = "many"; }, {"seed"});
  fails([](auto& c) { c.tensors.erase(c.tensors.begin()); }, {"0.weight"});
  fails([](auto& c) { c.tensors[0].dtype = "I32"; }, {"0.weight"});
  fails([](auto& c) { c.tensors[0].name = "extra"; }, {"0.weight"});
  fails(
      [](auto& c) {
        c.tensors.push_back({"extra", "U8", {1}, Bytes(1)});
      },
      {"do not belong to its model text"});
  fails(
      [](auto& c) {
        const float bad = std::numeric_limits<float>::quiet_NaN();
        std::memcpy(c.tensors[0].data.data() + 8, &bad, sizeof bad);
      },
      {"value 2", "0.weight", "not finite"});
}

TEST_F(ModelFile, BoundsTheJsonOfItsMetadata) {
  const SafetensorsFile content = written();
  for (const char* key : {"preprocessing", "loss", "classes"})
    for (const auto& [piece, times] :
         {std::pair("[", 2'000'000), std::pair("[", 20), std::pair("0,", 2'000'000)}) {
      SafetensorsFile changed = content;
      std::string& text = changed.metadata[key] = *piece == '0' ? "[" : "";
      for (int i = 0; i < times; ++i) text += piece;
      write(changed);
      EXPECT_TRUE(mentions(error_of([&] { load_model(path); }), {key, "JSON"})) << key << ": " << piece;
    }
}

TEST_F(ModelFile, KeepsTextThatIsNotUtf8) {
  info.classes = {"caf\xe9", "猫", "\xff"};
  info.data = "p\xff";
  save_model(path, network, info);
  const Model model = load_model(path);
  EXPECT_EQ(model.classes(), (std::vector<std::string>{"caf\\xe9", "猫", "\\xff"}));
  EXPECT_EQ(model.only().info.data, "p\\xff");
}

TEST_F(ModelFile, SurvivesTruncationAndMutationEverywhere) {
  save_model(path, network, info);
  const Bytes whole = read_file(path);
  const auto load = [&](const Bytes& bytes) {
    write_file(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    try {
      load_model(path);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  for (std::size_t size = 0; size < whole.size(); size += 13)
    EXPECT_FALSE(load(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  // Any byte may change; nothing but an Error or a model may come of it.
  for (std::size_t i = 0; i < whole.size(); i += 3) {
    Bytes mutated = whole;
    mutated[i] ^= std::byte{0x41};
    load(mutated);
  }
}

TEST_F(ModelFile, SaysWhatAnotherFileIs) {
  const auto refused = [&](const std::string& content) {
    write_file(path, content);
    return error_of([&] { load_model(path); });
  };
  EXPECT_TRUE(mentions(refused("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
                       {"is a PNG picture, not a scrawl model", "name a model"}));
  EXPECT_TRUE(mentions(refused(""), {"is empty", "again"}));
  EXPECT_TRUE(mentions(refused("<!DOCTYPE html>"), {"web page"}));
  EXPECT_TRUE(mentions(refused("version https://git-lfs.github.com/spec/v1\n"), {"git lfs pull"}));
  save_model(path, network, info);
  const std::string whole = read_text_file(path);
  EXPECT_TRUE(mentions(refused(whole.substr(0, 100)), {"cut off", "only 100", "again"}));
  EXPECT_TRUE(mentions(refused(whole.substr(0, whole.size() - 5)),
                       {"cut off", std::to_string(whole.size()).c_str(), "again"}));
  write_file(path, whole);
  EXPECT_TRUE(mentions(error_of([&] { load_model(folder.path()); }), {"is a folder", path.c_str()}));
  std::filesystem::remove(path);
  EXPECT_TRUE(mentions(error_of([&] { load_model(folder.path()); }), {"is a folder", "file of a model"}));
}

TEST_F(ModelFile, NamesAMissingFile) {
  EXPECT_EQ(error_of([&] { load_model(folder / "none"); }).code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace scrawl::model_file_test
