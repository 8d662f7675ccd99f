#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "base/files.h"
#include "formats/gzip.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "formats/zip.h"
#include "testing.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace scrawl::import_test {
namespace {

using test::bytes_of;
using test::error_of;
using test::mentions;
using test::TempFolder;

namespace fs = std::filesystem;

class Import : public ::testing::Test {
 protected:
  Import() { model.only().network.initialise({.kind = Initialiser::Kind::he}, 5); }
  fs::path written(const std::string& name, std::span<const std::byte> bytes) const {
    AtomicFile file(folder / name);
    file.write(bytes);
    file.commit();
    return folder / name;
  }
  fs::path exported(ExportFormat format) const {
    return written("model." + std::string(to_string(format)), encode_export(model, {.format = format}));
  }

  TempFolder folder;
  Model model{Network(parse_model("3x4 > dense 5 > relu > dense 4")), {.classes = {"0", "1", "2", "3"}}};
};

TEST_F(Import, ReadsWhatExportWrites) {
  const std::string expected = weights_sha256(model.only().network);
  for (const auto format : {ExportFormat::npz, ExportFormat::safetensors, ExportFormat::onnx}) {
    const auto path = exported(format);
    const auto result = import_model(
        path,
        {.model = format == ExportFormat::onnx ? std::nullopt : std::optional(model.only().network.spec())});
    EXPECT_EQ(weights_sha256(result.model.only().network), expected) << path;
    EXPECT_EQ(result.matches.empty(), false);
    EXPECT_EQ(result.model.classes(), model.classes());
    EXPECT_EQ(result.model.only().info.preprocessing, Preprocessing{});
    const auto packed = written("packed", gzip(read_file(path)));
    EXPECT_EQ(inspect_weights(packed).format, inspect_weights(path).format);
    EXPECT_GE(inspect_weights(packed).arrays.size(), 4U);
  }
}

TEST_F(Import, ReadsThePreprocessingOfAnNpz) {
  model.only().info.preprocessing = {.mean = std::vector<float>(12, 0.25F), .deviation = {0.5F}};
  const auto result = import_model(exported(ExportFormat::npz), {.model = model.only().network.spec()});
  EXPECT_EQ(result.model.only().info.preprocessing, model.only().info.preprocessing);
}

TEST_F(Import, ReadsTheScaleOfItsOwnExports) {
  model.only().info.preprocessing = {.divisor = 256, .factor = 0.99F, .offset = 0.01F};
  model.only().info.classes = {"a", "b", "c", "d"};
  const auto npz = import_model(exported(ExportFormat::npz), {.model = model.only().network.spec()});
  EXPECT_EQ(npz.model.only().info.preprocessing, model.only().info.preprocessing);
  EXPECT_TRUE(npz.brings_preprocessing);
  const auto state = import_model(exported(ExportFormat::safetensors));
  EXPECT_EQ(state.model.only().info.preprocessing, model.only().info.preprocessing);
  EXPECT_EQ(state.model.classes(), model.classes());
  EXPECT_EQ(weights_sha256(state.model.only().network), weights_sha256(model.only().network));
  for (const auto format : {ExportFormat::npz, ExportFormat::safetensors}) {
    const auto path = exported(format);
    const auto spec = model.only().network.spec();
    EXPECT_EQ(import_model(path, {.model = spec, .preprocessing = model.only().info.preprocessing})
                  .model.only()
                  .info.preprocessing,
              model.only().info.preprocessing);
    EXPECT_TRUE(
        mentions(error_of([&] { import_model(path, {.model = spec, .preprocessing = Preprocessing{}}); }),
                 {path.string(), "divisor", "--scale"}));
  }
}

TEST_F(Import, BoundsTheJsonOfAStateDict) {
  const auto path = exported(ExportFormat::safetensors);
  const auto content = parse_safetensors(read_file(path), path.string());
  std::vector<TensorView> tensors;
  for (const auto& tensor : content.tensors) tensors.push_back(view(tensor));
  for (const char* key : {"preprocessing_scale", "classes"})
    for (const std::size_t depth : {20, 2'000'000}) {
      auto metadata = content.metadata;
      metadata[key] = std::string(depth, '[');
      write_safetensors(path, metadata, tensors);
      EXPECT_TRUE(mentions(error_of([&] { import_model(path); }), {path.string(), key, "JSON"})) << depth;
    }
  auto metadata = content.metadata;
  metadata["classes"] = "[\"a\"]";
  write_safetensors(path, metadata, tensors);
  EXPECT_TRUE(mentions(error_of([&] { import_model(path); }), {"classes", "4 names"}));
  metadata["model"] = "3x4 > dense 100000";
  write_safetensors(path, metadata, tensors);
  EXPECT_TRUE(mentions(error_of([&] { import_model(path); }), {"model", "more outputs"}));
}

TEST_F(Import, AStateDictDoesNotHoldTheArraysOfThePreprocessing) {
  model.only().info.preprocessing = {.mean = std::vector<float>(12, 0.25F)};
  const auto path = exported(ExportFormat::safetensors);
  EXPECT_TRUE(mentions(error_of([&] { import_model(path); }), {"model.safetensors", "mean", "--mean"}));
  const auto result = import_model(path, {.preprocessing = model.only().info.preprocessing});
  EXPECT_EQ(result.model.only().info.preprocessing, model.only().info.preprocessing);
}

TEST_F(Import, NamesWhatIsMissingInAnNpz) {
  const auto spec = parse_model("12 > dense 5 > batchnorm");
  const std::vector<float> zeros(60);
  const std::span<const float> five(zeros.data(), 5);
  const std::vector<TensorView> arrays = {
      float_tensor("0.weight", {5, 12}, zeros), float_tensor("0.bias", {5}, five),
      float_tensor("1.weight", {5}, five), float_tensor("1.bias", {5}, five),
      float_tensor("1.running_var", {5}, five)};
  const auto path = written("w.npz", encode_npz(arrays));
  EXPECT_TRUE(mentions(error_of([&] { import_model(path, {.model = spec}); }),
                       {"w.npz", "running_mean", "'1.weight'", "layer 1, batchnorm"}));
}

TEST_F(Import, SaysWhatAnotherFileIs) {
  const auto path = folder / "model.npz";
  const auto refused = [&](const std::string& content) {
    write_file(path, content);
    return error_of([&] { import_model(path, {.model = model.only().network.spec()}); });
  };
  EXPECT_TRUE(mentions(refused(""), {"model.npz", "is empty", "weights"}));
  EXPECT_TRUE(mentions(refused("\x89PNG\r\n\x1a\n"), {"a PNG picture", "safetensors"}));
  EXPECT_TRUE(mentions(refused("1,2\n3,4\n"), {"a text file", "'1,2'"}));
  std::string cut("\x40\0\0\0\0\0\0\0{\"a\":", 13);
  EXPECT_TRUE(mentions(refused(cut), {"cut off", "72 bytes", "only 13", "again"}));
}

TEST_F(Import, GuessesTheLossFromTheLastLayer) {
  model = {Network(parse_model("12 > dense 4 nobias > sigmoid")), {.classes = {"0", "1", "2", "3"}}};
  const auto result = import_model(exported(ExportFormat::npz), {.model = model.only().network.spec()});
  EXPECT_TRUE(std::holds_alternative<SquaredError>(result.model.only().info.loss));
}

TEST_F(Import, SaysWhatIsMissing) {
  const auto npz = exported(ExportFormat::npz);
  EXPECT_TRUE(mentions(error_of([&] { import_model(npz); }), {"model.npz", "--model"}));
  EXPECT_TRUE(
      mentions(error_of([&] { import_model(npz, {.model = parse_model("3x4 > dense 100000 > dense 9")}); }),
               {"model.npz", "needs", "--model"}));
  EXPECT_TRUE(mentions(error_of([&] {
                         import_model(npz, {.model = model.only().network.spec(),
                                            .preprocessing = Preprocessing{.mean = {1, 2}}});
                       }),
                       {"mean"}));
  save_model(folder / "own", model.only().network, model.only().info);
  EXPECT_TRUE(
      mentions(error_of([&] { import_model(folder / "own", {.model = model.only().network.spec()}); }),
               {"own", "already a scrawl model"}));
  EXPECT_TRUE(inspect_weights(folder / "own").is_model);
  EXPECT_TRUE(
      mentions(error_of([&] { import_model(written("text", bytes_of("just words"))); }), {"text", "pickle"}));
  EXPECT_TRUE(mentions(error_of([&] { import_model(written("nothing", {})); }), {"nothing"}));
  EXPECT_TRUE(mentions(error_of([&] { import_model(written("empty.npz", encode_npz({}))); }),
                       {"empty.npz", "contains no arrays"}));
  EXPECT_TRUE(mentions(error_of([&] { import_model(written("w.h5", bytes_of("\x89HDF\r\n\x1a\n  "))); }),
                       {"w.h5", "numpy.savez"}));
  const ZipEntry keras[] = {{"metadata.json", bytes_of("{}")}};
  EXPECT_TRUE(mentions(error_of([&] { import_model(written("m.keras", encode_zip(keras))); }),
                       {"m.keras", "numpy.savez"}));
  EXPECT_EQ(error_of([&] { import_model(folder / "absent"); }).code(), ErrorCode::not_found);
}

TEST_F(Import, OnnxBringsModelAndPreprocessingAlong) {
  const auto onnx = exported(ExportFormat::onnx);
  EXPECT_TRUE(mentions(error_of([&] { import_model(onnx, {.model = parse_model("3x4 > dense 4")}); }),
                       {"leave --model out"}));
  EXPECT_TRUE(
      mentions(error_of([&] { import_model(onnx, {.preprocessing = Preprocessing{}}); }), {"--scale"}));
  EXPECT_TRUE(
      mentions(error_of([&] { import_model(onnx, {.order = WeightOrder::in_out}); }), {"omit --order"}));
  EXPECT_TRUE(import_model(onnx).brings_preprocessing);
  EXPECT_EQ(import_model(onnx, {.model = model.only().network.spec()}).format, "ONNX");
}

TEST_F(Import, LoadingAModelSaysWhatItIsInstead) {
  EXPECT_TRUE(mentions(error_of([&] { load_model(written("w.pkl", bytes_of("\x80\x02N."))); }),
                       {"w.pkl", "pickle", "scrawl import"}));
  for (const auto format : {ExportFormat::npz, ExportFormat::safetensors, ExportFormat::onnx}) {
    const auto path = exported(format);
    EXPECT_TRUE(mentions(error_of([&] { load_model(path); }), {path.string(), "scrawl import"}));
  }
  save_model(folder / "own", model.only().network, model.only().info);
  const auto packed = written("own.gz", gzip(read_file(folder / "own")));
  EXPECT_EQ(weights_sha256(load_model(packed).only().network), weights_sha256(model.only().network));
}

TEST_F(Import, APickleAtTheTopOfAnArchiveIsPyTorchs) {
  const ZipEntry entries[] = {{"data.pkl", bytes_of("\x80\x02}.")}};
  EXPECT_EQ(inspect_weights(written("top.pt", encode_zip(entries))).format, "PyTorch");
  const ZipEntry others[] = {{"x", bytes_of("a/data.pkl")}};
  EXPECT_EQ(weight_format(encode_zip(others), "FILE"), "npz");
}

TEST_F(Import, CountsWhatIsNotFinite) {
  const float values[] = {1, -INFINITY, NAN, -2};
  const TensorView array{"W1", "F32", {2, 2}, std::as_bytes(std::span(values))};
  const auto facts = inspect_weights(written("w.npz", encode_npz({&array, 1})));
  ASSERT_EQ(facts.arrays.size(), 1U);
  EXPECT_EQ(facts.arrays[0].not_finite, 2U);
  EXPECT_EQ(facts.arrays[0].low, -2);
  EXPECT_EQ(facts.arrays[0].high, 1);
}

TEST_F(Import, CompressedFilesAreBounded) {
  const auto bomb = written("bomb.pkl.gz", gzip(Bytes(1 << 20)));
  EXPECT_TRUE(mentions(error_of([&] { import_model(bomb, {.limits = {.most_bytes = 1000}}); }),
                       {"bomb.pkl.gz", "1000", "--unpack-limit"}));
}

TEST(Orders, HaveNames) {
  EXPECT_EQ(parse_weight_order("in-out"), WeightOrder::in_out);
  EXPECT_EQ(to_string(WeightOrder::out_in), "out-in");
  EXPECT_TRUE(mentions(error_of([] { parse_weight_order("inout"); }), {"did you mean 'in-out'"}));
}

/// Weights that a book hands out, where they are there.
TEST(OtherPeoplesWeights, ReadTheTestSetAsTheirAuthorSays) {
  const auto root = environment("SCRAWL_TEST_DATA");
  const fs::path file = fs::path(root.value_or("")) / "weights/sample_weight.pkl";
  if (!root || !fs::exists(file)) GTEST_SKIP() << "SCRAWL_TEST_DATA/weights is not there";
  Dataset test;
  try {
    test = load_dataset("mnist", Part::test);
  } catch (const Error&) {
    GTEST_SKIP() << "MNIST is not in the cache";
  }
  const auto result =
      import_model(file, {.model = parse_model("784 > dense 50 > sigmoid > dense 100 > sigmoid > dense 10")});
  for (const std::size_t batch : {1, 100}) {
    std::size_t correct = 0;
    for (std::size_t first = 0; first < test.size(); first += batch) {
      const auto slice = test.view().slice(first, batch);
      const auto probabilities = predict_probabilities(result.model, slice.images);
      for (std::size_t i = 0; i < batch; ++i) {
        const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(10 * i);
        correct += std::max_element(row, row + 10) - row == slice.labels[i] ? 1 : 0;
      }
    }
    EXPECT_EQ(correct, 9352U) << "in batches of " << batch;
  }
}

TEST(OtherPeoplesWeights, OfConvolutionsAreRead) {
  const auto root = environment("SCRAWL_TEST_DATA");
  if (!root) GTEST_SKIP() << "SCRAWL_TEST_DATA/weights is not there";
  const auto check = [&](const char* name, std::vector<std::vector<std::size_t>> shapes) {
    const auto facts = inspect_weights(fs::path(*root) / "weights" / name);
    ASSERT_EQ(facts.arrays.size(), 2 * shapes.size()) << name;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      EXPECT_EQ(facts.arrays[2 * i].name, "W" + std::to_string(i + 1));
      EXPECT_EQ(facts.arrays[2 * i].shape, shapes[i]) << name << " " << i;
      EXPECT_EQ(facts.arrays[2 * i].dtype, "F64");
      EXPECT_EQ(facts.arrays[2 * i].not_finite, 0U);
    }
  };
  check("ch07_params.pkl", {{30, 1, 5, 5}, {4320, 100}, {100, 10}});
  check("ch08_deep_convnet_params.pkl", {{16, 1, 3, 3},
                                         {16, 16, 3, 3},
                                         {32, 16, 3, 3},
                                         {32, 32, 3, 3},
                                         {64, 32, 3, 3},
                                         {64, 64, 3, 3},
                                         {1024, 50},
                                         {50, 10}});
}

}  // namespace
}  // namespace scrawl::import_test
