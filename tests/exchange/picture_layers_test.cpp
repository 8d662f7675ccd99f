// Files of networks with convolutions, pooling and batch normalisation: our own, and other people's.

#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "base/files.h"
#include "base/process.h"
#include "exchange/export_testing.h"
#include "exchange/weight_matching.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "testing.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace scrawl::picture_layers_test {
namespace {

namespace fs = std::filesystem;

using test::error_of;
using test::made_up_model;
using test::mentions;
using test::TempFolder;

constexpr const char* normalised =
    "9x8 > conv 4 3x2 nobias > batchnorm > silu > conv 4 2x2 > batchnorm > globalavgpool > dropout 0.5 > "
    "dense 6 > batchnorm > leaky-relu > dense 5";

class PictureLayers : public ::testing::Test {
 protected:
  TempFolder folder;
};

TEST_F(PictureLayers, KeepTheirStatisticsInTheModelFile) {
  const Model model = made_up_model(normalised);
  save_model(folder / "own", model);
  const auto own = parse_safetensors(read_file(folder / "own"), "own");
  EXPECT_EQ(own.find("1.running_mean")->shape, (std::vector<std::size_t>{4}));
  EXPECT_EQ(own.find("8.running_var")->shape, (std::vector<std::size_t>{6}));
}

TEST_F(PictureLayers, AreNamedInNpzAsTutorialsNameThem) {
  const Model model = made_up_model("9x8 > conv 4 3x2 > relu > maxpool 2 > dense 5");
  const auto arrays = parse_npz(encode_export(model, {.format = ExportFormat::npz}), "npz");
  ASSERT_EQ(arrays.size(), 4U);
  EXPECT_EQ(arrays[0].name, "W1");
  EXPECT_EQ(arrays[0].shape, (std::vector<std::size_t>{4, 1, 3, 2}));
  EXPECT_EQ(arrays[2].name, "W2");
  EXPECT_EQ(arrays[2].shape, (std::vector<std::size_t>{36, 5}));
}

TEST_F(PictureLayers, AVarianceBelow0IsRefused) {
  Model model = made_up_model(normalised);
  for (const auto& info : state_infos(model.only().network.spec()))
    if (info.is_variance()) model.only().network.state()[info.offset] = -1;
  save_model(folder / "own", model.only().network, model.only().info);
  EXPECT_TRUE(
      mentions(error_of([&] { load_model(folder / "own"); }), {"own", "1.running_var", "negative variance"}));
  export_model(folder / "w.npz", model, {.format = ExportFormat::npz});
  EXPECT_TRUE(
      mentions(error_of([&] { import_model(folder / "w.npz", {.model = model.only().network.spec()}); }),
               {"w.npz", "moving_var1", "negative variance"}));
}

/// The modules that torch_places() of export.cpp promises.
constexpr const char* torch_script = R"(
import sys, torch
from torch import nn
import json, numpy as np
folder = sys.argv[1]
with open(folder + "/model.safetensors", "rb") as file:
    header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    data = file.read()
header.pop("__metadata__")
state = {name: torch.tensor(np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]))
         for name, entry in header.items()}
net = nn.Sequential(nn.Conv2d(1, 4, (3, 2), bias=False), nn.BatchNorm2d(4), nn.SiLU(), nn.Conv2d(4, 4, 2),
                    nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(4, 6),
                    nn.BatchNorm1d(6), nn.LeakyReLU(0.01), nn.Linear(6, 5))
net.load_state_dict(state, strict=True)
net.eval()
images = torch.tensor(np.fromfile(folder + "/images", np.uint8).reshape(-1, 1, 9, 8) / 255, dtype=torch.float32)
with torch.no_grad():
    ours = np.fromfile(folder + "/probabilities", np.float32).reshape(-1, 5)
    assert np.abs(net(images).softmax(1).numpy() - ours).max() < 1e-5
torch.save({"model_state_dict": net.state_dict(), "epoch": 3}, folder + "/again.pt")
)";

TEST_F(PictureLayers, PyTorchLoadsAndSavesThem) {
  std::string python;
  for (const char* name : {"python3", "/usr/bin/python3"})
    if (python.empty() && test::runs({name, "-c", "import torch, numpy"})) python = name;
  if (python.empty()) GTEST_SKIP() << "there is no Python with PyTorch";
  const Model model = made_up_model(normalised);
  export_model(folder / "model.safetensors", model, {.format = ExportFormat::safetensors});
  const auto images = test::some_images(50, 72);
  const auto probabilities = predict_probabilities(model, images);
  write_file(folder / "images", {reinterpret_cast<const char*>(images.data()), images.size()});
  write_file(folder / "probabilities",
             {reinterpret_cast<const char*>(probabilities.data()), probabilities.size() * sizeof(float)});
  const auto result = run_process({python, "-c", torch_script, folder.path().string()});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const auto again = import_model(folder / "again.pt", {.model = model.only().network.spec()});
  EXPECT_EQ(weights_sha256(again.model.only().network), weights_sha256(model.only().network));
}

TEST(DropoutScaling, GoesIntoTheLayerBehindOrTheLastOne) {
  Network network(parse_model("2 > dense 2 > relu > dropout 0.5 > dense 2 > dropout 0.75"));
  std::fill(network.parameters().begin(), network.parameters().end(), 1.0F);
  const auto lines = fold_dropout_scaling(network, "FILE");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "layer 2, dropout 0.5: its factor 0.5 went into layer 3");
  const auto values = network.parameters();
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()),
            (std::vector<float>{1, 1, 1, 1, 1, 1, 0.125F, 0.125F, 0.125F, 0.125F, 0.25F, 0.25F}));
}

TEST(DropoutScaling, SaysWhereItIsImpossible) {
  for (const char* spec : {"2 > dense 2", "2 > dropout 0.5 > sigmoid > dense 2"}) {
    Network network(parse_model(spec));
    EXPECT_TRUE(mentions(error_of([&] { fold_dropout_scaling(network, "FILE"); }), {"FILE", "dropout"}));
  }
}

/// Networks of Saito's book "Deep learning from scratch", whose files are not ours to give away.
class BookNetworks : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto data = environment("SCRAWL_TEST_DATA");
    if (!data) GTEST_SKIP() << "SCRAWL_TEST_DATA names no folder";
    weights = fs::path(*data) / "weights";
    try {
      test_set = load_dataset("mnist", Part::test);
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }
  /// Of the first 1,000 images of MNIST's test set.
  std::size_t count_right(const Model& model) const {
    constexpr std::size_t count = 1000;
    const auto images = std::span(test_set.images).first(count * 784);
    const auto probabilities = predict_probabilities(model, {images.begin(), images.end()});
    std::size_t right = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = std::span(probabilities).subspan(i * 10, 10);
      right += std::max_element(row.begin(), row.end()) - row.begin() == test_set.labels[i] ? 1 : 0;
    }
    return right;
  }

  fs::path weights;
  Dataset test_set;
};

// PyTorch, given these arrays, reads as many of these images, and 9,600 of all.
TEST_F(BookNetworks, OfChapter7ReadsAsItsAuthorsDoes) {
  const auto spec = parse_model("28x28 > conv 30 5x5 > relu > maxpool 2 > dense 100 > relu > dense 10");
  const auto result = import_model(weights / "ch07_params.pkl", {.model = spec});
  EXPECT_EQ(
      result.matches[0],
      "layer 0, conv 30 5x5: W1 (30, 1, 5, 5) as (outputs, inputs, height, width), F64 made float32; b1 "
      "(30,), F64 made float32");
  EXPECT_EQ(count_right(result.model), 961U);
  EXPECT_TRUE(mentions(error_of([&] { import_model(weights / "ch07_params.pkl"); }),
                       {"--model \"28x28 > conv 30 5x5 > relu"}));
}

// 9,797 of all.
TEST_F(BookNetworks, OfChapter8ReadsAsItsAuthorsDoes) {
  const auto spec = parse_model(
      "28x28 > conv 16 3x3 pad 1 > relu > conv 16 3x3 pad 1 > relu > maxpool 2 > conv 32 3x3 pad 1 > relu > "
      "conv 32 3x3 pad 2 > relu > maxpool 2 > conv 64 3x3 pad 1 > relu > conv 64 3x3 pad 1 > relu > maxpool "
      "2 > "
      "dense 50 > relu > dropout 0.5 > dense 10 > dropout 0.5");
  const auto path = weights / "ch08_deep_convnet_params.pkl";
  const auto result = import_model(path, {.model = spec, .dropout_scaling = true});
  EXPECT_EQ(count_right(result.model), 976U);
  const std::vector<std::uint8_t> seven(test_set.images.begin(), test_set.images.begin() + 784);
  EXPECT_NEAR(predict_probabilities(result.model, seven)[7], 0.99983F, 1e-5F);
}

}  // namespace
}  // namespace scrawl::picture_layers_test
