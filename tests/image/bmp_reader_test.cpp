#include "scrawl/error.h"

#include "base/environment.h"
#include "image/decode.h"
#include "image/decoders.h"
#include "image_testing.h"
#include "testing.h"

#include <filesystem>
#include <string>
#include <vector>

namespace scrawl::bmp_reader_test {
namespace {

using namespace std::string_literals;
using test::bytes_of;
using test::error_of;
using test::mentions;
using Values = std::vector<std::uint8_t>;

std::string number(std::uint32_t value, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(value >> 8 * i & 0xff);
  return text;
}

/// A BMP file. What is not given is as in a picture of 24 bits.
struct Bmp {
  std::uint32_t header = 40;  ///< the size of the second header
  std::int32_t width = 3;
  std::int32_t height = 2;
  std::uint32_t depth = 24;
  std::uint32_t packing = 0;
  std::string masks = {};    ///< after the first 40 bytes, be it in the header or behind it
  std::string palette = {};  ///< blue, green, red, and 0 where the header is not the old one
  std::string pixels = {};

  Bytes bytes() const {
    const auto wide = static_cast<std::uint32_t>(width);
    const auto high = static_cast<std::uint32_t>(height);
    std::string second = number(header, 4);
    if (header == 12) {
      second += number(wide, 2) + number(high, 2) + number(1, 2) + number(depth, 2);
    } else {
      second += number(wide, 4) + number(high, 4) + number(1, 2) + number(depth, 2) + number(packing, 4);
      second += std::string(20, '\0') + masks;
      if (second.size() < header) second.resize(header);
    }
    const auto start = static_cast<std::uint32_t>(14 + second.size() + palette.size());
    return bytes_of("BM" + number(start + static_cast<std::uint32_t>(pixels.size()), 4) + number(0, 4) +
                    number(start, 4) + second + palette + pixels);
  }
};

Values values_of(const Bmp& bmp) { return decode_picture(bmp.bytes(), "INPUT").pixels; }

const std::string four = "\0\0\0\0\x40\x40\x40\0\0\0\xff\0\xff\xff\xff\0"s;
const Values greys = {0, 64, luminance(255, 0, 0), 255};

TEST(Bmp, RowsGoUpOrDown) {
  const std::string low = "\1\1\1\2\2\2\3\3\3\0\0\0"s;
  const std::string high = "\4\4\4\5\5\5\6\6\6\0\0\0"s;
  EXPECT_EQ(values_of({.pixels = low + high}), (Values{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(values_of({.height = -2, .pixels = low + high}), (Values{1, 2, 3, 4, 5, 6}));
}

TEST(Bmp, EveryDepthAndHeaderIsRead) {
  for (const std::uint32_t header : {12, 40, 52, 56, 64, 108, 124}) {
    std::string palette = four;
    if (header == 12) palette = "\0\0\0\x40\x40\x40\0\0\xff\xff\xff\xff"s;
    const Bmp base{.header = header, .height = 1, .palette = palette};
    const auto with = [&](std::uint32_t depth, const std::string& pixels) {
      Bmp bmp = base;
      bmp.depth = depth;
      bmp.pixels = pixels;
      return values_of(bmp);
    };
    EXPECT_EQ(with(1, "\x40\0\0\0"s), (Values{greys[0], greys[1], greys[0]})) << header;
    EXPECT_EQ(with(2, "\x6c\0\0\0"s), (Values{greys[1], greys[2], greys[3]})) << header;
    EXPECT_EQ(with(4, "\x12\x30\0\0"s), (Values{greys[1], greys[2], greys[3]})) << header;
    EXPECT_EQ(with(8, "\1\2\3\0"s), (Values{greys[1], greys[2], greys[3]})) << header;
    EXPECT_EQ(with(8, "\1\7\xff\0"s), (Values{greys[1], 0, 0})) << "beyond the palette";
    EXPECT_EQ(with(24, "\0\0\xff\x40\x40\x40\xff\xff\xff\0\0\0"s), (Values{greys[2], 64, 255})) << header;
    EXPECT_EQ(with(32, "\0\0\xff\0\x40\x40\x40\0\xff\xff\xff\0"s), (Values{greys[2], 64, 255})) << header;
    EXPECT_EQ(with(16, "\x00\x7c\xff\x7f\x1f\x00\0\0"s), (Values{greys[2], 255, luminance(0, 0, 255)}))
        << header;
  }
}

TEST(Bmp, BitMasksSayWhereTheColoursAre) {
  for (const std::uint32_t header : {40, 52, 56, 108, 124}) {
    // 5, 6 and 5 bits; then red and blue exchanged.
    const Bmp half{.header = header,
                   .height = 1,
                   .depth = 16,
                   .packing = 3,
                   .masks = number(0xf800, 4) + number(0x7e0, 4) + number(0x1f, 4),
                   .pixels = "\x00\xf8\xe0\x07\xff\xff\0\0"s};
    EXPECT_EQ(values_of(half), (Values{luminance(255, 0, 0), luminance(0, 255, 0), 255})) << header;
    const Bmp whole{.header = header,
                    .height = 1,
                    .depth = 32,
                    .packing = 3,
                    .masks = number(0xff, 4) + number(0xff00, 4) + number(0xff0000, 4),
                    .pixels = "\xff\0\0\0\0\xff\0\0\x20\x20\x20\0"s};
    EXPECT_EQ(values_of(whole), (Values{luminance(255, 0, 0), luminance(0, 255, 0), 32})) << header;
  }
  const Bmp deep{.width = 1,
                 .height = 1,
                 .depth = 32,
                 .packing = 3,
                 .masks = number(0x3ff00000, 4) + number(0xffc00, 4) + number(0x3ff, 4),
                 .pixels = number(0x3ff00000U | 0x3ffU << 10 | 0x3ffU, 4)};
  EXPECT_EQ(values_of(deep), (Values{255}));
}

TEST(Bmp, TransparentPartsLieOverTheGroundThatShowsTheInk) {
  const std::string masks = number(0xff0000, 4) + number(0xff00, 4) + number(0xff, 4) + number(0xff000000, 4);
  for (const auto& [header, packing] : {std::pair{56U, 3U}, {108U, 3U}, {124U, 3U}, {40U, 6U}}) {
    const Bmp bmp{.header = header,
                  .height = 1,
                  .depth = 32,
                  .packing = packing,
                  .masks = masks,
                  .pixels = "\0\0\0\xff\0\0\0\x80\0\0\0\0"s};
    EXPECT_EQ(values_of(bmp), (Values{0, 127, 255})) << header;
    Bmp white = bmp;
    white.pixels = "\xff\xff\xff\xff\xff\xff\xff\0\xff\xff\xff\0"s;
    EXPECT_EQ(values_of(white), (Values{255, 0, 0})) << header;
    Bmp unknown = bmp;
    unknown.pixels = "\x10\x10\x10\0\x20\x20\x20\0\x30\x30\x30\0"s;
    EXPECT_EQ(values_of(unknown), (Values{16, 32, 48})) << "opacity is 0 everywhere: it means nothing";
  }
}

TEST(Bmp, RunsAreUnpacked) {
  Bmp bmp{.depth = 8, .packing = 1, .palette = four};
  const Values expected = {greys[3], greys[2], greys[1], greys[1], greys[1], greys[1]};
  bmp.pixels = "\3\1\0\0\0\3\3\2\1\0\0\0\0\1"s;  // a run, the end of the row, three as they are
  EXPECT_EQ(values_of(bmp), expected);
  bmp.pixels = "\3\1\0\0\1\3\1\2\1\1"s;  // without an end, once all is there: the file goes on
  bmp.pixels += "\0\1"s;
  EXPECT_EQ(values_of(bmp), expected);
  bmp.pixels = "\0\2\2\1\1\3\0\1"s;  // a jump; what is passed over has the first colour
  EXPECT_EQ(values_of(bmp), (Values{0, 0, greys[3], 0, 0, 0}));
  bmp.pixels = "\xff\1\0\0\xff\2\0\1"s;  // more than a row holds
  EXPECT_EQ(values_of(bmp), (Values{greys[2], greys[2], greys[2], greys[1], greys[1], greys[1]}));

  bmp.depth = 4;
  bmp.packing = 2;
  bmp.pixels = "\3\x12\0\0\0\3\x32\x10\0\1"s;
  EXPECT_EQ(values_of(bmp), (Values{greys[3], greys[2], greys[1], greys[1], greys[2], greys[1]}));
}

TEST(Bmp, WhatDoesNotFitIsDamaged) {
  const std::string pixels(24, '\1');
  const std::string masks = number(0xf800, 4) + number(0x7e0, 4) + number(0x1f, 4);
  for (const Bmp& bmp :
       {Bmp{.depth = 7, .pixels = pixels}, Bmp{.depth = 0, .pixels = pixels},
        Bmp{.depth = 24, .packing = 1, .pixels = pixels}, Bmp{.depth = 8, .packing = 2, .pixels = pixels},
        Bmp{.depth = 24, .packing = 3, .masks = masks, .pixels = pixels},
        Bmp{.depth = 32, .packing = 3, .masks = std::string(12, '\0'), .pixels = pixels},
        Bmp{.depth = 32, .packing = 3, .masks = number(5, 4) + masks, .pixels = pixels},
        Bmp{.width = 0, .pixels = pixels}, Bmp{.width = -3, .pixels = pixels},
        Bmp{.height = -2147483647 - 1, .pixels = pixels}, Bmp{.pixels = pixels.substr(1)},
        Bmp{.depth = 8, .packing = 1, .palette = four, .pixels = "\3\1\0"s},
        Bmp{.depth = 8, .packing = 1, .palette = four, .pixels = "\0\3\1"s}}) {
    const Error error = error_of([&] { decode_picture(bmp.bytes(), "INPUT"); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data) << bmp.depth << ", " << bmp.packing;
    EXPECT_TRUE(mentions(error, {"INPUT"}));
  }
  for (const std::uint32_t packing : {4, 5, 7}) {
    const Error error =
        error_of([&] { decode_picture(Bmp{.packing = packing, .pixels = pixels}.bytes(), "INPUT"); });
    EXPECT_EQ(error.code(), ErrorCode::unsupported) << packing;
    EXPECT_TRUE(mentions(error, {"INPUT", "save it as PNG"}));
  }
}

TEST(Bmp, EveryTruncationOfPackedPicturesIsRefused) {
  const Bytes file =
      Bmp{.depth = 8, .packing = 1, .palette = four, .pixels = "\3\1\0\0\0\3\3\2\1\0\0\1"s}.bytes();
  ASSERT_NO_THROW(decode_picture(file, "INPUT"));
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_EQ(error_of([&] { decode_picture(std::span(file).first(size), "INPUT"); }).code(),
              ErrorCode::bad_data)
        << size;
}

TEST(Bmp, SamplesOfOtherProgramsAreRead) {
  const auto folder = environment("SCRAWL_TEST_DATA");
  const std::filesystem::path path = folder.value_or("") + "/pngsuite/bmp";
  if (!folder || !std::filesystem::exists(path)) GTEST_SKIP() << "SCRAWL_TEST_DATA is not there";
  for (const char* name : {"8bit.bmp", "24bit.bmp"}) {
    const Bytes file = read_file(path / name);
    const GreyImage image = decode_picture(file, name);
    silence_leptonica();
    const PixPtr pix(pixReadMemBmp(reinterpret_cast<const l_uint8*>(file.data()), file.size()));
    ASSERT_TRUE(pix);
    const PixPtr colours(pixConvertTo32(pix.get()));
    ASSERT_EQ(image.width, static_cast<std::size_t>(pixGetWidth(colours.get())));
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      l_int32 red = 0, green = 0, blue = 0;
      pixGetRGBPixel(colours.get(), static_cast<l_int32>(i % image.width),
                     static_cast<l_int32>(i / image.width), &red, &green, &blue);
      ASSERT_EQ(image.pixels[i], luminance(static_cast<unsigned>(red), static_cast<unsigned>(green),
                                           static_cast<unsigned>(blue)))
          << name << ", " << i;
    }
  }
}

}  // namespace
}  // namespace scrawl::bmp_reader_test
