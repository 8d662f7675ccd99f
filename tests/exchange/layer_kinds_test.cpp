// Every kind of layer in everything that runs, reads or writes a model.

#include "nn/layer_kinds.h"

#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "base/files.h"
#include "exchange/c_header.h"
#include "exchange/export_testing.h"
#include "exchange/onnx_export.h"
#include "exchange/onnx_import.h"
#include "nn/custom_layers.h"
#include "nn/nn_testing.h"
#include "predict/plain.h"
#include "testing.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace scrawl::layer_kinds_test {
namespace {

using test::error_of;
using Texts = std::vector<std::string>;

// Models with each kind of layer, at least one. A kind without an overload does not compile.
Texts models_with(const Dense&) {
  return {"6x5 > dense 16 > dense 12 nobias > dense 4", "2x3x5 > dense 7", "30 > dense 3"};
}
Texts models_with(const Conv2d&) {
  return {"9x8 > conv 4 3x2 > conv 3 2x2 pad 1 nobias > dense 5",
          "2x7x9 > conv 3 3x3 stride 2 pad 1 > dense 6 > dense 3", "12 > conv 2 1x3 > dense 2"};
}
Texts models_with(const MaxPool&) {
  return {"9x8 > conv 4 3x2 > maxpool 2 > dense 5", "3x8x8 > maxpool 3 stride 2 pad 1 > dense 4"};
}
Texts models_with(const AveragePool&) {
  return {"9x8 > conv 4 3x2 > avgpool 2 > dense 5", "2x7x9 > avgpool 2 stride 1 pad 1 > dense 3"};
}
Texts models_with(const GlobalAveragePool&) { return {"3x8x8 > conv 6 1x1 > globalavgpool > dense 4"}; }
Texts models_with(const BatchNorm&) {
  return {"9x8 > conv 4 3x2 nobias > batchnorm > dense 5 > batchnorm momentum 0.25 > tanh > dense 3",
          "2x6x6 > batchnorm epsilon 0.001 > conv 3 3x3 > tanh > batchnorm > dense 4",
          "8 > batchnorm > dense 3"};
}
Texts models_with(const Dropout&) {
  return {"9x8 > dense 9 > dropout 0.25 > dense 3", "2x6x6 > conv 3 3x3 > dropout 0.5 > tanh > dense 4"};
}
Texts models_with(const Flatten&) { return {"2x6x6 > conv 3 3x3 > flatten > dense 4"}; }
Texts around(const std::string& activation) {
  return {"6x5 > dense 9 > " + activation + " > dense 4", "9x8 > conv 4 3x2 > " + activation + " > dense 4",
          "3x4 > " + activation + " > dense 3 > " + activation};
}
Texts models_with(const Sigmoid&) { return around("sigmoid"); }
Texts models_with(const Relu&) { return around("relu"); }
Texts models_with(const Tanh&) { return around("tanh"); }
Texts models_with(const LeakyRelu&) {
  Texts texts = around("leaky-relu");
  texts.push_back("6 > dense 5 > leaky-relu 0.2 > dense 3");
  return texts;
}
Texts models_with(const Silu&) { return around("silu"); }
Texts models_with(const CustomLayer&) { return {"2x3 > dense 5 > swish > dense 7 > bent-line > dense 4"}; }

Texts all_models() {
  Texts all;
  for_each_kind([&](const auto& kind) {
    const Texts texts = models_with(kind);
    all.insert(all.end(), texts.begin(), texts.end());
  });
  return all;
}

class EveryKind : public ::testing::TestWithParam<std::string> {
 protected:
  /// With biases and statistics that are not 0.
  static Model made_up() {
    Model model{Network(parse_model(GetParam(), test::custom_layers())), {}};
    test::fill_parameters(model.only().network, 7);
    test::fill_state(model.only().network);
    for (std::size_t c = 0; c < model.outputs(); ++c) model.only().info.classes.push_back(std::to_string(c));
    return model;
  }
  static bool is_custom(const Model& model) {
    return std::ranges::any_of(model.only().network.spec().layers,
                               [](const LayerSpec& layer) { return as<CustomLayer>(layer) != nullptr; });
  }
  static std::vector<std::uint8_t> images(const Model& model) {
    return test::some_images(20, model.inputs());
  }
  static void expect_close(const std::vector<float>& found, const std::vector<float>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 5e-6);
  }
  static void expect_same_network(const Network& again, const Model& model) {
    EXPECT_EQ(again.spec(), model.only().network.spec());
    EXPECT_EQ(weights_sha256(again), weights_sha256(model.only().network));
  }

  test::TempFolder folder;
};

TEST(LayerKinds, HaveModelsWithThem) {
  for_each_kind([](const auto& kind) {
    const Texts texts = models_with(kind);
    ASSERT_FALSE(texts.empty());
    for (const auto& text : texts) {
      const auto layers = parse_model(text, test::custom_layers()).layers;
      EXPECT_TRUE(std::ranges::any_of(layers, [&](const LayerSpec& layer) {
        return layer.index() == LayerSpec(kind).index();
      })) << text;
    }
  });
}

TEST_P(EveryKind, ComesBackFromItsText) { EXPECT_EQ(to_string(made_up().only().network.spec()), GetParam()); }

TEST_P(EveryKind, TrainsToALowerLossWithTheSameBits) {
  const auto train = [&](std::size_t threads, Target target) {
    Network network(parse_model(GetParam(), test::custom_layers()));
    network.initialise({}, 1);
    const auto samples = test::random_samples<float>(20, network.inputs(), network.outputs(), 1);
    const Compute compute(threads, target);
    auto workspace = network.make_workspace(20);
    const auto loss = make_loss<float>(SoftmaxCrossEntropy{});
    std::vector<float> gradients(network.parameters().size());
    std::vector<float> losses;
    for (std::uint32_t step = 0; step < 30; ++step) {
      const auto outputs =
          network.forward(samples.view(), workspace, compute, Mode::train, {.seed = 1, .step = step});
      losses.push_back(loss->evaluate(outputs, samples.labels, workspace.output_gradient(), compute));
      network.descend(workspace, compute, gradients, 0.05F, 0);
    }
    EXPECT_LT(std::accumulate(losses.end() - 5, losses.end(), 0.0F),
              std::accumulate(losses.begin(), losses.begin() + 5, 0.0F));
    return weights_sha256(network);
  };
  const std::string expected = train(1, Target::scalar);
  for (const Target target : supported_targets())
    for (const std::size_t threads : {1, 2}) EXPECT_EQ(train(threads, target), expected);
}

TEST_P(EveryKind, HasItsGradient) {
  BasicNetwork<double> network(parse_model(GetParam(), test::custom_layers()));
  test::fill_parameters(network, 3);
  const auto samples = test::random_samples<double>(5, network.inputs(), network.outputs(), 3);
  const auto result = check_gradient(network, SoftmaxCrossEntropy{}, samples.view(), samples.labels,
                                     {.step = 1e-5, .most_per_tensor = 20});
  EXPECT_LT(result.relative_norm, 1e-6);
  EXPECT_LT(result.worst(), 1e-4);
}

TEST_P(EveryKind, GivesThePlansProbabilities) {
  const Model model = made_up();
  expect_close(predict_probabilities(model, images(model)), test::plain_probabilities(model, images(model)));
}

TEST_P(EveryKind, ComesBackFromItsModelFile) {
  const Model model = made_up();
  save_model(folder / "own", model);
  expect_same_network(load_model(folder / "own", test::custom_layers()).only().network, model);
}

TEST_P(EveryKind, ComesBackFromOtherFormats) {
  const Model model = made_up();
  for (const auto format : {ExportFormat::npz, ExportFormat::safetensors, ExportFormat::onnx}) {
    SCOPED_TRACE(to_string(format));
    const auto path = folder / "file";
    if (is_custom(model)) {
      EXPECT_EQ(error_of([&] { export_model(path, model, {.format = format}); }).code(),
                ErrorCode::unsupported);
      continue;
    }
    export_model(path, model, {.format = format});
    const auto again = format == ExportFormat::onnx
                           ? import_model(path)
                           : import_model(path, {.model = model.only().network.spec()});
    // Dropout does nothing when a network predicts, and ONNX has no name for a flattening that is implied.
    if (format == ExportFormat::onnx && to_string(again.model.only().network.spec()) != GetParam())
      expect_close(test::plain_probabilities(again.model, images(model)),
                   test::plain_probabilities(model, images(model)));
    else
      expect_same_network(again.model.only().network, model);
  }
}

/// Reads images from one file and writes their probabilities to another.
constexpr const char* driver = R"(#include "model.h"
#include <stdio.h>
int main(void) {
  static unsigned char pixels[MODEL_INPUTS];
  static float probabilities[MODEL_CLASSES];
  FILE *in = fopen("images", "rb");
  FILE *out = fopen("probabilities", "wb");
  while (fread(pixels, 1, MODEL_INPUTS, in) == MODEL_INPUTS) {
    model_predict(pixels, probabilities);
    fwrite(probabilities, sizeof(float), MODEL_CLASSES, out);
  }
  return fclose(in) + fclose(out);
}
)";

TEST_P(EveryKind, ComputesTheSameInC) {
  const Model model = made_up();
  if (is_custom(model)) {
    const auto error = error_of([&] { encode_export(model, {.format = ExportFormat::header}); });
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    return;
  }
  if (!test::runs({"cc", "--version"})) GTEST_SKIP() << "there is no C compiler";
  write_file(folder / "model.h", c_header(model.only(), "model", false));
  write_file(folder / "driver.c", driver);
  const auto bytes = images(model);
  write_file(folder / "images", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const auto compiled = run_process(
      {"cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", "driver", "driver.c", "-lm"},
      folder.path());
  ASSERT_EQ(compiled.exit_code, 0) << compiled.output;
  ASSERT_EQ(run_process({(folder / "driver").string()}, folder.path()).exit_code, 0);
  const Bytes read = read_file(folder / "probabilities");
  std::vector<float> probabilities(read.size() / sizeof(float));
  std::memcpy(probabilities.data(), read.data(), read.size());
  expect_close(probabilities, test::plain_probabilities(model, bytes));
}

INSTANTIATE_TEST_SUITE_P(Models, EveryKind, ::testing::ValuesIn(all_models()),
                         [](const auto& test) { return std::to_string(test.index); });

}  // namespace
}  // namespace scrawl::layer_kinds_test
