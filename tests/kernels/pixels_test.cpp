#include "kernels/kernel_testing.h"
#include "kernels/pixels_reference.h"

#include <array>

namespace scrawl {
namespace {

using test::Draw;
using test::lengths;
using test::same_bits;

class PixelsTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, PixelsTest, ::testing::ValuesIn(supported_targets()), test::target_name);

struct List {
  std::vector<std::uint32_t> places;
  std::vector<float> values;
  std::size_t count = 0;

  explicit List(std::size_t pixels) : places(pixels + kernels::list_room), values(places.size()) {}
  void cut() {
    places.resize(count);
    values.resize(count);
  }
};

/// `of_ten` of ten pixels are ink.
std::vector<std::uint8_t> image(std::size_t pixels, std::size_t of_ten, Draw& draw) {
  std::vector<std::uint8_t> bytes(pixels);
  for (auto& byte : bytes)
    byte = draw.below(10) < of_ten ? static_cast<std::uint8_t>(1 + draw.below(255)) : std::uint8_t{0};
  return bytes;
}

TEST_P(PixelsTest, GivesTheReferencesBits) {
  Draw draw(1);
  std::array<float, 256> values{};
  for (auto& value : values) value = draw.value(test::Values::some_special);
  for (const auto n : lengths)
    for (const std::size_t of_ten : {0, 2, 10}) {
      const auto bytes = image(n, of_ten, draw);
      List list(n);
      List expected(n);
      list.count =
          table().list_pixels(n, bytes.data(), values.data(), list.places.data(), list.values.data());
      expected.count = kernels::reference::list_pixels(n, bytes.data(), values.data(), expected.places.data(),
                                                       expected.values.data());
      list.cut();
      expected.cut();
      ASSERT_EQ(list.places, expected.places) << n;
      ASSERT_TRUE(same_bits(list.values, expected.values)) << n;
    }
}

TEST_P(PixelsTest, ListsWhatIsNotZeroInOrder) {
  const std::vector<std::uint8_t> bytes = {0, 7, 0, 0, 255, 1};
  std::array<float, 256> values{};
  values[1] = 1.5F;
  values[7] = -7;
  values[255] = 0;  // a byte that is not 0 is listed, whatever its value
  List list(bytes.size());
  list.count =
      table().list_pixels(bytes.size(), bytes.data(), values.data(), list.places.data(), list.values.data());
  list.cut();
  EXPECT_EQ(list.places, (std::vector<std::uint32_t>{1, 4, 5}));
  EXPECT_EQ(list.values, (std::vector<float>{-7, 0, 1.5F}));
}

}  // namespace
}  // namespace scrawl
