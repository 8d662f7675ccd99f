// Operators on pictures: what comes of them, and which forms of them are refused.

#include "scrawl/error.h"
#include "scrawl/model.h"

#include "base/files.h"
#include "exchange/onnx_import.h"
#include "onnx_testing.h"
#include "testing.h"

#include <filesystem>
#include <numeric>

namespace scrawl::onnx_layers_test {
namespace {

using test::batch_of;
using test::error_of;
using test::floats;
using test::integers;
using test::mentions;
using test::node;

using Integers = std::vector<std::int64_t>;
using Attributes = std::map<std::string, OnnxAttributeValue>;

OnnxImport imported(const OnnxModel& model) { return import_onnx(model, "m.onnx"); }
std::string spec_of(const OnnxModel& model) { return to_string(imported(model).network.spec()); }

Error refused(const OnnxModel& model, ErrorCode code = ErrorCode::unsupported) {
  const auto error = error_of([&] { imported(model); });
  EXPECT_EQ(error.code(), code) << error.what();
  EXPECT_TRUE(mentions(error, {"m.onnx"}));
  return error;
}

std::vector<float> counted(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

/// (n, 1, 6, 5) -> Conv 2 3x3 -> relu -> another node -> ... -> Flatten -> Gemm 3.
OnnxModel chain(const Attributes& conv, std::vector<OnnxNode> between, std::size_t flat,
                std::vector<Tensor> constants = {}) {
  OnnxModel model;
  model.inputs = {batch_of("x", {1, 6, 5})};
  model.outputs = {batch_of("y", {3})};
  model.initializers = {floats("w1", {2, 1, 3, 3}, counted(18)), floats("b1", {2}, {1, 2}),
                        floats("w2", {3, flat}, counted(3 * flat))};
  for (auto& constant : constants) model.initializers.push_back(std::move(constant));
  model.nodes = {node("Conv", {"x", "w1", "b1"}, "c", conv)};
  for (auto& each : between) model.nodes.push_back(std::move(each));
  const std::string last = model.nodes.back().outputs[0];
  model.nodes.push_back(node("Flatten", {last}, "f"));
  model.nodes.push_back(node("Gemm", {"f", "w2"}, "y", {{"transB", std::int64_t{1}}}));
  return model;
}

TEST(OnnxPictures, ReadsEveryWayToSayAPadding) {
  const auto padded = [](const Attributes& attributes, std::size_t flat) {
    return spec_of(chain(attributes, {}, flat));
  };
  EXPECT_EQ(padded({}, 24), "6x5 > conv 2 3x3 > dense 3 nobias");
  EXPECT_EQ(padded({{"kernel_shape", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}}}, 60),
            "6x5 > conv 2 3x3 pad 1 > dense 3 nobias");
  EXPECT_EQ(padded({{"auto_pad", std::string("SAME_UPPER")}}, 60), "6x5 > conv 2 3x3 pad 1 > dense 3 nobias");
  EXPECT_EQ(padded({{"auto_pad", std::string("VALID")}}, 24), "6x5 > conv 2 3x3 > dense 3 nobias");
  EXPECT_EQ(
      padded({{"strides", Integers{2, 2}}, {"pads", Integers{2, 2, 2, 2}}, {"group", std::int64_t{1}}}, 32),
      "6x5 > conv 2 3x3 stride 2 pad 2 > dense 3 nobias");
}

TEST(OnnxPictures, RefusesConvolutionsThatScrawlDoesNotHave) {
  const auto refuses = [](const Attributes& attributes, const char* word) {
    EXPECT_TRUE(mentions(refused(chain(attributes, {}, 24)), {"Conv", word})) << word;
  };
  refuses({{"pads", Integers{0, 0, 1, 1}}}, "0, 0, 1 and 1");
  refuses({{"strides", Integers{2, 2}}, {"auto_pad", std::string("SAME_UPPER")}}, "one padding");
  refuses({{"dilations", Integers{2, 2}}}, "dilations");
  refuses({{"strides", Integers{1, 2}}}, "two strides");
  refuses({{"group", std::int64_t{2}}}, "group");
  refuses({{"strides", Integers{1}}}, "strides");
  refuses({{"pads", Integers{1, 1}}}, "pads");
  refuses({{"pads", Integers{3, 3, 3, 3}}}, "padding");
  refused(chain({{"strides", Integers{0, 0}}}, {}, 24), ErrorCode::bad_data);
  refused(chain({{"pads", Integers{-1, -1, -1, -1}}}, {}, 24), ErrorCode::bad_data);
  refused(chain({{"kernel_shape", Integers{5, 5}}}, {}, 24), ErrorCode::bad_data);
  refused(chain({{"auto_pad", std::string("ODD")}}, {}, 24), ErrorCode::bad_data);
  OnnxModel other = chain({}, {}, 24);
  other.initializers[0] = floats("w1", {2, 2, 3, 3}, counted(36));
  refused(other, ErrorCode::bad_data);
  other.initializers[0] = floats("w1", {2, 1, 3}, counted(6));
  refused(other, ErrorCode::bad_data);
  other = chain({}, {}, 24);
  other.inputs = {batch_of("x", {30})};
  EXPECT_TRUE(mentions(refused(other), {"Conv", "(images, channels, height, width)"}));
  other.inputs = {batch_of("x", {1, 2, 5})};
  EXPECT_TRUE(mentions(refused(other), {"Conv", "larger"}));
}

TEST(OnnxPictures, ABiasHasOneValueForEachOutput) {
  OnnxModel model = chain({}, {}, 24);
  for (const auto& shape : {std::vector<std::size_t>{1, 2}, {2, 1}, {1, 2, 1, 1}}) {
    model.initializers[1] = floats("b1", shape, {1, 2});
    EXPECT_TRUE(mentions(refused(model, ErrorCode::bad_data), {"Conv", "'b1'", shape_text(shape), "(2,)"}));
  }
  model.initializers[1] = floats("b1", {1}, {1});
  refused(model, ErrorCode::bad_data);
}

TEST(OnnxPictures, ReadsPoolings) {
  const auto pooled = [](const char* op, const Attributes& attributes, std::size_t flat) {
    return spec_of(chain({}, {node(op, {"c"}, "p", attributes)}, flat));
  };
  EXPECT_EQ(pooled("MaxPool", {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}}, 4),
            "6x5 > conv 2 3x3 > maxpool 2 > dense 3 nobias");
  EXPECT_EQ(pooled("MaxPool", {{"kernel_shape", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}}}, 24),
            "6x5 > conv 2 3x3 > maxpool 3 stride 1 pad 1 > dense 3 nobias");
  EXPECT_EQ(pooled("AveragePool",
                   {{"kernel_shape", Integers{2, 2}},
                    {"pads", Integers{1, 1, 1, 1}},
                    {"count_include_pad", std::int64_t{1}}},
                   40),
            "6x5 > conv 2 3x3 > avgpool 2 stride 1 pad 1 > dense 3 nobias");
  // Rounding up makes no difference where all windows fit.
  EXPECT_EQ(pooled("AveragePool", {{"kernel_shape", Integers{2, 2}}, {"ceil_mode", std::int64_t{1}}}, 12),
            "6x5 > conv 2 3x3 > avgpool 2 stride 1 > dense 3 nobias");
  EXPECT_EQ(pooled("GlobalAveragePool", {}, 2), "6x5 > conv 2 3x3 > globalavgpool > dense 3 nobias");
  EXPECT_EQ(pooled("ReduceMean", {{"axes", Integers{-1, 2}}}, 2),
            "6x5 > conv 2 3x3 > globalavgpool > dense 3 nobias");
}

TEST(OnnxPictures, RefusesPoolingsThatScrawlDoesNotHave) {
  const auto refuses = [](const char* op, Attributes attributes, const char* word) {
    attributes.try_emplace("kernel_shape", Integers{2, 2});
    EXPECT_TRUE(mentions(refused(chain({}, {node(op, {"c"}, "p", attributes)}, 4)), {op, word})) << word;
  };
  refuses("MaxPool", {{"strides", Integers{2, 2}}, {"ceil_mode", std::int64_t{1}}}, "ceil_mode");
  refuses("MaxPool", {{"kernel_shape", Integers{2, 3}}}, "2x3");
  refuses("MaxPool", {{"dilations", Integers{2, 2}}}, "dilations");
  refuses("AveragePool", {{"pads", Integers{1, 1, 1, 1}}}, "count_include_pad");
  refuses("MaxPool", {{"kernel_shape", Integers{9, 9}}}, "larger");
  refuses("ReduceMean", {{"axes", Integers{1, 2}}}, "axes other");
  OnnxModel places = chain({}, {node("MaxPool", {"c"}, "p", {{"kernel_shape", Integers{2, 2}}})}, 12);
  places.nodes[1].outputs.push_back("places");
  EXPECT_TRUE(mentions(refused(places), {"MaxPool", "positions"}));
  refused(chain({}, {node("MaxPool", {"c"}, "p")}, 12), ErrorCode::bad_data);
}

// PyTorch writes the padding of a mean as a node before it, Keras has a layer for it.
TEST(OnnxPictures, TakesAPaddingFromANodeBeforeIt) {
  const auto padded = [](const Integers& pads, const char* op, const Attributes& attributes,
                         std::size_t flat) {
    return chain({}, {node("Pad", {"c", "pads"}, "q"), node(op, {"q"}, "p", attributes)}, flat,
                 {integers("pads", pads)});
  };
  const Integers one = {0, 0, 1, 1, 0, 0, 1, 1};
  const Attributes two = {{"kernel_shape", Integers{2, 2}}};
  EXPECT_EQ(spec_of(padded(one, "AveragePool", two, 40)),
            "6x5 > conv 2 3x3 > avgpool 2 stride 1 pad 1 > dense 3 nobias");
  EXPECT_TRUE(mentions(refused(padded(one, "MaxPool", two, 40)), {"MaxPool", "follows a Pad"}));
  for (const auto& pads : {Integers{0, 0, 1, 1, 0, 0, 1, 0}, Integers{0, 1, 1, 1, 0, 0, 1, 1},
                           Integers{0, 0, -1, -1, 0, 0, -1, -1}, Integers{1, 1, 1, 1}, Integers{}})
    EXPECT_TRUE(mentions(refused(padded(pads, "AveragePool", two, 40)), {"Pad", "four sides"}));
  OnnxModel with_axes = padded({1, 1, 1, 1}, "AveragePool", two, 40);
  with_axes.nodes[1].inputs = {"c", "pads", "", "axes"};
  with_axes.initializers.push_back(integers("axes", {2, 3}));
  EXPECT_EQ(spec_of(with_axes), "6x5 > conv 2 3x3 > avgpool 2 stride 1 pad 1 > dense 3 nobias");
  with_axes.initializers.back() = integers("axes", {1, 2});
  EXPECT_TRUE(mentions(refused(with_axes), {"Pad", "four sides"}));
  with_axes = padded(one, "AveragePool", two, 40);  // of which the axes make another padding
  with_axes.nodes[1].inputs = {"c", "pads", "", "axes"};
  with_axes.initializers.push_back(integers("axes", {2, 3, 0, 1}));
  EXPECT_TRUE(mentions(refused(with_axes), {"Pad", "four sides"}));
  OnnxModel last = padded(one, "AveragePool", two, 40);
  last.nodes.resize(2);
  last.outputs[0].name = "q";
  EXPECT_TRUE(mentions(refused(last), {"ends in a Pad"}));
  last.nodes[1].attributes["mode"] = std::string("reflect");
  EXPECT_TRUE(mentions(refused(last), {"Pad", "zeros"}));
}

TEST(OnnxPictures, TakesABiasFromAnAdd) {
  OnnxModel model = chain({}, {node("Add", {"c", "b"}, "s")}, 24, {floats("b", {1, 2, 1, 1}, {5, 6})});
  model.nodes[0].inputs.pop_back();
  const auto import = imported(model);
  EXPECT_EQ(to_string(import.network.spec()), "6x5 > conv 2 3x3 > dense 3 nobias");
  EXPECT_EQ(import.network.parameters()[18], 5);
  EXPECT_EQ(import.network.parameters()[19], 6);
  for (auto constant :
       {floats("b", {2, 4, 3}, counted(24)), floats("b", {3}, {1, 2, 3}), floats("b", {}, {1})}) {
    model.initializers.back() = std::move(constant);
    EXPECT_TRUE(mentions(refused(model), {"Add", "one constant per channel"}));
  }
}

// What a network of Keras becomes: pictures have their channels last, but in Conv.
TEST(OnnxPictures, ReadsTransposesAroundConvolutions) {
  OnnxModel model =
      chain({},
            {node("MaxPool", {"c"}, "p", {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}}),
             node("Transpose", {"p"}, "t", {{"perm", Integers{0, 2, 3, 1}}})},
            4);
  model.inputs = {batch_of("x0", {6, 5, 1})};
  model.nodes.insert(model.nodes.begin(), node("Transpose", {"x0"}, "x", {{"perm", Integers{0, 3, 1, 2}}}));
  const auto import = imported(model);
  EXPECT_EQ(to_string(import.network.spec()), "6x5 > conv 2 3x3 > maxpool 2 > dense 3 nobias");
  // 2 channels of 2x1: the file's columns are place 0 channel 0, place 0 channel 1, place 1 channel 0 ...
  const auto weights = copy_parameter(import.network, import.network.parameter_infos()[2]);
  EXPECT_EQ(weights, (std::vector<float>{1, 3, 2, 4, 5, 7, 6, 8, 9, 11, 10, 12}));

  OnnxModel last = model;
  last.nodes[4].op_type = "Relu";  // instead of the Flatten
  last.nodes.resize(5);
  last.outputs[0].name = "f";
  EXPECT_TRUE(mentions(refused(last), {"channels last"}));
  model.nodes[3].attributes["perm"] = Integers{0, 3, 2, 1};
  EXPECT_TRUE(mentions(refused(model), {"Transpose", "order of values"}));
  EXPECT_TRUE(
      mentions(refused(chain({}, {node("Transpose", {"c"}, "t", {{"perm", Integers{0, 3, 1, 2}}})}, 24)),
               {"Transpose", "channels last"}));
  model.nodes[3] = node("MaxPool", {"x0"}, "t", {{"kernel_shape", Integers{2, 2}}});
  refused(model);
}

TEST(OnnxPictures, TurnsImagesOfSeveralChannels) {
  OnnxModel model = chain({}, {}, 24);
  model.initializers[0] = floats("w1", {2, 3, 3, 3}, counted(54));
  model.inputs = {batch_of("x0", {6, 5, 3})};
  model.nodes.insert(model.nodes.begin(), node("Transpose", {"x0"}, "x", {{"perm", Integers{0, 3, 1, 2}}}));
  EXPECT_EQ(spec_of(model), "3x6x5 > conv 2 3x3 > dense 3 nobias");
}

TEST(OnnxPictures, ReadsReshapedVectorsAsPictures) {
  OnnxModel model = chain({}, {}, 24, {integers("shape", {-1, 1, 6, 5})});
  model.inputs = {batch_of("x0", {30})};
  model.nodes.insert(model.nodes.begin(), node("Reshape", {"x0", "shape"}, "x"));
  EXPECT_EQ(spec_of(model), "6x5 > conv 2 3x3 > dense 3 nobias");
  model.nodes.insert(model.nodes.begin(), node("Relu", {"x0"}, "r"));
  model.nodes[1].inputs[0] = "r";
  EXPECT_TRUE(mentions(refused(model), {"Conv", "reshaped"}));
}

std::vector<Tensor> statistics(std::vector<float> variance = {1, 2}) {
  return {floats("g", {2}, {1, 2}), floats("o", {2}, {0, 1}), floats("m", {2}, {3, 4}),
          floats("v", {variance.size()}, variance)};
}

TEST(OnnxPictures, RefusesNormalisationThatIsNotForRecognition) {
  const auto refuses = [](const Attributes& attributes, std::vector<Tensor> constants, ErrorCode code,
                          const char* word) {
    const auto error =
        refused(chain({}, {node("BatchNormalization", {"c", "g", "o", "m", "v"}, "n", attributes)}, 24,
                      std::move(constants)),
                code);
    EXPECT_TRUE(mentions(error, {"BatchNormalization", word})) << word;
  };
  refuses({{"training_mode", std::int64_t{1}}}, statistics(), ErrorCode::unsupported, "training");
  refuses({{"spatial", std::int64_t{0}}}, statistics(), ErrorCode::unsupported, "training");
  refuses({{"epsilon", 0.0F}}, statistics(), ErrorCode::unsupported, "epsilon");
  refuses({}, statistics({1, -1}), ErrorCode::bad_data, "negative");
  refuses({}, statistics({1, 2, 3}), ErrorCode::bad_data, "(3,)");
}

TEST(OnnxPictures, KnowsSlopesThatTheTextKnows) {
  for (const float slope : {-0.5F, 1.0F, 2.0F})
    EXPECT_TRUE(mentions(refused(chain({}, {node("LeakyRelu", {"c"}, "l", {{"alpha", slope}})}, 24)),
                         {"LeakyRelu", "slope"}));
}

TEST(OnnxPictures, OnlyAProductWithItsOwnSigmoidIsSilu) {
  OnnxModel model = chain({}, {node("Sigmoid", {"c"}, "s"), node("Mul", {"x", "s"}, "p")}, 24);
  EXPECT_TRUE(mentions(refused(model), {"Mul", "besides another node"}));
  model.nodes[2].inputs = {"s", "s"};
  refused(model);
}

struct Foreign {
  const char* file;
  const char* spec;
  std::vector<float> probabilities;  // as PyTorch has them, for bytes 0, 7, 14 ...
};

class OnnxPicturesFromPyTorch : public ::testing::TestWithParam<Foreign> {};

TEST_P(OnnxPicturesFromPyTorch, AreTheSameFunction) {
  const auto path = std::filesystem::path(SCRAWL_ONNX_SEEDS) / GetParam().file;
  OnnxImport import = import_onnx(parse_onnx(read_file(path), path.string()), path.string());
  EXPECT_EQ(to_string(import.network.spec()), GetParam().spec);
  ASSERT_TRUE(import.has_preprocessing);
  const Model model{std::move(import.network), {.preprocessing = import.preprocessing, .loss = import.loss}};
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 36; ++i) pixels.push_back(static_cast<std::uint8_t>(7 * i));
  const auto found = predict_probabilities(model, pixels);
  ASSERT_EQ(found.size(), GetParam().probabilities.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], GetParam().probabilities[i], 1e-6);
}

const Foreign foreign[] = {
    {"pytorch-convolution",
     "6x6 > conv 2 3x3 pad 1 > silu > maxpool 2 > dense 3",
     {0.2854039F, 0.3406808F, 0.3739152F}},
    {"pytorch-batchnorm",
     "6x6 > conv 2 3x3 pad 1 > batchnorm > silu > maxpool 2 > dense 3",
     {0.2854039F, 0.3406808F, 0.3739152F}},
    {"pytorch-mean",
     "6x6 > conv 3 3x3 stride 2 pad 1 nobias > leaky-relu 0.2 > avgpool 2 stride 1 pad 1 > globalavgpool > "
     "batchnorm > dense 2",
     {0.4343910F, 0.5656090F}},
};
INSTANTIATE_TEST_SUITE_P(Seeds, OnnxPicturesFromPyTorch, ::testing::ValuesIn(foreign));

}  // namespace
}  // namespace scrawl::onnx_layers_test
