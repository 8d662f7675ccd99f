#include "kernels/kernel_testing.h"
#include "kernels/pixels_reference.h"

namespace scrawl {
namespace {

using test::Draw;
using test::lengths;

class PixelsTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, PixelsTest, ::testing::ValuesIn(supported_targets()), test::target_name);

/// `of_ten` of ten pixels are ink.
std::vector<std::uint8_t> image(std::size_t pixels, std::size_t of_ten, Draw& draw) {
  std::vector<std::uint8_t> bytes(pixels);
  for (auto& byte : bytes)
    byte = draw.below(10) < of_ten ? static_cast<std::uint8_t>(1 + draw.below(255)) : std::uint8_t{0};
  return bytes;
}

TEST_P(PixelsTest, PacksTheReferencesNumbers) {
  Draw draw(2);
  for (const auto n : lengths)
    for (const std::size_t of_ten : {0, 2, 10}) {
      const auto bytes = image(n, of_ten, draw);
      std::vector<std::uint32_t> packed(n + kernels::list_room);
      std::vector<std::uint32_t> expected(packed.size());
      const auto list = table().pack_pixels(n, bytes.data(), packed.data());
      const auto expected_list = kernels::reference::pack_pixels(n, bytes.data(), expected.data());
      packed.resize(list.count);
      expected.resize(expected_list.count);
      ASSERT_EQ(packed, expected) << n;
      ASSERT_EQ(list.sum, expected_list.sum) << n;
    }
}

TEST_P(PixelsTest, ListsWhatIsNotZeroInOrder) {
  const std::vector<std::uint8_t> bytes = {0, 7, 0, 0, 255, 1};
  std::vector<std::uint32_t> packed(bytes.size() + kernels::list_room);
  const auto list = table().pack_pixels(bytes.size(), bytes.data(), packed.data());
  packed.resize(list.count);
  EXPECT_EQ(packed, (std::vector<std::uint32_t>{1 + (7U << 16U), 4 + (255U << 16U), 5 + (1U << 16U)}));
  EXPECT_EQ(list.sum, 263U);
}

}  // namespace
}  // namespace scrawl
