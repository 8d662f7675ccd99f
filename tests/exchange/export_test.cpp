#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "base/files.h"
#include "exchange/export_testing.h"
#include "formats/onnx.h"
#include "formats/safetensors.h"
#include "testing.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace scrawl::export_test {
namespace {

using test::contains;
using test::error_of;
using test::made_up_model;
using test::mentions;

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Export : public ::testing::Test {
 protected:
  Bytes encoded(ExportFormat format) { return encode_export(model, {.format = format, .name = "digits"}); }

  test::TempFolder folder;
  Model model = made_up_model("2x3 > dense 5 > sigmoid > dense 4 nobias > relu > dense 3");
};

TEST(ExportFormats, HaveNamesAndEndings) {
  for (const auto format :
       {ExportFormat::onnx, ExportFormat::safetensors, ExportFormat::npz, ExportFormat::header})
    EXPECT_EQ(parse_export_format(to_string(format)), format);
  EXPECT_TRUE(mentions(error_of([] { parse_export_format("safetensor"); }),
                       {"'safetensor'", "did you mean 'safetensors'"}));
  EXPECT_EQ(export_path("a.b/model.safetensors", ExportFormat::onnx), "a.b/model.onnx");
  EXPECT_EQ(export_path("model.safetensors", ExportFormat::safetensors), "model-weights.safetensors");
  EXPECT_EQ(export_path("a.b/model", ExportFormat::npz), "a.b/model.npz");
  EXPECT_EQ(export_path("a/model.safetensors", ExportFormat::header, true), "a/model-int8.h");
  EXPECT_EQ(export_path("v1.5.safetensors", ExportFormat::header), "v1.5.h");
}

TEST_F(Export, SafetensorsIsTheStateDictAlone) {
  model.only().info.preprocessing.mean.assign(6, 0.5F);
  const auto content = parse_safetensors(encoded(ExportFormat::safetensors), "test");
  EXPECT_EQ(content.metadata.at("format"), "pt");
  EXPECT_EQ(content.metadata.at("model"), to_string(model.only().network.spec()));
  EXPECT_EQ(content.metadata.at("preprocessing"), to_string(model.only().info.preprocessing));
  EXPECT_EQ(content.metadata.at("classes"), R"(["0","1","2"])");
  std::vector<std::string> names;
  for (const auto& tensor : content.tensors) names.push_back(tensor.name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "0.bias", "2.weight", "4.weight", "4.bias"}));
  for (const auto& info : model.only().network.parameter_infos())
    EXPECT_EQ(read_floats(content, info.name, info.shape, "test"),
              copy_parameter(model.only().network, info));
}

TEST_F(Export, OnnxIsTheWholeModel) {
  const auto graph = parse_onnx(encoded(ExportFormat::onnx), "test");
  EXPECT_EQ(graph.graph_name, "digits");
  ASSERT_EQ(graph.inputs.size(), 1U);
  EXPECT_EQ(graph.inputs[0].name, "pixels");
  ASSERT_EQ(graph.outputs.size(), 1U);
  EXPECT_EQ(graph.outputs[0].name, "probabilities");
}

TEST_F(Export, IsTheSameEveryTime) {
  for (const auto format :
       {ExportFormat::onnx, ExportFormat::safetensors, ExportFormat::npz, ExportFormat::header})
    EXPECT_EQ(encoded(format), encoded(format)) << to_string(format);
}

TEST_F(Export, WritesAFileAndReplacesIt) {
  const auto path = folder / "digits.h";
  write_file(path, "old");
  const auto size = export_model(path, model, {.format = ExportFormat::header, .name = "digits"});
  const Bytes bytes = read_file(path);
  EXPECT_EQ(size, bytes.size());
  EXPECT_EQ(bytes, encoded(ExportFormat::header));
  EXPECT_TRUE(contains(text_of(bytes), "digits_predict("));
  export_model(path, model, {.format = ExportFormat::header});
  EXPECT_TRUE(contains(read_text_file(path), "model_predict("));
}

TEST_F(Export, RefusesWhatMakesNoSense) {
  for (const auto format : {ExportFormat::onnx, ExportFormat::safetensors, ExportFormat::npz})
    EXPECT_TRUE(mentions(error_of([&] { encode_export(model, {.format = format, .int8 = true}); }),
                         {"int8", "header", to_string(format)}));
  model.only().info.preprocessing.mean.assign(5, 0);
  EXPECT_TRUE(mentions(error_of([&] { encoded(ExportFormat::npz); }), {"mean has 5 values", "6"}));
  model.only().info.preprocessing.mean.clear();
  model.only().info.classes.pop_back();
  EXPECT_TRUE(mentions(error_of([&] { encoded(ExportFormat::npz); }), {"3 outputs", "2 classes"}));
}

/// Reads both files with nothing but NumPy, compares them bit for bit, and reads images with them.
constexpr const char* script = R"(
import json, sys
import numpy as np

def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    assert header.pop("__metadata__")["format"] == "pt"
    return {name: np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
            for name, entry in header.items()}

folder, layers = sys.argv[1], json.loads(sys.argv[2])
npz = np.load(folder + "/model.npz")
state = read_safetensors(folder + "/model-weights.safetensors")
assert len(state) == sum(name[0] in "Wb" for name in npz.files), npz.files
assert npz["mean"].shape == (1,) and npz["deviation"].shape == (784,) and npz["whitening"].shape == (784, 784)

images = np.fromfile(folder + "/images", np.uint8).reshape(-1, 784)
x = ((images / 255 - npz["mean"]) / npz["deviation"]) @ npz["whitening"].T
for i, layer in enumerate(layers, 1):
    W = npz[f"W{i}"]
    assert W.dtype == np.float32 and np.array_equal(W, state[f"{layer}.weight"].T)
    x = x @ W
    if f"{layer}.bias" in state:
        assert np.array_equal(npz[f"b{i}"], state[f"{layer}.bias"])
        x = x + npz[f"b{i}"]
    if layer != layers[-1]:
        x = 1 / (1 + np.exp(-x))
x = np.exp(x - x.max(axis=1, keepdims=True))
x = x / x.sum(axis=1, keepdims=True)
expected = np.fromfile(folder + "/probabilities", np.float32).reshape(x.shape)
assert np.abs(x - expected).max() < 1e-5, np.abs(x - expected).max()
print("equal")
)";

TEST_F(Export, NumPyReadsTheArrays) {
  std::string python;
  for (const char* name : {"python3", "/usr/bin/python3"})
    if (python.empty() && test::runs({name, "-c", "import numpy"})) python = name;
  if (python.empty()) GTEST_SKIP() << "there is no Python with NumPy";
  model = made_up_model("28x28 > dense 20 > sigmoid > dense 15 nobias > sigmoid > dense 10");
  auto& preprocessing = model.only().info.preprocessing;
  preprocessing.mean = {0.25F};
  preprocessing.deviation.assign(784, 0.5F);
  preprocessing.deviation[100] = 2;
  preprocessing.whitening.assign(784 * 784, 0.001F);
  for (std::size_t i = 0; i < 784; ++i) preprocessing.whitening[i * 784 + 783 - i / 2] = 1;
  for (const auto format : {ExportFormat::npz, ExportFormat::safetensors})
    export_model(export_path(folder / "model", format), model, {.format = format});
  const auto images = test::some_images(100, 784);
  const auto probabilities = predict_probabilities(model, images);
  write_file(folder / "images", {reinterpret_cast<const char*>(images.data()), images.size()});
  write_file(folder / "probabilities",
             {reinterpret_cast<const char*>(probabilities.data()), probabilities.size() * sizeof(float)});
  const auto result = run_process({python, "-c", script, folder.path().string(), "[0, 2, 4]"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(result.output, "equal\n");
}

}  // namespace
}  // namespace scrawl::export_test
