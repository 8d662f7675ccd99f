#include "exchange/onnx_export.h"

#include "scrawl/error.h"
#include "scrawl/model.h"

#include "exchange/onnx_import.h"
#include "onnx_testing.h"
#include "testing.h"

#include <algorithm>

namespace scrawl::onnx_export_test {
namespace {

using test::made_up_model;

OnnxImport round_trip(const Model& model) {
  return import_onnx(parse_onnx(encode_onnx(export_onnx(model.only(), "digits")), "m.onnx"), "m.onnx");
}

void expect_same(const Model& model) {
  const OnnxImport again = round_trip(model);
  EXPECT_EQ(to_string(again.network.spec()), to_string(model.only().network.spec()));
  EXPECT_EQ(again.network.spec(), model.only().network.spec());
  EXPECT_EQ(weights_sha256(again.network), weights_sha256(model.only().network));
  EXPECT_TRUE(again.has_preprocessing);
  EXPECT_EQ(again.preprocessing, model.only().info.preprocessing) << to_string(again.preprocessing);
  EXPECT_EQ(again.loss, model.only().info.loss);
  EXPECT_EQ(again.classes, model.classes());
}

TEST(OnnxExport, ComesBackWithEveryLoss) {
  const std::string spec = "3x4x5 > dense 6 > sigmoid > dense 5 nobias > tanh > dense 4 > relu > dense 3";
  expect_same(made_up_model(spec, SoftmaxCrossEntropy{}));
  expect_same(made_up_model(spec, MulticlassHinge{}));
  for (const auto& loss : {SquaredError{}, SquaredError{.low = 0.01F, .high = 0.99F},
                           SquaredError{.low = 0.1F, .high = 0.9F}, SquaredError{.low = -1}})
    expect_same(made_up_model("4 > dense 3 > sigmoid", loss));
}

TEST(OnnxExport, KeepsTheRangeOfTargets) {
  // The file has low and high - low, from which high comes back as closely as rounding allows.
  for (const float low : {0.0F, 0.123F, -1.0F, 1e-7F, 3.0F})
    for (const float high : {1.0F, 0.7F, 0.456F, -2.0F}) {
      const auto again =
          round_trip(made_up_model("4 > dense 3", SquaredError{.low = low, .high = high})).loss;
      const auto& loss = std::get<SquaredError>(again);
      EXPECT_EQ(loss.low, low);
      EXPECT_EQ(loss.high - loss.low, high - low);
      EXPECT_NEAR(loss.high, high, 1e-6);
    }
}

TEST(OnnxExport, ComesBackWithEveryInputShape) {
  for (const char* input : {"1", "7", "2x3", "7x1", "3x1x1", "3x2x1", "1x1x7", "26x5x4"})
    expect_same(made_up_model(std::string(input) + " > dense 2", SoftmaxCrossEntropy{}));
  expect_same(made_up_model("2x2 > relu > tanh > dense 2 > sigmoid > sigmoid", SoftmaxCrossEntropy{}));
}

TEST(OnnxExport, ComesBackWithEveryPreprocessing) {
  const auto expect_kind = [](const Preprocessing& preprocessing, bool standardised = false) {
    expect_same(made_up_model("2x3 > dense 2", SoftmaxCrossEntropy{}, preprocessing, standardised));
  };
  for (const float divisor : {255.0F, 256.0F, 1.0F})
    for (const float factor : {1.0F, 0.99F})
      for (const float offset : {0.0F, 0.01F})
        for (const bool standardised : {false, true})
          expect_kind({.divisor = divisor, .factor = factor, .offset = offset}, standardised);
  expect_kind({.mean = {0.1307F}, .deviation = {0.3081F}});
  expect_kind({.mean = {0.5F}});
  expect_kind({.deviation = {0.5F}});
  expect_kind({.mean = {1, 2, 3, 4, 5, 6}, .deviation = {0.5F}});
}

TEST(OnnxExport, WhiteningBecomesALayerWithTheSameFunction) {
  const Model model =
      made_up_model("3x3 > dense 4 > relu > dense 3", SoftmaxCrossEntropy{}, {.divisor = 255}, true, true);
  OnnxImport again = round_trip(model);
  EXPECT_EQ(to_string(again.network.spec()), "3x3 > dense 9 nobias > dense 4 > relu > dense 3");
  const Model imported{std::move(again.network), {.preprocessing = again.preprocessing, .loss = again.loss}};
  const std::vector<std::uint8_t> images = {0, 3, 250, 255, 17, 90, 128, 64, 1};
  const auto expected = predict_probabilities(model, images);
  const auto found = predict_probabilities(imported, images);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-6);
}

TEST(OnnxExport, NamesWhatOtherProgramsSee) {
  const auto model =
      export_onnx(made_up_model("28x28 > dense 5 > relu > dense 3", SoftmaxCrossEntropy{}).only(), "digits");
  ASSERT_EQ(model.inputs.size(), 1U);
  EXPECT_EQ(model.inputs[0].name, "pixels");
  EXPECT_EQ(model.inputs[0].shape, (std::vector<OnnxDimension>{{.length = {}, .symbol = "batch"},
                                                               {.length = 1, .symbol = {}},
                                                               {.length = 28, .symbol = {}},
                                                               {.length = 28, .symbol = {}}}));
  ASSERT_EQ(model.outputs.size(), 1U);
  EXPECT_EQ(model.outputs[0].name, "probabilities");
  EXPECT_EQ(model.opset, 13);
  EXPECT_EQ(model.producer_name, "scrawl");
  EXPECT_EQ(model.graph_name, "digits");
  EXPECT_EQ(model.metadata.at("model"), "28x28 > dense 5 > relu > dense 3");
  EXPECT_EQ(model.metadata.at("classes"), R"(["class 0","class 1","class 2"])");
  EXPECT_EQ(model.metadata.at("preprocessing"), "byte / 255");
  EXPECT_EQ(model.metadata.at("scrawl_version"), version());
  const auto weight = std::find_if(model.initializers.begin(), model.initializers.end(),
                                   [](const Tensor& tensor) { return tensor.name == "0.weight"; });
  ASSERT_NE(weight, model.initializers.end());
  EXPECT_EQ(weight->shape, (std::vector<std::size_t>{5, 784}));
}

TEST(OnnxExport, GivesEqualBytesForEqualModels) {
  const auto model = [] { return made_up_model("4x4 > dense 5 > relu > dense 3", SquaredError{}, {}, true); };
  EXPECT_EQ(encode_onnx(export_onnx(model().only(), "m")), encode_onnx(export_onnx(model().only(), "m")));
  EXPECT_TRUE(is_onnx(encode_onnx(export_onnx(model().only(), "m"))));
}

}  // namespace
}  // namespace scrawl::onnx_export_test
