#include "image/png.h"

#include "testing.h"

#include <cstdint>
#include <limits>
#include <string>

namespace scrawl {
namespace {

using test::error_of;
using test::mentions;

TEST(Png, IsEightBitGreyWithoutAnythingBesides) {
  const Bytes file = encode_png({3, 2, {0, 64, 128, 192, 255, 7}});
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
}  // namespace scrawl
