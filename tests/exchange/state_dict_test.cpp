#include "exchange/state_dict.h"

#include "testing.h"

namespace scrawl::state_dict_test {
namespace {

using test::contains;
using test::error_of;
using test::mentions;

Tensor array(std::string name, std::vector<std::size_t> shape = {2, 2}) {
  const std::size_t bytes = *tensor_size("F32", shape);
  return {std::move(name), "F32", std::move(shape), Bytes(bytes)};
}

std::vector<std::string> names(const std::vector<Tensor>& arrays) {
  std::vector<std::string> result;
  for (const auto& item : arrays) result.push_back(item.name);
  return result;
}

TEST(StateDict, IsTakenOutOfACheckpoint) {
  std::vector<Tensor> arrays = {array("model_state_dict.0.weight"),
                                array("model_state_dict.0.bias", {2}),
                                array("model_state_dict.2.weight"),
                                array("model_state_dict.2.bias", {2}),
                                array("optimizer_state_dict.state.0.momentum_buffer"),
                                array("optimizer_state_dict.state.1.momentum_buffer", {2}),
                                array("loss", {})};
  EXPECT_EQ(keep_state_dict(arrays, 2, "FILE"), "left out: 2 arrays of optimizer_state_dict, loss");
  EXPECT_EQ(names(arrays),
            (std::vector<std::string>{"model_state_dict.0.weight", "model_state_dict.0.bias",
                                      "model_state_dict.2.weight", "model_state_dict.2.bias"}));
}

TEST(StateDict, GoesBeforeWhatAnOptimizerKeepsOfEachParameter) {
  std::vector<Tensor> arrays = {array("W1"),   array("b1", {2}),   array("m/W1"),     array("m/b1", {2}),
                                array("v/W1"), array("v/b1", {2}), array("epoch", {})};
  EXPECT_EQ(keep_state_dict(arrays, 1, "FILE"), "left out: 2 arrays of m, 2 arrays of v, epoch");
  EXPECT_EQ(names(arrays), (std::vector<std::string>{"W1", "b1"}));
}

TEST(StateDict, StaysAsItIsWithoutOthers) {
  std::vector<Tensor> arrays = {array("fc1.weight"), array("fc1.bias", {2}), array("head.weight")};
  const auto before = names(arrays);
  EXPECT_EQ(keep_state_dict(arrays, 2, "FILE"), "");
  EXPECT_EQ(keep_state_dict(arrays, 1, "FILE"), "");  // for the matching to refuse
  EXPECT_EQ(names(arrays), before);
  std::vector<Tensor> unnamed = {array("a"), array("step", {})};
  EXPECT_EQ(keep_state_dict(unnamed, 1, "FILE"), "");
  EXPECT_EQ(unnamed.size(), 2U);
  std::vector<Tensor> odd = {array("W1"), array("b1", {2}), array("mean", {3})};
  EXPECT_EQ(keep_state_dict(odd, 1, "FILE"), "");
  EXPECT_EQ(odd.size(), 3U);
}

TEST(StateDict, IsTheOneThatHoldsWeightsAlone) {
  std::vector<Tensor> arrays = {array("history.losses", {9}), array("net.fc.weight"), array("grads.x")};
  const auto line = keep_state_dict(arrays, 1, "FILE");
  EXPECT_TRUE(contains(line, "1 array of history"));
  EXPECT_EQ(names(arrays), (std::vector<std::string>{"net.fc.weight"}));
}

TEST(StateDict, MustBeOne) {
  std::vector<Tensor> arrays = {array("model.0.weight"), array("ema.0.weight")};
  EXPECT_TRUE(mentions(error_of([&] { keep_state_dict(arrays, 1, "FILE"); }), {"FILE", "'model'", "'ema'"}));
}

TEST(StateDict, KeepsBatchNormalisationButItsCounters) {
  std::vector<Tensor> arrays = {array("0.weight"),           array("1.weight", {2}),
                                array("1.bias", {2}),        array("1.running_mean", {2}),
                                array("1.running_var", {2}), array("1.num_batches_tracked", {})};
  EXPECT_EQ(keep_state_dict(arrays, 2, "FILE"), "");
  EXPECT_EQ(arrays.size(), 5U);
}

}  // namespace
}  // namespace scrawl::state_dict_test
