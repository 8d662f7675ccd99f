#include "image/png.h"

#include "image/leptonica.h"
#include "testing.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <leptonica/allheaders.h>

namespace scrawl::png_test {
namespace {

using test::error_of;
using test::mentions;

TEST(Png, IsEightBitGreyWithoutAnythingBesides) {
  const Bytes file = encode_png(GreyImage{3, 2, {0, 64, 128, 192, 255, 7}});
  const auto* text = reinterpret_cast<const char*>(file.data());
  const std::string_view bytes(text, file.size());
  EXPECT_EQ(bytes.substr(0, 8), "\x89PNG\r\n\x1a\n");
  using namespace std::string_view_literals;
  EXPECT_EQ(bytes.substr(8, 21), "\0\0\0\x0dIHDR\0\0\0\3\0\0\0\2\x08\0\0\0\0"sv);
  EXPECT_FALSE(test::contains(bytes, "tIME"));
  EXPECT_FALSE(test::contains(bytes, "tEXt"));
  EXPECT_FALSE(test::contains(bytes, "gAMA"));
}

TEST(Png, EqualPicturesGiveEqualFiles) {
  for (std::size_t width = 1; width < 10; ++width) {
    const GreyImage image{width, 5, std::vector<std::uint8_t>(width * 5, 77)};
    const Bytes first = encode_png(image);
    const std::vector<std::uint8_t> other_memory(1000, 0xee);
    EXPECT_EQ(encode_png(image), first) << width;
  }
}

TEST(Png, ColourHasThreeTimesEightBits) {
  const ColourImage image{2, 1, {255, 0, 0, 1, 2, 3}};
  const Bytes file = encode_png(image);
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  using namespace std::string_view_literals;
  EXPECT_EQ(bytes.substr(8, 21), "\0\0\0\x0dIHDR\0\0\0\2\0\0\0\1\x08\2\0\0\0"sv);
  EXPECT_EQ(encode_png(image), file);
  const PixPtr pix(pixReadMemPng(reinterpret_cast<const l_uint8*>(file.data()), file.size()));
  ASSERT_NE(pix, nullptr);
  l_int32 red = 0, green = 0, blue = 0;
  pixGetRGBPixel(pix.get(), 1, 0, &red, &green, &blue);
  EXPECT_EQ((std::vector<int>{red, green, blue}), (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(mentions(error_of([] { encode_png(ColourImage{2, 2, {1, 2, 3, 4}}); }), {"PNG", "32768"}));
}

TEST(Png, RefusesWhatIsNoPicture) {
  for (const GreyImage& image : {GreyImage{0, 3, {}}, GreyImage{3, 0, {}}, GreyImage{2, 2, {1, 2, 3}},
                                 GreyImage{40000, 1, std::vector<std::uint8_t>(40000)},
                                 GreyImage{std::numeric_limits<std::size_t>::max(), 1, {}}}) {
    const Error error = error_of([&] { encode_png(image); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(mentions(error, {"PNG", "32768"}));
  }
}

}  // namespace
}  // namespace scrawl::png_test
