#include "nn/pixel_lists.h"

#include "scrawl/random.h"

#include <array>
#include <numeric>

#include <gtest/gtest.h>

namespace scrawl::pixel_lists_test {
namespace {

/// 0 ... 255, so that a listed value is the byte, or the same above a background.
std::array<float, 256> bytes_above(float background) {
  std::array<float, 256> values;
  std::iota(values.begin(), values.end(), background);
  return values;
}

TEST(PixelLists, ListWhatIsNotBackgroundInOrder) {
  const std::vector<std::uint8_t> bytes = {0, 7, 0, 0, 255, 1};
  for (const auto target : supported_targets())
    for (const float background : {0.0F, 2.0F}) {
      PixelLists lists(bytes.size(), bytes_above(background), 1);
      lists.append(bytes, Compute(1, target));
      ASSERT_EQ(lists.size(), 1U);
      const PixelList& list = lists[0];
      ASSERT_EQ(list.count, kernels::online_chains);
      const std::array<std::uint32_t, 4> rows = {1, 4, 5, 6};  // the last is padding
      const std::array<float, 4> values = {7, 255, 1, 0};
      for (std::size_t i = 0; i < list.count; ++i) {
        EXPECT_EQ(list.inputs[i].row, rows[i]);
        EXPECT_EQ(list.inputs[i].value, values[i]);
      }
      EXPECT_EQ(list.value_sum, 263);
    }
}

TEST(PixelLists, ListImagesOfAnyLengthOnEachTarget) {
  const RandomKey key{.seed = 2};
  std::uint32_t draw = 0;
  for (const std::size_t pixels : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 97, 129, 257, 784})
    for (const std::uint64_t of_ten : {0, 2, 10}) {
      std::vector<std::uint8_t> bytes(2 * pixels);
      for (auto& byte : bytes)
        byte = random_below(key, draw++, 10) < of_ten
                   ? static_cast<std::uint8_t>(1 + random_below(key, draw++, 255))
                   : std::uint8_t{0};
      for (const auto target : supported_targets()) {
        PixelLists lists(pixels, bytes_above(0), 2);
        for (std::size_t image = 0; image < 2; ++image)
          lists.append(std::span(bytes).subspan(image * pixels, pixels), Compute(1, target));
        for (std::size_t image = 0; image < 2; ++image) {
          const auto* const at = bytes.data() + image * pixels;
          const PixelList& list = lists[image];
          std::size_t count = 0;
          for (std::size_t p = 0; p < pixels; ++p) {
            if (at[p] == 0) continue;
            ASSERT_LT(count, list.count);
            ASSERT_EQ(list.inputs[count].row, p);
            ASSERT_EQ(list.inputs[count++].value, at[p]);
          }
          ASSERT_EQ(list.value_sum, static_cast<float>(std::accumulate(at, at + pixels, 0)));
          ASSERT_LT(list.count, count + kernels::online_chains);
          for (; count < list.count; ++count) ASSERT_EQ(list.inputs[count].value, 0);
        }
      }
    }
}

}  // namespace
}  // namespace scrawl::pixel_lists_test
