// What we export, run by programs that are not ours.

#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/model.h"

#include "base/files.h"
#include "base/process.h"
#include "exchange/onnx_export.h"
#include "onnx_testing.h"
#include "testing.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>

namespace scrawl::onnx_runtime_test {
namespace {

using test::made_up_model;
using test::TempFolder;

struct Exported {
  const char* name;
  Model model;
};

std::vector<Exported> models() {
  const Preprocessing rashid{.divisor = 255, .factor = 0.99F, .offset = 0.01F};
  std::vector<Exported> list;
  list.push_back({"softmax", made_up_model("28x28 > dense 50 > sigmoid > dense 10", SoftmaxCrossEntropy{})});
  list.push_back(
      {"squared error", made_up_model("784 > dense 100 nobias > sigmoid > dense 10 nobias > sigmoid",
                                      SquaredError{.low = 0.01F, .high = 0.99F}, rashid)});
  list.push_back({"hinge", made_up_model("28x28 > dense 10", MulticlassHinge{})});
  list.push_back({"standardised", made_up_model("28x28 > dense 40 > tanh > dense 10", SoftmaxCrossEntropy{},
                                                {.divisor = 255}, true)});
  list.push_back({"whitened", made_up_model("28x28 > dense 30 > relu > dense 30 > relu > dense 10",
                                            SoftmaxCrossEntropy{}, {.divisor = 255}, true, true)});
  const auto add = [&](const char* name, const char* spec, bool standardised = false, bool whitened = false) {
    list.push_back(
        {name, made_up_model(spec, SoftmaxCrossEntropy{}, {.divisor = 255}, standardised, whitened)});
  };
  add("convolutions",
      "28x28 > conv 8 5x5 > relu > maxpool 2 > conv 6 3x3 pad 1 > relu > avgpool 2 > dense 10");
  add("strides",
      "28x28 > conv 8 3x5 stride 2 pad 2 > tanh > maxpool 3 stride 2 pad 1 > avgpool 3 stride 2 pad 1 > "
      "dense 10",
      true);
  add("global mean", "28x28 > conv 8 3x3 nobias > relu > conv 10 3x3 > globalavgpool", false, true);
  add("normalised",
      "28x28 > conv 8 3x3 nobias > batchnorm > leaky-relu 0.1 > maxpool 2 > dropout 0.25 > dense 20 > "
      "batchnorm > silu > dense 10");
  return list;
}

/// 1,000 images of MNIST's test file, or made-up bytes.
std::vector<std::uint8_t> images() {
  constexpr std::size_t bytes = 1000 * 784;
  try {
    const Dataset test = load_dataset("mnist", Part::test);
    return {test.images.begin(), test.images.begin() + bytes};
  } catch (const Error&) {
    std::vector<std::uint8_t> made(bytes);
    for (std::size_t i = 0; i < bytes; ++i) made[i] = static_cast<std::uint8_t>(i * i / 7 % 251);
    return made;
  }
}

std::string_view text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(OnnxRuntime, GivesTheProbabilitiesOfPredictProbabilities) {
  const auto modules = environment("SCRAWL_NODE_MODULES");
  if (!modules) GTEST_SKIP() << "SCRAWL_NODE_MODULES names no folder with onnxruntime-web";
  if (run_process({"node", "--version"}).exit_code != 0) GTEST_SKIP() << "node is not installed";
  const TempFolder folder;
  const auto pixels = images();
  write_file(folder / "pixels", {reinterpret_cast<const char*>(pixels.data()), pixels.size()});
  for (const auto& [name, model] : models()) {
    write_file(folder / "model.onnx", text_of(encode_onnx(export_onnx(model.only(), name))));
    std::vector<std::string> command = {"node",
                                        SCRAWL_ONNX_SCRIPT,
                                        *modules,
                                        (folder / "model.onnx").string(),
                                        (folder / "pixels").string(),
                                        (folder / "output").string()};
    const bool is_plain = model.only().network.spec().input.height == 1;
    for (const char* length : {"1", "28", "28"})
      if (!is_plain) command.emplace_back(length);
    if (is_plain) command.emplace_back("784");
    const auto result = run_process(command);
    ASSERT_EQ(result.exit_code, 0) << name << ": " << result.output;
    const Bytes output = read_file(folder / "output");
    const auto expected = predict_probabilities(model, pixels);
    ASSERT_EQ(output.size(), expected.size() * sizeof(float)) << name;
    float largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      float value = 0;
      std::memcpy(&value, output.data() + i * sizeof(float), sizeof(float));
      ASSERT_TRUE(std::isfinite(value)) << name;
      largest = std::max(largest, std::abs(value - expected[i]));
    }
    EXPECT_LT(largest, 1e-5F) << name;
    RecordProperty(name, std::to_string(largest));
    std::cout << "largest difference of a probability, " << name << ": " << largest << '\n';
  }
}

TEST(OnnxChecker, AcceptsWhatWeExport) {
  std::string python;
  for (const char* candidate : {"python3", "/usr/bin/python3"})
    if (python.empty() && run_process({candidate, "-c", "import onnx"}).exit_code == 0) python = candidate;
  if (python.empty()) GTEST_SKIP() << "no Python with the package onnx";
  const TempFolder folder;
  constexpr const char* check = R"(
import onnx, sys
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
assert model.graph.initializer[0].name and not any(t.external_data for t in model.graph.initializer)
inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
assert [d.dim_param or d.dim_value for d in inferred.graph.output[0].type.tensor_type.shape.dim] == ['batch', 10]
)";
  for (const auto& [name, model] : models()) {
    write_file(folder / "model.onnx", text_of(encode_onnx(export_onnx(model.only(), name))));
    const auto result = run_process({python, "-c", check, (folder / "model.onnx").string()});
    EXPECT_EQ(result.exit_code, 0) << name << ": " << result.output;
  }
}

}  // namespace
}  // namespace scrawl::onnx_runtime_test
