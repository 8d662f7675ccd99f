#include "kernels/convolution.h"
#include "kernels/dropout_reference.h"
#include "kernels/kernel_testing.h"

namespace scrawl::dropout_test {
namespace {

using kernels::Dropout;
using kernels::dropout_counters;
using kernels::image_lanes;
using test::Draw;
using test::Guarded;
using test::same_bits;
using test::Values;

const RandomKey key{.seed = 0x123456789abcdefU, .purpose = Purpose::dropout, .step = 7, .sample = 3};

class DropoutTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, DropoutTest, ::testing::ValuesIn(supported_targets()), test::target_name);

TEST_P(DropoutTest, GivesTheReferencesBits) {
  Draw draw(1);
  for (const std::size_t n : test::lengths)
    for (const std::uint32_t threshold : {1U, 32768U, 65535U})
      for (const std::uint32_t first : {0U, 4000U, 0xfffffff0U})
        for (const bool lanes : {false, true}) {
          const std::size_t size = lanes ? n * image_lanes : n;
          Guarded x(size, draw, Values::some_special);
          Guarded y(size);
          Guarded expected(size);
          Dropout<float> d{.key = key,
                           .first = first,
                           .threshold = threshold,
                           .scale = 1.7F,
                           .values = n,
                           .x = x.data(),
                           .y = expected.data()};
          (lanes ? kernels::reference::dropout_lanes<float> : kernels::reference::dropout_row<float>)(d);
          d.y = y.data();
          const auto kernel = lanes ? table().dropout_lanes : table().dropout_row;
          kernel(d);
          ASSERT_TRUE(same_bits(y, expected)) << n << " " << threshold << " " << first << " " << lanes;
          d.y = x.data();
          kernel(d);
          ASSERT_TRUE(same_bits(x, expected)) << n << ", in place";
        }
}

// What is dropped does not depend on how samples lie.
TEST_P(DropoutTest, RowsAndLanesDropTheSame) {
  constexpr std::size_t values = 150;
  const std::vector<float> x(values * image_lanes, 1.0F);
  std::vector<float> in_lanes(x.size());
  std::vector<float> row(values);
  Dropout<float> d{.key = key, .first = 320, .threshold = 20000, .scale = 2, .values = values};
  d.x = x.data();
  d.y = in_lanes.data();
  table().dropout_lanes(d);
  for (std::size_t lane = 0; lane < image_lanes; ++lane) {
    d.first = static_cast<std::uint32_t>(320 + lane * dropout_counters(values));
    d.y = row.data();
    table().dropout_row(d);
    for (std::size_t v = 0; v < values; ++v) ASSERT_EQ(row[v], in_lanes[v * image_lanes + lane]);
  }
}

// The definition: 16 bits of the counter that the documentation names.
TEST(DropoutReference, UsesTheBitsOfTheCounter) {
  const auto words = [](std::uint32_t counter) {
    return philox4x32({counter, key.sample, key.step, static_cast<std::uint32_t>(key.purpose)},
                      {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
  };
  const std::vector<float> x(300, 1.0F);
  std::vector<float> y(300);
  kernels::reference::dropout_row<float>({.key = key,
                                          .first = 100,
                                          .threshold = 30000,
                                          .scale = 3,
                                          .values = x.size(),
                                          .x = x.data(),
                                          .y = y.data()});
  const auto expected = [&](std::uint32_t counter, std::size_t word, std::uint32_t shift) {
    return ((words(counter)[word] >> shift) & 0xffff) < 30000 ? 0.0F : 3.0F;
  };
  EXPECT_EQ(y[0], expected(100, 0, 0));
  EXPECT_EQ(y[5], expected(105, 0, 0));
  EXPECT_EQ(y[16], expected(100, 0, 16));
  EXPECT_EQ(y[35], expected(103, 1, 0));
  EXPECT_EQ(y[127], expected(115, 3, 16));
  EXPECT_EQ(y[128], expected(116, 0, 0));
  EXPECT_EQ(y[299], expected(143, 1, 0));
}

}  // namespace
}  // namespace scrawl::dropout_test
