#include "nn/nn_testing.h"

#include <gtest/gtest.h>

// Network::descend is backward() and an optimizer's step in one pass, with the same bits.
namespace scrawl::passes_test {
namespace {

std::string weights_after(const char* model, std::size_t batch, bool raw, bool fused, std::size_t threads,
                          Target target) {
  Network network(parse_model(model));
  test::fill_parameters(network, 3);
  return test::weights_after_descent(network, SquaredError{}, batch, 20, raw, fused,
                                     Compute(threads, target));
}

TEST(Descend, HasTheBitsOfBackwardAndStep) {
  for (const char* model :
       {"30 > dense 20 > relu > dense 10", "784 > dense 100 nobias > sigmoid > dense 10 nobias > sigmoid",
        "17 > tanh > dense 33 > relu > sigmoid > dense 7 > tanh > dense 5"})
    for (const std::size_t batch : {1, 2, 16})
      for (const bool raw : {false, true}) {
        const auto expected = weights_after(model, batch, raw, false, 1, Target::scalar);
        for (const auto target : supported_targets())
          for (const std::size_t threads : {1, 2, 3})
            EXPECT_EQ(weights_after(model, batch, raw, true, threads, target), expected)
                << model << ", batch " << batch << ", " << to_string(target) << ", " << threads << " threads";
      }
}

}  // namespace
}  // namespace scrawl::passes_test
