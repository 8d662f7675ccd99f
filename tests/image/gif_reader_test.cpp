#include "image/decode.h"
#include "image/decoders.h"
#include "image_testing.h"
#include "testing.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl::gif_reader_test {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using test::bytes_of;
using test::error_of;
using test::mentions;

using Values = std::vector<std::uint8_t>;

/// A picture of two by five pixels with a palette of black, red, dark grey and white.
constexpr auto header = "GIF89a\x02\x00\x05\x00\x91\x00\x00"sv;
constexpr auto palette = "\x00\x00\x00\xff\x00\x00\x40\x40\x40\xff\xff\xff"sv;
constexpr auto descriptor = ",\x00\x00\x00\x00\x02\x00\x05\x00\x00"sv;
constexpr std::string_view trailer = ";";
const Values greys = {0, luminance(255, 0, 0), 64, 255};

/// LZW without packing: each value in three bits, the table emptied often enough not to need four.
std::string pixels(const Values& values) {
  std::string packed;
  unsigned held = 0;
  unsigned bits = 0;
  const auto put = [&](unsigned code) {
    held |= code << bits;
    for (bits += 3; bits >= 8; bits -= 8, held >>= 8) packed += static_cast<char>(held & 0xff);
  };
  constexpr unsigned clear = 4, end = 5;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 2 == 0) put(clear);
    put(values[i]);
  }
  put(end);
  if (bits > 0) packed += static_cast<char>(held);
  return "\x02" + std::string(1, static_cast<char>(packed.size())) + packed + std::string(1, '\0');
}

/// The parts of a file; those that a test does not name are as above.
struct Parts {
  std::string start = std::string(header);
  std::string colours = std::string(palette);
  std::string before = "";
  std::string part = std::string(descriptor);
  std::string data = pixels({0, 1, 2, 3, 0, 0, 1, 1, 2, 2});
  std::string after = std::string(trailer);
};
Bytes gif(const Parts& parts) {
  return bytes_of(parts.start + parts.colours + parts.before + parts.part + parts.data + parts.after);
}

Values values_of(const Parts& parts) { return decode_picture(gif(parts), "INPUT").pixels; }

Values in_grey(Values values) {
  std::transform(values.begin(), values.end(), values.begin(),
                 [](std::uint8_t value) { return greys[value]; });
  return values;
}

TEST(Gif, IsLookedUpInItsPalette) {
  const Values expected = in_grey({0, 1, 2, 3, 0, 0, 1, 1, 2, 2});
  EXPECT_EQ(values_of({}), expected);
  // The same colours as the palette of the first picture only.
  EXPECT_EQ(values_of({.start = "GIF87a\x02\x00\x05\x00\x00\x00\x00"s,
                       .colours = "",
                       .part = std::string(descriptor.substr(0, 9)) + '\x81' + std::string(palette)}),
            expected);
}

TEST(Gif, InterlacedRowsGoWhereTheyBelong) {
  std::string part(descriptor);
  part[9] = 0x40;
  // Rows 0, 4, 2, 1, 3.
  EXPECT_EQ(values_of({.part = part, .data = pixels({0, 0, 3, 3, 2, 2, 1, 1, 2, 2})}),
            in_grey({0, 0, 1, 1, 2, 2, 2, 2, 3, 3}));
}

TEST(Gif, TransparentAndUncoveredPartsAreWhite) {
  const std::string control = "!\xf9\x04\x01\x00\x00\x01\x00"s;
  const std::string comment =
      "!\xfe\x03"
      "abc\x00"s;
  Values expected = in_grey({0, 1, 2, 3, 0, 0, 1, 1, 2, 2});
  std::replace(expected.begin(), expected.end(), greys[1], std::uint8_t{255});
  EXPECT_EQ(values_of({.before = comment + control + comment}), expected);

  std::string part(descriptor);
  part[1] = 1;  // left
  part[3] = 1;  // top
  const GreyImage image = decode_picture(gif({.part = part}), "INPUT");
  EXPECT_EQ(image.width, 3U);
  EXPECT_EQ(image.height, 6U);
  EXPECT_EQ(Values(image.pixels.begin(), image.pixels.begin() + 6),
            (Values{255, 255, 255, 255, 0, greys[1]}));
}

TEST(Gif, WhiteInkOnNothingLiesOverBlack) {
  const std::string control = "!\xf9\x04\x01\x00\x00\x01\x00"s;
  const Values values = values_of({.before = control, .data = pixels({1, 1, 3, 1, 1, 1, 3, 1, 1, 1})});
  EXPECT_EQ(values, (Values{0, 0, 255, 0, 0, 0, 255, 0, 0, 0}));
}

TEST(Gif, OnlyTheFirstPictureIsRead) {
  std::string huge(descriptor);
  std::fill(huge.begin() + 5, huge.begin() + 9, '\xff');
  const Values expected = in_grey({0, 1, 2, 3, 0, 0, 1, 1, 2, 2});
  EXPECT_EQ(values_of({.after = huge + pixels({0, 1}) + ";"}), expected);
  EXPECT_EQ(values_of({.after = ""}), expected) << "many a file lacks its end";
}

TEST(Gif, DamagedFilesAreRefused) {
  std::string empty(descriptor);
  empty[5] = 0;
  std::string large(descriptor);
  std::fill(large.begin() + 5, large.begin() + 9, '\xff');
  const std::vector<Parts> files = {
      {.part = "", .data = ""},
      {.start = "GIF89a\x02\x00\x05\x00\x00\x00\x00"s, .colours = ""},
      {.part = empty},
      {.part = large},
      {.start = "GIF89a\xff\xff\xff\xff\x91\x00\x00"s},
      {.data = pixels({0, 1, 2})},
      {.data = "\x0c\x01\x00\x00"s},
  };
  for (const Parts& parts : files) {
    const Error error = error_of([&] { decode_picture(gif(parts), "INPUT"); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data);
    EXPECT_TRUE(mentions(error, {"INPUT"}));
  }
}

TEST(Gif, NoChangedByteDoesHarm) {
  const Bytes file = gif({.before = "!\xf9\x04\x01\x00\x00\x01\x00"s});
  for (std::size_t at = 0; at < file.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      Bytes changed = file;
      changed[at] = static_cast<std::byte>(value);
      try {
        const GreyImage image = decode_picture(changed, "INPUT", {.most_pixels = 1 << 16});
        EXPECT_EQ(image.pixels.size(), image.width * image.height);
      } catch (const Error& error) {
        EXPECT_TRUE(mentions(error, {"INPUT"}));
      }
    }
}

}  // namespace
}  // namespace scrawl::gif_reader_test
