#include "image/transparency.h"

#include "image/decode.h"
#include "image/drawing.h"
#include "image/find_digit.h"
#include "image_testing.h"
#include "testing.h"

#include <vector>

namespace scrawl::transparency_test {
namespace {

using test::encoded;
using test::plain;

/// A ring of this colour, its edges half transparent, on nothing.
PixPtr ring(std::uint8_t value) {
  GreyImage opacity = plain(100, 90, 0);
  test::draw_ring(opacity, 50, 45, 36, 10, 128);
  test::draw_ring(opacity, 50, 45, 35, 8, 255);
  PixPtr pix(pixCreate(100, 90, 32));
  pixSetSpp(pix.get(), 4);
  l_uint32* const words = pixGetData(pix.get());
  for (std::size_t i = 0; i < opacity.pixels.size(); ++i)
    words[i] = value * 0x01010100U | static_cast<l_uint32>(opacity.pixels[i]);
  return pix;
}

TEST(Transparency, TheGroundIsTheOneThatShowsTheInk) {
  for (const std::uint8_t value : {0, 40, 100, 150, 220, 255})
    for (const l_int32 kind : {IFF_PNG, IFF_WEBP}) {
      const GreyImage picture = decode_picture(encoded(ring(value).get(), kind), "INPUT");
      EXPECT_EQ(picture.pixels[0], value > 127 ? 0 : 255) << int{value};
      EXPECT_NEAR(picture.pixels[45 * 100 + 19], value, kind == IFF_WEBP ? 8 : 0) << int{value};
      const auto found = find_digit(picture);
      ASSERT_TRUE(found) << int{value};
      EXPECT_NEAR(static_cast<double>(found->box.width), 71, 3) << int{value};
    }
}

TEST(Transparency, ASheetOfPaperLiesOverWhite) {
  // Dark ink on a white sheet, whose corners are transparent; then the same without ink.
  GreyImage sheet = plain(60, 60, 255);
  std::vector<std::uint8_t> opacity(3600, 255);
  for (const std::size_t corner : {0, 1, 58, 59, 3540, 3599}) {
    opacity[corner] = 0;
    sheet.pixels[corner] = 0;
  }
  EXPECT_EQ(over_ground(sheet, opacity), plain(60, 60, 255));
  test::fill(sheet, {.x = 20, .y = 20, .width = 4, .height = 30}, 10);
  EXPECT_EQ(over_ground(sheet, opacity).pixels[0], 255);
}

TEST(Transparency, WhatIsSeenOverBlackAndWhiteAddsUp) {
  for (unsigned grey = 0; grey < 256; grey += 5)
    for (unsigned opacity = 0; opacity < 256; ++opacity) {
      EXPECT_EQ(seen(grey, opacity), (grey * opacity + 127) / 255);
      const GreyImage dark = over_ground({1, 1, {seen(0, opacity)}},
                                         std::vector<std::uint8_t>{static_cast<std::uint8_t>(opacity)});
      EXPECT_EQ(dark.pixels[0], 255 - opacity);
    }
}

}  // namespace
}  // namespace scrawl::transparency_test
