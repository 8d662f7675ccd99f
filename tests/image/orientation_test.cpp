#include "image/orientation.h"

#include "image/decode.h"
#include "image_testing.h"
#include "testing.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

namespace scrawl::orientation_test {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using test::bytes_of;
using test::encoded;
using test::gradient;

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string number(std::uint32_t value, std::size_t size, bool big_endian) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i)
    text += static_cast<char>(value >> 8 * (big_endian ? size - 1 - i : i) & 0xff);
  return text;
}

/// An EXIF block that says nothing but the orientation.
std::string exif_block(std::uint32_t orientation, bool big_endian = false) {
  const auto two = [&](std::uint32_t value) { return number(value, 2, big_endian); };
  const auto four = [&](std::uint32_t value) { return number(value, 4, big_endian); };
  return (big_endian ? "MM" : "II") + two(42) + four(8) + two(1) + two(0x112) + two(3) + four(1) +
         two(orientation) + two(0) + four(0);
}

std::string marker(std::string_view contents) {
  return "\xff\xe1" + number(static_cast<std::uint32_t>(contents.size() + 2), 2, true) +
         std::string(contents);
}

Bytes jpeg_with(const Bytes& file, std::string_view exif) {
  const std::string xmp = marker("http://ns.adobe.com/xap/1.0/\0<x/>"sv);
  return bytes_of(text_of(file).insert(2, xmp + marker("Exif\0\0"s + std::string(exif))));
}

/// As the first chunk after the header, or the last before the end.
Bytes png_with(const Bytes& file, std::string_view exif, bool at_end) {
  const std::string named = "eXIf" + std::string(exif);
  const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(named.data()), static_cast<uInt>(named.size()));
  const std::string chunk = number(static_cast<std::uint32_t>(exif.size()), 4, true) + named +
                            number(static_cast<std::uint32_t>(sum), 4, true);
  return bytes_of(text_of(file).insert(at_end ? file.size() - 12 : 33, chunk));
}

Bytes webp_with(const Bytes& file, std::string_view exif) {
  const auto chunk = [](std::string_view name, std::string_view contents) {
    return std::string(name) + number(static_cast<std::uint32_t>(contents.size()), 4, false) +
           std::string(contents) + (contents.size() % 2 != 0 ? "\0"s : "");
  };
  const GreyImage image = decode_picture(file, "webp");
  const std::string features = number(8, 4, false) +
                               number(static_cast<std::uint32_t>(image.width - 1), 3, false) +
                               number(static_cast<std::uint32_t>(image.height - 1), 3, false);
  const std::string body = "WEBP" + chunk("VP8X", features) + text_of(file).substr(12) + chunk("EXIF", exif);
  return bytes_of("RIFF" + number(static_cast<std::uint32_t>(body.size()), 4, false) + body);
}

TEST(Upright, PutsTheFirstRowAndColumnWhereTheyWereSeen) {
  const GreyImage image{.width = 3, .height = 2, .pixels = {1, 2, 3, 4, 5, 6}};
  const std::array<GreyImage, 9> expected = {
      image,
      image,
      GreyImage{.width = 3, .height = 2, .pixels = {3, 2, 1, 6, 5, 4}},
      GreyImage{.width = 3, .height = 2, .pixels = {6, 5, 4, 3, 2, 1}},
      GreyImage{.width = 3, .height = 2, .pixels = {4, 5, 6, 1, 2, 3}},
      GreyImage{.width = 2, .height = 3, .pixels = {1, 4, 2, 5, 3, 6}},
      GreyImage{.width = 2, .height = 3, .pixels = {4, 1, 5, 2, 6, 3}},
      GreyImage{.width = 2, .height = 3, .pixels = {6, 3, 5, 2, 4, 1}},
      GreyImage{.width = 2, .height = 3, .pixels = {3, 6, 2, 5, 1, 4}},
  };
  for (int orientation = 0; orientation < 9; ++orientation)
    EXPECT_EQ(upright(image, orientation), expected[static_cast<std::size_t>(orientation)]) << orientation;
  EXPECT_EQ(upright(image, 9), image);
  EXPECT_EQ(upright(GreyImage{}, 6), GreyImage{});
}

TEST(Upright, UndoesItsOppositeForAnySize) {
  for (const std::size_t width : {1, 63, 64, 65, 200})
    for (const auto& [turn, back] : {std::pair(2, 2), {3, 3}, {4, 4}, {5, 5}, {6, 8}, {7, 7}, {8, 6}})
      EXPECT_EQ(upright(upright(gradient(width, 130), turn), back), gradient(width, 130)) << turn;
}

TEST(Orientation, IsFoundInEveryKindThatHasIt) {
  const GreyImage image = gradient(20, 9);
  const PixPtr colours(pixConvertTo32(to_pix(image).get()));
  const Bytes jpeg = encoded(image, IFF_JFIF_JPEG);
  const Bytes png = encoded(image, IFF_PNG);
  const Bytes webp = encoded(colours.get(), IFF_WEBP);
  const GreyImage read_jpeg = decode_picture(jpeg, "jpeg");
  const GreyImage read_webp = decode_picture(webp, "webp");
  for (std::uint32_t value = 1; value <= 8; ++value)
    for (const bool big_endian : {false, true}) {
      const std::string block = exif_block(value, big_endian);
      const int orientation = static_cast<int>(value);
      EXPECT_EQ(exif_orientation(bytes_of(block)), orientation);
      EXPECT_EQ(decode_picture(jpeg_with(jpeg, block), "jpeg"), upright(read_jpeg, orientation));
      for (const bool at_end : {false, true})
        EXPECT_EQ(decode_picture(png_with(png, block, at_end), "png"), upright(image, orientation));
      EXPECT_EQ(decode_picture(webp_with(webp, block), "webp"), upright(read_webp, orientation));
      EXPECT_EQ(decode_picture(webp_with(webp, "Exif\0\0"s + block), "webp"),
                upright(read_webp, orientation));
    }
}

TEST(Orientation, IsPassedOverWhereItMakesNoSense) {
  const GreyImage image = gradient(20, 9);
  const Bytes png = encoded(image, IFF_PNG);
  const Bytes jpeg = encoded(image, IFF_JFIF_JPEG);
  const GreyImage read_jpeg = decode_picture(jpeg, "jpeg");
  std::vector<std::string> blocks = {exif_block(0), exif_block(9), exif_block(65535), "nonsense",
                                     std::string(3000, '\xff')};
  std::string wide = exif_block(6);
  wide[12] = 4;  // the type: 32 bits
  blocks.push_back(wide);
  std::string endless = exif_block(6);
  endless[4] = 4;  // the directory begins within the header
  blocks.push_back(endless);
  for (const std::string& block : blocks) {
    EXPECT_EQ(exif_orientation(bytes_of(block)), 1);
    EXPECT_EQ(decode_picture(png_with(png, block, false), "png"), image);
    EXPECT_EQ(decode_picture(jpeg_with(jpeg, block), "jpeg"), read_jpeg);
  }
  EXPECT_EQ(exif_orientation(bytes_of(exif_block(6) + std::string(100'000, 'x'))), 1)
      << "beyond JPEG's 64 KB";
}

TEST(Orientation, NoDamagedExifKeepsAPictureFromBeingRead) {
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  const Bytes jpeg = encoded(gradient(5, 4), IFF_JFIF_JPEG);
  const std::string block = exif_block(6);
  for (std::size_t size = 0; size < block.size(); ++size)
    EXPECT_EQ(decode_picture(jpeg_with(jpeg, block.substr(0, size)), "jpeg").pixels.size(), 20U) << size;
  for (std::size_t at = 0; at < block.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      std::string changed = block;
      changed[at] = static_cast<char>(value);
      EXPECT_EQ(decode_picture(jpeg_with(jpeg, changed), "jpeg").pixels.size(), 20U) << at << " " << value;
    }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace scrawl::orientation_test
