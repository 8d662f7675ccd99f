#include "kernels/kernel_testing.h"
#include "kernels/lanes_reference.h"

namespace scrawl::lanes_test {
namespace {

using kernels::image_lanes;
using test::Draw;
using test::Guarded;
using test::same_bits;

class LanesTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, LanesTest, ::testing::ValuesIn(supported_targets()), test::target_name);

TEST_P(LanesTest, PutsSamplesIntoLanesAndZerosIntoTheRest) {
  Draw draw(1);
  for (const std::size_t places : {1, 2, 3, 4, 5, 15, 16, 17, 25, 49, 63, 64, 147, 784})
    for (std::size_t samples = 1; samples <= image_lanes; ++samples) {
      const std::size_t stride = places + samples % 3;
      const Guarded rows((samples - 1) * stride + places, draw, test::Values::some_special);
      Guarded block(places * image_lanes);
      Guarded expected(places * image_lanes);
      table().to_lanes(samples, places, rows.data(), stride, block.data());
      kernels::reference::to_lanes(samples, places, rows.data(), stride, expected.data());
      ASSERT_TRUE(same_bits(block, expected)) << places << " places of " << samples << " samples";
    }
}

TEST_P(LanesTest, TakesSamplesBackFromLanes) {
  Draw draw(2);
  for (const std::size_t places : {1, 2, 3, 4, 5, 15, 16, 17, 25, 49, 63, 64, 147, 784})
    for (std::size_t samples = 1; samples <= image_lanes; ++samples) {
      const std::size_t stride = places + samples % 3;
      const Guarded block(places * image_lanes, draw, test::Values::some_special);
      Guarded rows((samples - 1) * stride + places);
      Guarded expected((samples - 1) * stride + places);
      table().from_lanes(samples, places, block.data(), rows.data(), stride);
      kernels::reference::from_lanes(samples, places, block.data(), expected.data(), stride);
      ASSERT_TRUE(same_bits(rows, expected)) << places << " places of " << samples << " samples";
    }
}

TEST_P(LanesTest, GivesBackWhatItTook) {
  Draw draw(3);
  const std::size_t places = 75;
  const Guarded rows(image_lanes * places, draw);
  Guarded block(places * image_lanes);
  Guarded back(image_lanes * places);
  table().to_lanes(image_lanes, places, rows.data(), places, block.data());
  EXPECT_EQ(block.data()[3 * image_lanes + 5], rows.data()[5 * places + 3]);
  table().from_lanes(image_lanes, places, block.data(), back.data(), places);
  EXPECT_TRUE(same_bits(back, rows));
}

}  // namespace
}  // namespace scrawl::lanes_test
