#include "scrawl/error.h"
#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "formats/safetensors.h"
#include "nn/custom_layers.h"
#include "testing.h"

#include <gtest/gtest.h>

// Models with layers of a program's own: kept in model files, and refused by every other format.
namespace scrawl::custom_layer_file_test {
namespace {

using test::custom_layers;
using test::error_of;
using test::mentions;

class CustomLayerFile : public ::testing::Test {
 protected:
  CustomLayerFile()
      : model{Network(
                  parse_model("2x3 > dense 5 > swish > centred-pair > bent-line > dense 3", custom_layers())),
              {.classes = {"a", "b", "c"}}} {
    model.only().network.initialise({}, 5);
    for (auto& value : model.only().network.state()) value = 0.5F;
    save_model(path, model.only().network, model.only().info);
  }

  test::TempFolder folder;
  std::filesystem::path path = folder / "model.safetensors";
  Model model;
};

TEST_F(CustomLayerFile, RoundTripsWithTheLayers) {
  const Model loaded = load_model(path, custom_layers());
  EXPECT_EQ(loaded.only().network.spec(), model.only().network.spec());
  EXPECT_EQ(weights_sha256(loaded.only().network), weights_sha256(model.only().network));
  const std::vector<std::uint8_t> image = {1, 50, 100, 150, 200, 250};
  EXPECT_EQ(predict_probabilities(loaded, image), predict_probabilities(model, image));

  const auto content = parse_safetensors(read_file(path), path.string());
  EXPECT_NE(content.find("1.beta"), nullptr);
  EXPECT_EQ(content.find("2.weight")->shape, (std::vector<std::size_t>{2, 5}));
  EXPECT_EQ(content.find("2.state")->shape, (std::vector<std::size_t>{5}));
}

TEST_F(CustomLayerFile, MayHaveAllStateInOneArrayAsOlderFilesHave) {
  auto content = parse_safetensors(read_file(path), path.string());
  std::vector<TensorView> tensors;
  for (auto& tensor : content.tensors) {
    if (tensor.name == "2.state") tensor.name = "state";
    tensors.push_back(view(tensor));
  }
  const auto bytes = encode_safetensors(content.metadata, tensors);
  EXPECT_EQ(weights_sha256(parse_model_file(bytes, "old", custom_layers()).only().network),
            weights_sha256(model.only().network));
}

TEST_F(CustomLayerFile, WithoutTheLayersNamesOneAndTheRemedy) {
  for (const auto& known : {std::vector<CustomLayer>{}, {custom_layer<test::LeakyRelu>("bent-line")}}) {
    const auto error = error_of([&] { load_model(path, known); });
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_TRUE(mentions(error, {"model.safetensors", "'swish'", "load_model", "CustomLayer"}));
  }
}

TEST_F(CustomLayerFile, AnotherLayerOfTheNameDoesNotFit) {
  auto layers = custom_layers();
  layers[0] = custom_layer<test::LeakyRelu>("swish");
  EXPECT_TRUE(mentions(error_of([&] { load_model(path, layers); }), {"do not belong to its model text"}));
  layers[0] = custom_layer<test::CentredPair>("swish");
  EXPECT_TRUE(mentions(error_of([&] { load_model(path, layers); }), {"1.scale"}));
}

// A layer of as much state as a file says must not make the reader allocate it.
template <class T>
class Hoarder final : public Layer<T> {
 public:
  explicit Hoarder(const Shape& input) : shape_(input) {}
  Shape output_shape() const override { return shape_; }
  LayerTraits traits() const override { return {.state_size = 1000 * shape_.size()}; }
  void forward(const Forward<T>&) const override {}
  void backward(const Backward<T>&) const override {}

 private:
  Shape shape_;
};

TEST_F(CustomLayerFile, MoreStateThanTheFileHoldsIsRefused) {
  auto content = parse_safetensors(read_file(path), path.string());
  content.metadata["model"] = "1000x1000 > hoarder";
  write_safetensors(path, content.metadata, {});
  EXPECT_TRUE(mentions(error_of([&] { load_model(path, {custom_layer<Hoarder>("hoarder")}); }),
                       {"'model'", "too small"}));
}

TEST_F(CustomLayerFile, NoOtherFormatHoldsThem) {
  for (const auto format :
       {ExportFormat::onnx, ExportFormat::safetensors, ExportFormat::npz, ExportFormat::header}) {
    const auto error = error_of([&] { encode_export(model, {.format = format}); });
    EXPECT_EQ(error.code(), ErrorCode::unsupported) << to_string(format);
    EXPECT_TRUE(mentions(error, {"layer 'swish'", "model file"}));
  }
}

TEST_F(CustomLayerFile, WeightsAreNotImportedIntoThem) {
  Model plain{Network(parse_model("2x3 > dense 5 > relu > dense 3")), {.classes = {"a", "b", "c"}}};
  const auto weights = folder / "weights.npz";
  export_model(weights, plain, {.format = ExportFormat::npz});
  const ImportOptions with_parameters = {.model =
                                             parse_model("2x3 > dense 5 > swish > dense 3", custom_layers())};
  const auto error = error_of([&] { import_model(weights, with_parameters); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_TRUE(mentions(error, {"weights.npz", "'swish'", "1.beta", "set_parameter"}));

  const ImportOptions without = {.model =
                                     parse_model("2x3 > dense 5 > bent-line > dense 3", custom_layers())};
  EXPECT_EQ(weights_sha256(import_model(weights, without).model.only().network),
            weights_sha256(plain.only().network));
}

}  // namespace
}  // namespace scrawl::custom_layer_file_test
