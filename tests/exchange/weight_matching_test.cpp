#include "exchange/weight_matching.h"

#include "testing.h"

#include <cmath>
#include <cstring>
#include <deque>

namespace scrawl::weight_matching_test {
namespace {

using test::error_of;
using test::mentions;

/// An array whose values tell where they are: 100 row + column.
Tensor array(std::string name, std::vector<std::size_t> shape, float first = 0) {
  std::vector<float> values(*count_values(shape));
  const std::size_t columns = shape.back();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = first + static_cast<float>(100 * (i / columns) + i % columns);
  const auto bytes = std::as_bytes(std::span(values));
  return {std::move(name), "F32", std::move(shape), {bytes.begin(), bytes.end()}};
}

class Matching : public ::testing::Test {
 protected:
  std::vector<std::string> assign(const char* model, const std::vector<Tensor>& arrays,
                                  std::optional<WeightOrder> order = {}) {
    network = &networks.emplace_back(parse_model(model));
    return assign_weights(*network, match_weights(network->spec(), arrays, "FILE"), order, "FILE");
  }
  Error refused(const char* model, const std::vector<Tensor>& arrays, std::optional<WeightOrder> order = {}) {
    return error_of([&] { assign(model, arrays, order); });
  }
  /// The parameter as files of our own hold it: weights as (outputs, inputs).
  std::vector<float> parameter(const char* name) {
    for (const auto& info : network->parameter_infos())
      if (info.name == name) return copy_parameter(*network, info);
    ADD_FAILURE() << "no parameter " << name;
    return {};
  }
  std::deque<Network> networks;
  Network* network = nullptr;
};

TEST_F(Matching, TakesNumPysNamesAsInputsOutputs) {
  const auto lines = assign("3 > dense 2 > sigmoid > dense 4", {array("b1", {2}, 7), array("W2", {2, 4}),
                                                                array("W1", {3, 2}), array("b2", {1, 4}, 5)});
  EXPECT_EQ(parameter("0.weight"), (std::vector<float>{0, 100, 200, 1, 101, 201}));
  EXPECT_EQ(parameter("0.bias"), (std::vector<float>{7, 8}));
  EXPECT_EQ(parameter("2.weight"), (std::vector<float>{0, 100, 1, 101, 2, 102, 3, 103}));
  EXPECT_EQ(parameter("2.bias"), (std::vector<float>{5, 6, 7, 8}));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "layer 0, dense 2: W1 (3, 2) as (inputs, outputs); b1 (2,)");
}

TEST_F(Matching, TakesTorchsNamesAsOutputsInputs) {
  assign("2 > dense 2 > relu > dense 3", {array("fc1.weight", {2, 2}), array("fc1.bias", {2}),
                                          array("fc2.weight", {3, 2}), array("fc2.bias", {3})});
  EXPECT_EQ(parameter("0.weight"), (std::vector<float>{0, 1, 100, 101}));
  EXPECT_EQ(parameter("2.weight"), (std::vector<float>{0, 1, 100, 101, 200, 201}));
}

TEST_F(Matching, SquareWeightsFollowTheirNames) {
  assign("2 > dense 2", {array("W1", {2, 2}), array("b1", {2})});
  EXPECT_EQ(parameter("0.weight"), (std::vector<float>{0, 100, 1, 101}));
  assign("2 > dense 2", {array("hidden/kernel:0", {2, 2}), array("hidden/bias:0", {2})});
  EXPECT_EQ(parameter("0.weight"), (std::vector<float>{0, 100, 1, 101}));
  assign("2 > dense 2", {array("0.weight", {2, 2}), array("0.bias", {2})});
  EXPECT_EQ(parameter("0.weight"), (std::vector<float>{0, 1, 100, 101}));
  assign("2 > dense 2", {array("W1", {2, 2}), array("b1", {2})}, WeightOrder::out_in);
  EXPECT_EQ(parameter("0.weight"), (std::vector<float>{0, 1, 100, 101}));
}

TEST_F(Matching, SquareWeightsWithOtherNamesNeedAnOrder) {
  const std::vector<Tensor> arrays = {array("a", {3, 2}), array("b", {2}), array("c", {2, 2}),
                                      array("d", {2})};
  const auto error = refused("3 > dense 2 > relu > dense 2", arrays);
  EXPECT_TRUE(mentions(error, {"FILE", "'c' (2, 2)", "--order", "(inputs, outputs)"}));
  assign("3 > dense 2 > relu > dense 2", arrays, WeightOrder::in_out);
  EXPECT_EQ(parameter("2.weight"), (std::vector<float>{0, 100, 1, 101}));
  EXPECT_TRUE(
      mentions(refused("3 > dense 2 > relu > dense 2", arrays, WeightOrder::out_in), {"'a'", "--order"}));
}

TEST_F(Matching, NamesThatShapesContradictDecideNothing) {
  // W1 lies as (outputs, inputs), so that W2 may as well.
  const std::vector<Tensor> arrays = {array("W1", {2, 3}), array("b1", {2}), array("W2", {2, 2}),
                                      array("b2", {2})};
  EXPECT_TRUE(mentions(refused("3 > dense 2 > relu > dense 2", arrays), {"'W2'", "--order"}));
  EXPECT_EQ(assign("3 > dense 2 > relu > dense 2", arrays, WeightOrder::out_in).size(), 2U);
}

TEST_F(Matching, LayersComeInTheOrderOfTheirNumbers) {
  std::vector<Tensor> arrays;
  std::string model = "2";
  for (const int i : {10, 2, 1, 9, 3, 4, 5, 6, 7, 8}) {
    arrays.push_back(array("b" + std::to_string(i), {2}, static_cast<float>(i)));
    arrays.push_back(array("W" + std::to_string(i), {2, 2}));
    model += " > dense 2";
  }
  assign(model.c_str(), arrays);
  for (std::size_t i = 0; i < 10; ++i)
    EXPECT_EQ(parameter((std::to_string(i) + ".bias").c_str())[0], static_cast<float>(i + 1));
}

TEST_F(Matching, ShapesPutNamedLayersInOrder) {
  // Files sorted by the alphabet: hidden, input_layer, output.
  assign("4 > dense 3 > relu > dense 2 > relu > dense 5",
         {array("hidden.weight", {2, 3}), array("hidden.bias", {2}), array("input_layer.weight", {3, 4}),
          array("input_layer.bias", {3}), array("output.weight", {5, 2}), array("output.bias", {5})});
  EXPECT_EQ(parameter("0.weight").size(), 12U);
}

TEST_F(Matching, ListsAmongOtherNamesComeInTheOrderOfTheirNumbers) {
  const char* model = "3 > dense 2 nobias > dense 2 nobias > dense 2 nobias > dense 4 nobias";
  assign(model, {array("first.weight", {2, 3}), array("hidden.10.weight", {2, 2}, 10),
                 array("hidden.2.weight", {2, 2}, 2), array("out.weight", {4, 2})});
  EXPECT_EQ(parameter("1.weight")[0], 2);
  EXPECT_EQ(parameter("2.weight")[0], 10);
}

TEST_F(Matching, WhereFilesHaveNoOrderNamesMustTellLayersApart) {
  const auto assign_unordered = [&](const char* model, const std::vector<Tensor>& arrays) {
    network = &networks.emplace_back(parse_model(model));
    return assign_weights(
        *network, match_weights(network->spec(), arrays, "FILE", ArraySequence::meaningless), {}, "FILE");
  };
  const char* model = "3 > dense 2 nobias > dense 2 nobias > dense 2 nobias";
  const auto error = error_of([&] {
    assign_unordered(
        model, {array("first.weight", {2, 3}), array("last.weight", {2, 2}), array("middle.weight", {2, 2})});
  });
  EXPECT_TRUE(mentions(error, {"'last.weight' (2, 2)", "'middle.weight'", "0.weight"}));
  EXPECT_EQ(assign_unordered(model, {array("first.weight", {2, 3}), array("h.10.weight", {2, 2}),
                                     array("h.9.weight", {2, 2})})
                .size(),
            3U);
  EXPECT_TRUE(mentions(
      error_of([&] {
        assign_unordered("3 > dense 2 nobias > dense 4 nobias", {array("x", {3, 2}), array("y", {2, 4})});
      }),
      {"'x'", "'y'", "0.weight"}));
}

TEST_F(Matching, OtherNamesGoByPosition) {
  const auto lines = assign("3 > dense 2 nobias > relu > dense 4",
                            {array("arr_0", {3, 2}), array("arr_1", {2, 4}), array("arr_2", {4})});
  EXPECT_EQ(lines[1], "layer 2, dense 4: arr_1 (2, 4) as (inputs, outputs); arr_2 (4,)");
}

TEST_F(Matching, RoundsDoublesAndSaysSo) {
  Tensor wide = array("W1", {1, 2});
  const double values[] = {0.1, 2};
  wide.dtype = "F64";
  wide.data.resize(sizeof values);
  std::memcpy(wide.data.data(), values, sizeof values);
  const auto lines = assign("1 > dense 2 nobias", {wide});
  EXPECT_EQ(parameter("0.weight"), (std::vector<float>{0.1F, 2}));
  EXPECT_TRUE(test::contains(lines[0], "F64 made float32"));
}

TEST_F(Matching, RefusesWhatDoesNotFit) {
  const char* model = "3 > dense 2 > sigmoid > dense 4";
  const auto w1 = array("W1", {3, 2});
  const auto b1 = array("b1", {2});
  const auto w2 = array("W2", {2, 4});
  const auto b2 = array("b2", {4});
  EXPECT_TRUE(mentions(refused(model, {w1, b1}), {"FILE", "1 layer ", "W1", "has 2"}));
  EXPECT_TRUE(
      mentions(refused(model, {w1, b1, w2, b2, array("W3", {4, 4}), array("b3", {4})}), {"3 layers"}));
  EXPECT_TRUE(mentions(refused(model, {w1, b1, array("W2", {5, 4}), b2}),
                       {"'W2' (5, 4)", "layer 2, dense 4", "(2, 4)"}));
  EXPECT_TRUE(mentions(refused(model, {w1, b1, w2}), {"no bias", "'W2'", "nobias"}));
  EXPECT_TRUE(mentions(refused("3 > dense 2 nobias > dense 4", {w1, b1, w2, b2}), {"'b1'", "not needed"}));
  EXPECT_TRUE(mentions(refused(model, {w1, array("b1", {3}), w2, b2}), {"'b1' (3,)", "2 values"}));
  EXPECT_TRUE(mentions(refused(model, {w1, b1, w2, b2, array("b3", {3})}), {"'b3'", "no matching weights"}));
  EXPECT_TRUE(mentions(refused(model, {w1, w1, b1, w2, b2}), {"'W1'", "same position"}));
  EXPECT_TRUE(mentions(refused(model, {}), {"0 layers"}));
  EXPECT_TRUE(mentions(refused(model, {array("x", {3, 2}), array("y", {2}), array("z", {2, 4}),
                                       array("u", {4}), array("v", {4})}),
                       {"'v'", "not needed"}));
}

TEST_F(Matching, LeavesOutWhatIsNoLayersByItsName) {
  const char* model = "3 > dense 2 > sigmoid > dense 4";
  const std::vector<Tensor> good = {array("W1", {3, 2}), array("b1", {2}), array("W2", {2, 4}),
                                    array("b2", {4})};
  const auto with = [](std::vector<Tensor> arrays, Tensor extra) {
    arrays.insert(arrays.begin(), std::move(extra));
    return arrays;
  };
  for (const Tensor& extra : {array("history", {100}), array("m_W1", {3, 2}), array("confusion", {4, 4})}) {
    const auto lines = assign(model, with(good, extra));
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_TRUE(test::contains(lines[2], "ignored")) << lines[2];
    EXPECT_TRUE(test::contains(lines[2], extra.name)) << lines[2];
    EXPECT_EQ(parameter("2.bias"), (std::vector<float>{0, 1, 2, 3}));
  }
  // An array with an odd name may be the one that is missing.
  EXPECT_TRUE(mentions(refused(model, {good[0], good[1], good[2], array("bias_2", {4})}),
                       {"no bias", "'W2'", "bias_2 (4,)"}));
}

TEST_F(Matching, LeavesOutWhatFitsNoLayerWhereNamesTellNothing) {
  const char* model = "3 > dense 2 > sigmoid > dense 4";
  const std::vector<Tensor> good = {array("arr_0", {3, 2}), array("arr_1", {2}), array("arr_2", {2, 4}),
                                    array("arr_3", {4})};
  for (const auto& shape : {std::vector<std::size_t>{100}, {1}, {5, 5}}) {
    auto arrays = good;
    arrays.insert(arrays.begin() + 1, array("arr_9", shape));
    const auto lines = assign(model, arrays);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_TRUE(test::contains(lines[2], "arr_9")) << lines[2];
    EXPECT_EQ(parameter("2.bias"), (std::vector<float>{0, 1, 2, 3}));
  }
  auto scalar = good;
  scalar.push_back(array("arr_4", {1}));
  scalar.back().shape = {};
  EXPECT_TRUE(test::contains(assign(model, scalar).back(), "arr_4 ()"));
  auto doubtful = good;
  doubtful.push_back(array("arr_4", {2}));
  EXPECT_TRUE(mentions(refused(model, doubtful), {"'arr_4'", "not needed"}));
  // The message is about the array that does not fit, not about one that is missing then.
  EXPECT_TRUE(mentions(refused(model, {array("arr_0", {7, 2}), good[1], good[2], good[3]}),
                       {"'arr_0' (7, 2)", "does not fit", "layer 0", "--model"}));
}

TEST_F(Matching, RefusesQuantisedWeights) {
  for (const char* dtype : {"I8", "U8", "I16", "BOOL"}) {
    const std::size_t size = dtype_size(dtype);
    const Tensor weight{"W1", dtype, {1, 2}, Bytes(2 * size)};
    EXPECT_TRUE(mentions(refused("1 > dense 2 nobias", {weight}), {"'W1'", dtype, "scale", "float32"}));
    const Tensor bias{"b1", dtype, {2}, Bytes(2 * size)};
    EXPECT_TRUE(mentions(refused("1 > dense 2", {array("W1", {1, 2}), bias}), {"'b1'", dtype}));
  }
  // Whole numbers as NumPy makes them are weights.
  EXPECT_EQ(assign("1 > dense 2 nobias", {{"W1", "I64", {1, 2}, Bytes(16)}}).size(), 1U);
}

TEST_F(Matching, RefusesNumbersThatAreNone) {
  Tensor weight = array("W1", {1, 2});
  const float values[] = {1, NAN};
  std::memcpy(weight.data.data(), values, sizeof values);
  EXPECT_TRUE(mentions(refused("1 > dense 2 nobias", {weight}), {"'W1'", "value 1", "finite"}));
}

TEST_F(Matching, TakesConvolutionsAsPyTorchAndNumPyTutorialsHaveThem) {
  const char* model = "2x4x4 > conv 3 2x2 > dense 2 nobias";
  const auto lines = assign(model, {array("W1", {3, 2, 2, 2}), array("b1", {3}, 7), array("W2", {27, 2})});
  EXPECT_EQ(lines[0], "layer 0, conv 3 2x2: W1 (3, 2, 2, 2) as (outputs, inputs, height, width); b1 (3,)");
  EXPECT_EQ(parameter("0.weight")[1], 1);
  assign(model, {array("conv.weight", {3, 2, 2, 2}), array("conv.bias", {3}), array("fc.weight", {2, 27})});
  EXPECT_EQ(parameter("1.weight")[26], 26);
  EXPECT_TRUE(mentions(refused(model, {array("W1", {3, 2, 3, 3}), array("b1", {3}), array("W2", {27, 2})}),
                       {"'W1' (3, 2, 3, 3)", "(3, 2, 2, 2)", "(2, 2, 2, 3)"}));
  EXPECT_TRUE(
      mentions(refused(model, {array("W1", {3, 2, 2, 2}), array("W2", {27, 2})}), {"conv 3 2x2 nobias"}));
}

// In Keras, pictures are (height, width, channel), also where a dense layer flattens them.
TEST_F(Matching, TakesConvolutionsAsKerasHasThem) {
  for (const char* model :
       {"2x3x2 > conv 3 2x1 > dense 2 nobias", "2x3x2 > conv 3 2x1 > relu > flatten > dense 2 nobias"}) {
    const auto lines = assign(model, {array("conv2d/kernel", {2, 1, 2, 3}), array("conv2d/bias", {3}),
                                      array("dense/kernel", {12, 2})});
    // (row 1, column 0, channel 1, output 2) of the kernel: 100 * (1 * 2 + 1) + 2.
    EXPECT_EQ(parameter("0.weight")[2 * 4 + 1 * 2 + 1], 302);
    EXPECT_EQ(lines[1],
              std::string(model).ends_with("flatten > dense 2 nobias")
                  ? "layer 3, dense 2 nobias: dense/kernel (12, 2) as (inputs, outputs) with inputs as "
                    "(height, width, channel)"
                  : "layer 1, dense 2 nobias: dense/kernel (12, 2) as (inputs, outputs) with inputs as "
                    "(height, width, channel)");
    // Input (channel 1, row 1, column 0) is row (1 * 2 + 0) * 3 + 1 of the file.
    EXPECT_EQ(parameter(lines[1].substr(6, 1).append(".weight").c_str())[12 + 1 * 4 + 2], 701);
  }
}

TEST_F(Matching, ConvolutionsWhoseOrderNothingTellsNeedAnOrder) {
  const std::vector<Tensor> arrays = {array("a", {2, 2, 2, 2}), array("b", {2, 1})};
  const char* model = "2x2x2 > conv 2 2x2 nobias > dense 1 nobias";
  const char* square = "2x3x3 > conv 2 2x2 nobias > globalavgpool > relu";
  const std::vector<Tensor> one = {array("a", {2, 2, 2, 2})};
  EXPECT_TRUE(mentions(refused(square, one), {"'a'", "--order in-out", "--order out-in"}));
  assign(square, one, WeightOrder::in_out);
  EXPECT_EQ(parameter("0.weight")[1], 200);
  assign(square, one, WeightOrder::out_in);
  EXPECT_EQ(parameter("0.weight")[1], 1);
  EXPECT_TRUE(mentions(refused(model, arrays), {"'b'"}));  // a column is a vector
}

TEST_F(Matching, KindsOfLayersAreToldApart) {
  // By the alphabet: fc before conv.
  EXPECT_EQ(assign("4x4 > conv 3 2x2 nobias > dense 2 nobias",
                   {array("a.weight", {2, 27}), array("z.weight", {3, 1, 2, 2})})
                .size(),
            2U);
  EXPECT_TRUE(mentions(refused("4x4 > conv 3 2x2 nobias > dense 2 nobias",
                               {array("a.weight", {2, 27}), array("z.weight", {3, 12})}),
                       {"2 dense layers", "the model has 1", "a.weight (2, 27)"}));
}

TEST_F(Matching, NamesTheArrayThatABatchNormalisationLacks) {
  const char* model = "3 > dense 2 nobias > batchnorm";
  const std::vector<Tensor> whole = {array("0.weight", {2, 3}), array("1.weight", {2}), array("1.bias", {2}),
                                     array("1.running_mean", {2}), array("1.running_var", {2})};
  EXPECT_EQ(assign(model, whole).size(), 2U);
  for (std::size_t i = 2; i < whole.size(); ++i) {
    auto arrays = whole;
    arrays.erase(arrays.begin() + static_cast<std::ptrdiff_t>(i));
    const std::string lacks = i == 2 ? "bias (beta)" : whole[i].name.substr(2);
    EXPECT_TRUE(mentions(refused(model, arrays), {lacks.c_str(), "'1.weight'", "layer 1, batchnorm"})) << i;
  }
  auto arrays = whole;
  arrays.erase(arrays.begin() + 1, arrays.begin() + 3);
  EXPECT_TRUE(mentions(refused(model, arrays), {"'1.running_mean'", "no matching weights", "affine=False"}));
  for (std::size_t i = 1; i < whole.size(); ++i) {
    auto wide = whole;
    wide[i].shape = {1, 2, 1, 1};
    EXPECT_EQ(assign(model, wide).size(), 2U) << "also as (1, channels, 1, 1)";
    wide[i].shape = {1, 1};
    EXPECT_TRUE(mentions(refused(model, wide), {whole[i].name.c_str(), "2 values"}));
  }
}

TEST_F(Matching, TakesBatchNormalisationByAnyOfItsNames) {
  const char* model = "4x4 > conv 2 2x2 nobias > batchnorm > dense 2 nobias";
  const auto with = [&](const char* gamma, const char* beta, const char* mean, const char* variance) {
    assign(model, {array("W1", {2, 1, 2, 2}), array(gamma, {2}, 1), array(beta, {2}, 2), array(mean, {2}, 3),
                   array(variance, {2}, 4), array("W2", {18, 2})});
    EXPECT_EQ(parameter("1.weight")[1], 2);
    EXPECT_EQ(parameter("1.bias")[1], 3);
    const auto state = network->state();
    EXPECT_EQ(std::vector<float>(state.begin(), state.end()), (std::vector<float>{3, 4, 4, 5}));
  };
  with("gamma1", "beta1", "moving_mean1", "moving_var1");
  with("bn.weight", "bn.bias", "bn.running_mean", "bn.running_var");
  with("bn/gamma:0", "bn/beta:0", "bn/moving_mean:0", "bn/moving_variance:0");
  EXPECT_TRUE(mentions(refused(model, {array("W1", {2, 1, 2, 2}), array("gamma1", {2}), array("beta1", {2}),
                                       array("W2", {18, 2})}),
                       {"no running_mean", "gamma1", "batchnorm"}));
  EXPECT_TRUE(mentions(refused("4x4 > conv 2 2x2 nobias > dense 2 nobias",
                               {array("W1", {2, 1, 2, 2}), array("gamma1", {2}), array("W2", {18, 2})}),
                       {"3 layers", "gamma1", "--model"}));
}

TEST_F(Matching, TakesBatchNormalisationByPosition) {
  // As numpy.savez(*model.get_weights()) of Keras has them.
  assign("4x4 > conv 2 2x2 > batchnorm > dense 2",
         {array("arr_0", {2, 2, 1, 2}), array("arr_1", {2}), array("arr_2", {2}, 1), array("arr_3", {2}, 2),
          array("arr_4", {2}, 3), array("arr_5", {2}, 4), array("arr_6", {18, 2}), array("arr_7", {2}, 9)});
  EXPECT_EQ(network->state()[3], 5);
  EXPECT_EQ(parameter("2.bias")[0], 9);
}

}  // namespace
}  // namespace scrawl::weight_matching_test
