#include "exchange/onnx_import.h"

#include "scrawl/model.h"

#include "base/files.h"
#include "exchange/onnx_export.h"
#include "onnx_testing.h"
#include "testing.h"

#include <cmath>
#include <limits>

namespace scrawl::onnx_import_test {
namespace {

using test::batch_of;
using test::error_of;
using test::floats;
using test::integers;
using test::made_up_model;
using test::mentions;
using test::node;
using test::small_onnx;

OnnxImport imported(const OnnxModel& model) { return import_onnx(model, "m.onnx"); }

Error refused(ErrorCode code, const OnnxModel& model) {
  const auto error = error_of([&] { imported(model); });
  EXPECT_EQ(error.code(), code) << error.what();
  EXPECT_EQ(error.file(), "m.onnx");
  return error;
}
Error unsupported(const OnnxModel& model) { return refused(ErrorCode::unsupported, model); }
Error damaged(const OnnxModel& model) { return refused(ErrorCode::bad_data, model); }

std::vector<float> parameters(const OnnxImport& import) {
  std::vector<float> all;
  for (const auto& info : import.network.parameter_infos())
    for (const float value : copy_parameter(import.network, info)) all.push_back(value);
  return all;
}

/// What the network behind `nodes` gives; they lead from "x", (n, 2, 2) or as given, to "r", (n, 4), and a
/// dense layer follows.
OnnxModel in_front(const std::vector<OnnxNode>& nodes, std::vector<Tensor> constants,
                   const std::vector<std::int64_t>& input = {2, 2}) {
  OnnxModel model;
  model.inputs = {batch_of("x", input)};
  model.outputs = {batch_of("y", {2})};
  model.nodes = nodes;
  model.nodes.push_back(node("Gemm", {"r", "w"}, "y"));
  model.initializers = std::move(constants);
  model.initializers.push_back(floats("w", {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}));
  return model;
}

Preprocessing preprocessing_of(const std::vector<OnnxNode>& nodes, const std::vector<Tensor>& constants) {
  const auto import = imported(in_front(nodes, constants, {4}));
  EXPECT_TRUE(import.has_preprocessing);
  return import.preprocessing;
}

TEST(OnnxImport, ReadsGemmAndMatMul) {
  const auto import = imported(small_onnx());
  EXPECT_EQ(to_string(import.network.spec()), "2 > dense 3 > relu > dense 2 nobias");
  EXPECT_EQ(parameters(import), (std::vector<float>{1, 2, 3, 4, 5, 6, -1, 0, 1, 1, 0.5F, 2, -1, 0.25F, 0}));
  EXPECT_FALSE(import.has_preprocessing);
  EXPECT_EQ(import.loss, LossSpec(SoftmaxCrossEntropy{}));
  EXPECT_EQ(import.classes, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(import.notes, (std::vector<std::string>{"Gemm 'Gemm_of_x' -> dense 3", "Relu 'Relu_of_h' -> relu",
                                                    "MatMul 'MatMul_of_r' -> dense 2 nobias"}));
}

TEST(OnnxImport, RefusesClassesThatAreNotAListOfNames) {
  OnnxModel model = small_onnx();
  model.producer_name = "scrawl";
  model.metadata["classes"] = R"(["cat", "dog"])";
  EXPECT_EQ(imported(model).classes, (std::vector<std::string>{"cat", "dog"}));
  for (const std::string& text :
       {std::string("[\"cat\"]"), std::string("[1, 2]"), std::string(2'000'000, '[')}) {
    model.metadata["classes"] = text;
    EXPECT_TRUE(mentions(damaged(model), {"classes", "export the model again"}));
  }
}

TEST(OnnxImport, FoldsTheFactorsOfGemm) {
  OnnxModel model = small_onnx();
  model.nodes[0].attributes["alpha"] = 2.0F;
  model.nodes[0].attributes["beta"] = -1.0F;
  const auto values = parameters(imported(model));
  EXPECT_EQ(std::vector<float>(values.begin(), values.begin() + 9),
            (std::vector<float>{2, 4, 6, 8, 10, 12, 1, 0, -1}));
  model.nodes[0].attributes["alpha"] = 3e38F;
  EXPECT_TRUE(mentions(damaged(model), {"Gemm_of_x", "alpha"}));
}

TEST(OnnxImport, ReadsABiasInEveryForm) {
  for (const auto& shape : std::vector<std::vector<std::size_t>>{{}, {1}, {1, 1}}) {
    OnnxModel model = small_onnx();
    model.initializers[1] = floats("b1", shape, {5});
    EXPECT_EQ(parameters(imported(model))[8], 5);
  }
  OnnxModel model = small_onnx();
  model.initializers[1].shape = {1, 3};
  EXPECT_EQ(parameters(imported(model))[8], 1);
  model.nodes[2].outputs = {"m"};
  model.nodes.push_back(node("Add", {"b2", "m"}, "y"));
  model.initializers.push_back(floats("b2", {2}, {7, 8}));
  EXPECT_EQ(to_string(imported(model).network.spec()), "2 > dense 3 > relu > dense 2");
  EXPECT_EQ(parameters(imported(model)).back(), 8);
  model.initializers.back().shape = {2, 1};
  EXPECT_TRUE(mentions(damaged(model), {"'b2'", "(2, 1)"}));
}

TEST(OnnxImport, ReadsInputShapes) {
  const auto shape = [](const std::vector<std::int64_t>& lengths, std::optional<std::int64_t> batch = {}) {
    std::vector<OnnxNode> nodes = {node("Flatten", {"x"}, "r")};
    OnnxModel model = in_front(nodes, {}, lengths);
    if (batch) model.inputs[0].shape->front() = {.length = batch, .symbol = {}};
    return to_string(imported(model).network.spec().input);
  };
  EXPECT_EQ(shape({4}), "4");
  EXPECT_EQ(shape({2, 2}), "2x2");
  EXPECT_EQ(shape({1, 2, 2}), "2x2");
  EXPECT_EQ(shape({1, 2, 2}, 1), "2x2");
  EXPECT_EQ(shape({2, 2, 1}), "2x2");
  EXPECT_EQ(shape({4, 1, 1}, 64), "4x1");
  OnnxModel model = in_front({node("Flatten", {"x"}, "r")}, {});
  model.inputs[0].shape->at(0) = {};
  EXPECT_EQ(to_string(imported(model).network.spec().input), "2x2");
  model.inputs[0].shape->at(1) = {.length = {}, .symbol = "height"};
  unsupported(model);
  for (const std::int64_t length : {std::int64_t{0}, std::int64_t{-2}, std::int64_t{1} << 62}) {
    model.inputs[0].shape->at(1) = {.length = length, .symbol = {}};
    EXPECT_TRUE(mentions(unsupported(model), {"'x'", "(N, 28, 28)"}));
  }
  model.inputs[0].shape = std::nullopt;
  unsupported(model);
  model.inputs[0] = batch_of("x", {1, 1, 2, 2});
  unsupported(model);
  model.inputs[0] = batch_of("x", {});
  unsupported(model);
  model.inputs[0] = batch_of("x", {2, 2});
  model.inputs[0].dtype = "I64";
  EXPECT_TRUE(mentions(unsupported(model), {"I64", "float32"}));
}

TEST(OnnxImport, PassesOverWhatKeepsTheOrder) {
  const auto spec = [](const std::vector<OnnxNode>& nodes, const std::vector<Tensor>& constants = {},
                       const std::vector<std::int64_t>& input = {1, 2, 2}) {
    return to_string(imported(in_front(nodes, constants, input)).network.spec());
  };
  using Ints = std::vector<std::int64_t>;
  const std::string expected = "2x2 > dense 2 nobias";
  EXPECT_EQ(spec({node("Reshape", {"x", "s"}, "r")}, {integers("s", {-1, 4})}), expected);
  EXPECT_EQ(spec({node("Reshape", {"x", "s"}, "r")}, {integers("s", {0, -1})}), expected);
  EXPECT_EQ(
      spec({node("Reshape", {"x", "s"}, "q"), node("Flatten", {"q"}, "r", {{"axis", std::int64_t{-1}}})},
           {integers("s", {0, 1, -1})}),
      expected);
  EXPECT_EQ(spec({node("Squeeze", {"x", "s"}, "q"), node("Unsqueeze", {"q", "s"}, "p"),
                  node("Identity", {"p"}, "o"), node("Dropout", {"o"}, "d"),
                  node("Cast", {"d"}, "c", {{"to", std::int64_t{1}}}), node("Flatten", {"c"}, "r")},
                 {integers("s", {1})}),
            expected);
  OnnxModel old = in_front({node("Squeeze", {"x"}, "q", {{"axes", Ints{-3}}}), node("Flatten", {"q"}, "r")},
                           {}, {1, 2, 2});
  old.opset = 11;
  EXPECT_EQ(to_string(imported(old).network.spec()), expected);
  EXPECT_EQ(spec({node("Shape", {"x"}, "s"), node("Constant", {}, "zero", {{"value_int", std::int64_t{0}}}),
                  node("Gather", {"s", "zero"}, "n"), node("Unsqueeze", {"n", "axis"}, "n1"),
                  node("Concat", {"n1", "rest"}, "target", {{"axis", std::int64_t{0}}}),
                  node("Reshape", {"x", "target"}, "r")},
                 {integers("axis", {0}), integers("rest", {-1})}),
            expected);
  // Layers with matrices behind them: (n, 1, 4) times (4, 2).
  OnnxModel rows = in_front({node("Identity", {"x"}, "r")}, {}, {1, 4});
  rows.nodes.back().op_type = "MatMul";
  EXPECT_EQ(to_string(imported(rows).network.spec()), "4 > dense 2 nobias");
}

TEST(OnnxImport, RefusesWhatMixesImages) {
  for (const auto& target : std::vector<std::vector<std::int64_t>>{{4},
                                                                   {-1},
                                                                   {4, -1},
                                                                   {2, 2},
                                                                   {-1, 2},
                                                                   {-1, 3},
                                                                   {-1, 0},
                                                                   {1, 4},
                                                                   {0, 2, -1, 2},
                                                                   {-7, 4},
                                                                   {0, 4, 1, 1, 1, 1, 1, 1, 1}})
    unsupported(in_front({node("Reshape", {"x", "s"}, "r")}, {integers("s", target)}));
  damaged(in_front({node("Reshape", {"x", "s"}, "r")}, {integers("s", {-1, -1})}));
  damaged(in_front({node("Reshape", {"x"}, "r")}, {}));
  unsupported(in_front({node("Flatten", {"x"}, "r", {{"axis", std::int64_t{0}}})}, {}));
  unsupported(in_front({node("Flatten", {"x"}, "r", {{"axis", std::int64_t{2}}})}, {}));
  damaged(in_front({node("Flatten", {"x"}, "r", {{"axis", std::int64_t{9}}})}, {}));
  damaged(in_front({node("Flatten", {"x"}, "r", {{"axis", 1.0F}})}, {}));
  unsupported(in_front({node("Squeeze", {"x"}, "r")}, {}));
  for (const std::int64_t axis : {0, 1, 5, -4})
    EXPECT_TRUE(mentions(error_of([&] {
                           imported(in_front({node("Squeeze", {"x", "s"}, "r")}, {integers("s", {axis})}));
                         }),
                         {"Squeeze_of_x"}));
  unsupported(in_front({node("Transpose", {"x"}, "r")}, {}));
  EXPECT_TRUE(mentions(unsupported(in_front({node("Identity", {"x"}, "r")}, {})), {"Flatten"}));
}

TEST(OnnxImport, ReadsPreprocessingPartByPart) {
  const Tensor a = floats("a", {}, {2});
  const Tensor b = floats("b", {1}, {3});
  const Tensor c = floats("c", {1, 4}, {1, 2, 3, 4});
  EXPECT_EQ(preprocessing_of({node("Div", {"x", "a"}, "r")}, {a}), (Preprocessing{.divisor = 2}));
  EXPECT_EQ(preprocessing_of({node("Mul", {"a", "x"}, "r")}, {a}),
            (Preprocessing{.divisor = 1, .factor = 2}));
  EXPECT_EQ(preprocessing_of({node("Add", {"a", "x"}, "r")}, {a}),
            (Preprocessing{.divisor = 1, .offset = 2}));
  EXPECT_EQ(preprocessing_of(
                {node("Div", {"x", "a"}, "d"), node("Sub", {"d", "b"}, "s"), node("Div", {"s", "c"}, "r")},
                {a, b, c}),
            (Preprocessing{.divisor = 2, .mean = {3}, .deviation = {1, 2, 3, 4}}));
  EXPECT_EQ(preprocessing_of({node("Sub", {"x", "c"}, "s"), node("Div", {"s", "b"}, "r")}, {b, c}),
            (Preprocessing{.divisor = 1, .mean = {1, 2, 3, 4}, .deviation = {3}}));
}

TEST(OnnxImport, FoldsOtherPreprocessing) {
  const Tensor a = floats("a", {}, {2});
  const Tensor b = floats("b", {1}, {3});
  const Tensor c = floats("c", {1, 4}, {1, 2, 4, -8});
  EXPECT_EQ(preprocessing_of({node("Sub", {"a", "x"}, "r")}, {a}),
            (Preprocessing{.divisor = 1, .factor = -1, .offset = 2}));
  EXPECT_EQ(preprocessing_of({node("Sub", {"x", "a"}, "s"), node("Mul", {"s", "b"}, "r")}, {a, b}),
            (Preprocessing{.divisor = 1, .factor = 3, .offset = -6}));
  EXPECT_EQ(
      preprocessing_of({node("Mul", {"x", "c"}, "s"), node("Sub", {"s", "a"}, "r")}, {a, c}),
      (Preprocessing{.divisor = 1, .mean = {2, 1, 0.5F, -0.25F}, .deviation = {1, 0.5F, 0.25F, -0.125F}}));
  // For each channel of (n, 2, 1, 2).
  const auto import = imported(in_front({node("Add", {"x", "d"}, "s"), node("Flatten", {"s"}, "r")},
                                        {floats("d", {2, 1, 1}, {1, 2})}, {2, 1, 2}));
  EXPECT_EQ(import.preprocessing,
            (Preprocessing{.divisor = 1, .mean = {-1, -1, -2, -2}, .deviation = {1, 1, 1, 1}}));
}

TEST(OnnxImport, RefusesOtherPreprocessing) {
  const auto error = [](const char* op, const std::vector<std::string>& inputs, const Tensor& constant) {
    return error_of([&] { imported(in_front({node(op, inputs, "r")}, {constant}, {4})); });
  };
  const Tensor vector = floats("c", {4}, {1, 2, 0, 4});
  EXPECT_EQ(error("Div", {"x", "c"}, vector).code(), ErrorCode::bad_data);
  EXPECT_TRUE(mentions(error("Mul", {"x", "c"}, vector), {"by 0"}));
  EXPECT_TRUE(mentions(error("Div", {"c", "x"}, vector), {"divides by the images"}));
  EXPECT_TRUE(mentions(error("Add", {"x", "x"}, vector), {"constant"}));
  EXPECT_TRUE(mentions(error("Add", {"x", "c"}, floats("c", {3}, {1, 2, 3})), {"(3,)"}));
  EXPECT_TRUE(mentions(error("Add", {"x", "c"}, floats("c", {2, 1}, {1, 2})), {"(2, 1)"}));
  EXPECT_TRUE(mentions(error("Add", {"x", "c"}, floats("c", {1, 1, 1, 1}, {1})), {"(1, 1, 1, 1)"}));
  EXPECT_TRUE(mentions(error("Add", {"x", "c"}, floats("c", {0}, {})), {"(0,)"}));
  EXPECT_TRUE(mentions(error("Add", {"x", "c"}, integers("c", {1})), {"I64"}));
  EXPECT_TRUE(mentions(error("Mul", {"x", "c"}, floats("c", {}, {std::nanf("")})), {"'c'", "not finite"}));
  EXPECT_TRUE(mentions(error("Max", {"x", "c"}, floats("c", {}, {1})), {"Max"}));
  std::vector<OnnxNode> many;
  for (int i = 0; i < 20; ++i)
    many.push_back(node("Add", {i == 0 ? "x" : "v" + std::to_string(i), "c"},
                        i == 19 ? "r" : "v" + std::to_string(i + 1)));
  EXPECT_TRUE(mentions(unsupported(in_front(many, {floats("c", {}, {1})}, {4})), {"16"}));
  OnnxModel bytes = in_front({node("Div", {"x", "c"}, "r")}, {floats("c", {}, {255})}, {4});
  bytes.inputs[0].dtype = "U8";
  EXPECT_TRUE(mentions(unsupported(bytes), {"Cast"}));
  bytes.nodes.erase(bytes.nodes.begin());
  bytes.nodes[0].inputs[0] = "x";
  EXPECT_TRUE(mentions(unsupported(bytes), {"Cast"}));
}

TEST(OnnxImport, LeavesTheSoftmaxToTheLoss) {
  const auto with = [](const char* op, std::map<std::string, OnnxAttributeValue> attributes,
                       std::int64_t opset) {
    OnnxModel model = small_onnx();
    model.opset = opset;
    model.nodes.back().outputs = {"z"};
    model.nodes.push_back(node(op, {"z"}, "y", std::move(attributes)));
    return model;
  };
  for (const std::int64_t axis : {1, -1})
    EXPECT_EQ(imported(with("Softmax", {{"axis", axis}}, 13)).loss.index(), 0U);
  EXPECT_EQ(imported(with("LogSoftmax", {}, 13)).notes.back(),
            "LogSoftmax 'LogSoftmax_of_z' -> omitted: it belongs to the loss");
  EXPECT_EQ(imported(with("Softmax", {}, 9)).loss.index(), 0U);
  for (const std::int64_t axis : {0, -2}) unsupported(with("Softmax", {{"axis", axis}}, 13));
  damaged(with("Softmax", {{"axis", std::int64_t{2}}}, 13));
  OnnxModel twice = with("Softmax", {}, 13);
  twice.nodes.back().outputs = {"p"};
  twice.nodes.push_back(node("Relu", {"p"}, "y"));
  EXPECT_TRUE(mentions(unsupported(twice), {"Relu_of_p", "follows the probabilities"}));
  OnnxModel sigmoid = with("Sigmoid", {}, 13);
  EXPECT_EQ(imported(sigmoid).loss, LossSpec(SquaredError{}));
}

TEST(OnnxImport, RefusesAnotherTailThanOurOwn) {
  const OnnxModel good = export_onnx(
      made_up_model("4 > dense 3 > sigmoid", SquaredError{.low = 0.1F, .high = 0.9F}).only(), "m");
  imported(good);
  const std::size_t first = good.nodes.size() - 5;
  for (std::size_t i = 0; i < 5; ++i) {
    for (const char* op : {"Relu", "Add", "Div", "Identity", "Softmax"}) {
      if (good.nodes[first + i].op_type == op) continue;
      OnnxModel model = good;
      model.nodes[first + i].op_type = op;
      error_of([&] { imported(model); });
    }
    OnnxModel cut = good;
    cut.nodes.resize(first + i);
    cut.outputs[0].name = cut.nodes.back().outputs[0];
    if (i == 0) {
      imported(cut);
    } else {
      error_of([&] { imported(cut); });
    }
  }
  for (auto& tensor : OnnxModel(good).initializers) {
    if (tensor.name != "target.range" && tensor.name != "least" && tensor.name != "target.low") continue;
    for (const float value : {std::nanf(""), INFINITY, 0.0F}) {
      if (value == 0 && tensor.name == "target.low") continue;
      OnnxModel model = good;
      for (auto& changed : model.initializers)
        if (changed.name == tensor.name) changed = floats(tensor.name, {}, {value});
      error_of([&] { imported(model); });
    }
  }
}

TEST(OnnxImport, NamesTheOperatorThatItDoesNotKnow) {
  for (const char* op : {"Clip", "ConvTranspose", "PRelu", "ArgMax", "Gelu", ""}) {
    OnnxModel model = small_onnx();
    model.nodes[1].op_type = op;
    EXPECT_TRUE(mentions(unsupported(model), {"Relu_of_h", op, "Gemm", "up to its logits"}));
  }
  OnnxModel model = small_onnx();
  model.nodes[1].domain = "com.microsoft";
  EXPECT_TRUE(mentions(unsupported(model), {"com.microsoft"}));
}

TEST(OnnxImport, RefusesOtherGraphs) {
  const auto change = [](const auto& how) {
    OnnxModel model = small_onnx();
    how(model);
    return model;
  };
  using M = OnnxModel;
  EXPECT_TRUE(
      mentions(unsupported(change([](M& m) { m.inputs.push_back(batch_of("x2", {2})); })), {"two inputs"}));
  damaged(change([](M& m) { m.inputs.clear(); }));
  unsupported(change([](M& m) { m.outputs.push_back(batch_of("h", {2})); }));
  unsupported(change([](M& m) { m.outputs.clear(); }));
  damaged(change([](M& m) { m.outputs[0].name = "r"; }));
  damaged(change([](M& m) { m.outputs[0].name = "w1"; }));
  EXPECT_TRUE(mentions(damaged(change([](M& m) { m.nodes[0].inputs[1] = "w3"; })), {"'w3'", "not produced"}));
  damaged(change([](M& m) { std::swap(m.nodes[0], m.nodes[1]); }));
  damaged(change([](M& m) { m.nodes[0].inputs[0] = "y"; }));  // a cycle
  damaged(change([](M& m) { m.nodes[1].outputs[0] = "h"; }));
  damaged(change([](M& m) { m.nodes[1].outputs[0] = "w1"; }));
  damaged(change([](M& m) { m.nodes[1].outputs.clear(); }));
  damaged(change([](M& m) { m.initializers.push_back(m.initializers[0]); }));
  EXPECT_TRUE(mentions(unsupported(change([](M& m) { m.nodes[2].inputs[0] = "h"; })), {"'h'", "branches"}));
  unsupported(change([](M& m) { m.nodes[1] = node("Add", {"h", "h"}, "r"); }));
  unsupported(change([](M& m) { m.nodes[1] = node("Add", {"h", "b1"}, "r"); }));
  unsupported(change([](M& m) { std::swap(m.nodes[2].inputs[0], m.nodes[2].inputs[1]); }));
  unsupported(change([](M& m) { m.nodes[2].inputs = {"r", "r"}; }));
  unsupported(change([](M& m) { m.nodes[0].attributes["transA"] = std::int64_t{1}; }));
  damaged(change([](M& m) { m.nodes[0].attributes["transB"] = std::int64_t{0}; }));
  damaged(change([](M& m) { m.nodes[0].attributes["transB"] = 1.0F; }));
  damaged(change([](M& m) { m.initializers[0].shape = {6}; }));
  damaged(change([](M& m) { m.initializers[1] = floats("b1", {2}, {1, 2}); }));
  unsupported(change([](M& m) { m.opset = 6; }));
  for (const float value : {std::nanf(""), INFINITY}) {
    EXPECT_TRUE(mentions(damaged(change([&](M& m) {
                           m.initializers[0] = floats("w1", {3, 2}, {1, 2, 3, value, 5, 6});
                         })),
                         {"value 3", "'w1'", "not finite"}));
    damaged(change([&](M& m) { m.initializers[1] = floats("b1", {3}, {1, value, 2}); }));
  }
  EXPECT_TRUE(
      mentions(unsupported(change([](M& m) { m.initializers[0].dtype = "I32"; })), {"I32", "quantised"}));
  OnnxModel empty = small_onnx();
  empty.nodes = {node("Relu", {"x"}, "y")};
  EXPECT_TRUE(mentions(unsupported(empty), {"no layer with weights"}));
}

TEST(OnnxImport, ReadsLaterOpsetsWithTheAttributesThatItKnows) {
  OnnxModel model = small_onnx();
  const auto expected = parameters(imported(model));
  for (const std::int64_t opset : {24, 25}) {
    model.opset = opset;
    EXPECT_EQ(imported(model).notes.size(), 3U) << opset;
  }
  model.opset = 26;
  const auto later = imported(model);
  EXPECT_EQ(parameters(later), expected);
  ASSERT_EQ(later.notes.size(), 4U);
  EXPECT_TRUE(test::contains(later.notes[0], "opset 26")) << later.notes[0];
  // What a new attribute means cannot be known.
  model.nodes[1].attributes["clip"] = 6.0F;
  EXPECT_TRUE(mentions(unsupported(model), {"Relu_of_h", "'clip'", "26", "25", "opset 13"}));
  model.nodes[1] = node("Swish", {"h"}, "r", {{"alpha", 1.0F}});
  EXPECT_TRUE(mentions(unsupported(model), {"Swish", "not supported"}));
}

TEST(OnnxImport, OldFilesListTheirWeightsAsInputs) {
  OnnxModel model = small_onnx();
  model.inputs.insert(model.inputs.begin(), batch_of("w1", {2}));
  EXPECT_EQ(imported(model).network.outputs(), 2U);
}

TEST(OnnxImport, ReadsConstantsThatNodesMake) {
  OnnxModel model = small_onnx();
  model.initializers[2] = {"w0", "F64", {2, 3}, Bytes(6 * sizeof(double))};
  model.nodes.insert(model.nodes.begin(), node("Transpose", {"w0"}, "wt"));
  model.nodes.insert(model.nodes.begin() + 1, node("Cast", {"wt"}, "w2", {{"to", std::int64_t{1}}}));
  model.nodes.insert(model.nodes.begin(), node("Constant", {}, "b1", {{"value", model.initializers[1]}}));
  model.initializers.erase(model.initializers.begin() + 1);
  EXPECT_EQ(parameters(imported(model)), (std::vector<float>{1, 2, 3, 4, 5, 6, -1, 0, 1, 0, 0, 0, 0, 0, 0}));
  model.nodes[1].op_type = "Exp";
  EXPECT_TRUE(mentions(unsupported(model), {"Exp", "do_constant_folding"}));
}

TEST(OnnxImport, ASmallFileCannotAskForALargeNetwork) {
  OnnxModel model;
  constexpr std::size_t width = 300;
  model.inputs = {batch_of("x", {width})};
  model.initializers = {floats("w", {width, width}, std::vector<float>(width * width))};
  std::string current = "x";
  for (int i = 0; i < 900; ++i) {
    const std::string next = "v" + std::to_string(i);
    model.nodes.push_back(node("Gemm", {current, "w"}, next));
    current = next;
  }
  model.outputs = {batch_of(current, {width})};
  EXPECT_TRUE(mentions(unsupported(model), {"memory"}));
  for (auto& made : model.nodes) made.op_type = "Relu", made.inputs.pop_back();
  unsupported(model);
  // The same with constants that nodes make of each other.
  model.nodes.clear();
  for (int i = 0; i < 900; ++i)
    model.nodes.push_back(
        node("Transpose", {i == 0 ? "w" : "t" + std::to_string(i)}, "t" + std::to_string(i + 1)));
  EXPECT_TRUE(mentions(unsupported(model), {"memory"}));
}

TEST(OnnxImport, SurvivesEveryTruncationAndEveryChangedByte) {
  const Bytes whole = encode_onnx(
      export_onnx(made_up_model("2x2 > dense 2 > relu > dense 2", SquaredError{}, {}, true).only(), "m"));
  const auto try_to_read = [](std::span<const std::byte> bytes) {
    try {
      imported(parse_onnx(bytes, "m.onnx"));
    } catch (const Error& error) {
      EXPECT_EQ(error.file(), "m.onnx") << error.what();
    }
  };
  for (std::size_t length = 0; length < whole.size(); ++length) try_to_read(std::span(whole).first(length));
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const unsigned flip : {1U, 2U, 4U, 8U, 16U, 32U, 64U, 128U, 255U}) {
      Bytes changed = whole;
      changed[at] ^= static_cast<std::byte>(flip);
      try_to_read(changed);
    }
}

// The seeds of the fuzz target: networks with random weights that PyTorch 1.13 exported, and one made by hand
// with the Python package onnx. The expected values are PyTorch's for the bytes 0, 85, 170, 255.
struct Foreign {
  const char* file;
  const char* spec;
  std::vector<float> outputs;
};

class OnnxFromPyTorch : public ::testing::TestWithParam<Foreign> {};

TEST_P(OnnxFromPyTorch, IsTheSameFunction) {
  const auto path = std::filesystem::path(SCRAWL_ONNX_SEEDS) / GetParam().file;
  const Bytes bytes = read_file(path);
  EXPECT_TRUE(is_onnx(bytes));
  OnnxImport import = import_onnx(parse_onnx(bytes, path.string()), path.string());
  EXPECT_EQ(to_string(import.network.spec()), GetParam().spec);
  if (!import.has_preprocessing) import.preprocessing = {.divisor = 1};
  const Model model{std::move(import.network), {.preprocessing = import.preprocessing, .loss = import.loss}};
  const auto found = predict_probabilities(model, std::vector<std::uint8_t>{0, 85, 170, 255});
  float sum = 0;
  for (const float value : GetParam().outputs) sum += value;
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], GetParam().outputs[i] / sum, 1e-6);
}

const Foreign foreign[] = {
    {"pytorch-view", "2x2 > dense 3 > relu > dense 2", {std::exp(-1.2760066F), std::exp(-0.3273240F)}},
    {"pytorch-view-fixed", "2x2 > dense 3 > relu > dense 2", {std::exp(-0.3882992F), std::exp(-1.1338543F)}},
    {"pytorch-unfolded", "2x2 > dense 3 > relu > dense 2", {std::exp(-0.5225114F), std::exp(-0.8990142F)}},
    {"pytorch-sequential", "2x2 > dense 3 > tanh > dense 2", {0.3336146F, 0.6663854F}},
    {"pytorch-bare", "4 > dense 3 nobias > sigmoid > dense 2 nobias > sigmoid", {0.6351076F, 0.5298756F}},
    {"by-hand", "2x2 > dense 2 > relu", {std::exp(32.375F - 46.8125F), 1}},
};
INSTANTIATE_TEST_SUITE_P(Seeds, OnnxFromPyTorch, ::testing::ValuesIn(foreign));

}  // namespace
}  // namespace scrawl::onnx_import_test
