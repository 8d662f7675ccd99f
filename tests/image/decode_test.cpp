#include "image/decode.h"

#include "image/decoders.h"
#include "image/png.h"
#include "image_testing.h"
#include "testing.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace scrawl::decode_test {
namespace {

using namespace std::string_view_literals;
using test::bytes_of;
using test::colour_pix;
using test::encoded;
using test::error_of;
using test::gradient;
using test::mentions;

GreyImage decode(std::string_view text) { return decode_picture(bytes_of(text), "picture"); }

std::vector<std::uint8_t> colours_in_grey(const PixPtr& pix) {
  std::vector<std::uint8_t> values;
  for (l_int32 y = 0; y < pixGetHeight(pix.get()); ++y)
    for (l_int32 x = 0; x < pixGetWidth(pix.get()); ++x) {
      l_int32 red = 0, green = 0, blue = 0;
      pixGetRGBPixel(pix.get(), x, y, &red, &green, &blue);
      values.push_back(
          luminance(static_cast<unsigned>(red), static_cast<unsigned>(green), static_cast<unsigned>(blue)));
    }
  return values;
}

TEST(Decode, GreyPicturesComeBackAsTheyAre) {
  for (const std::size_t width : {1, 3, 4, 9, 28}) {
    const GreyImage image = gradient(width, 7);
    EXPECT_EQ(decode_picture(encode_png(image), "png"), image);
    EXPECT_EQ(decode_picture(encoded(image, IFF_PNG), "png"), image);
    EXPECT_EQ(decode_picture(encoded(image, IFF_BMP), "bmp"), image);
    EXPECT_EQ(decode_picture(encoded(image, IFF_PNM), "pnm"), image);
  }
}

TEST(Decode, JpegIsCloseToWhatWasWritten) {
  GreyImage image{.width = 21, .height = 13};
  for (std::size_t i = 0; i < 21 * 13; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>(i % 21 * 8 + i / 21 * 4));
  const GreyImage read = decode_picture(encoded(image, IFF_JFIF_JPEG), "jpeg");
  ASSERT_EQ(read.pixels.size(), image.pixels.size());
  for (std::size_t i = 0; i < image.pixels.size(); ++i) EXPECT_NEAR(read.pixels[i], image.pixels[i], 2);
}

TEST(Decode, ColoursBecomeTheirLuminance) {
  const PixPtr pix = colour_pix(6, 5);
  const std::vector<std::uint8_t> expected = colours_in_grey(pix);
  for (const l_int32 kind : {IFF_PNG, IFF_BMP, IFF_PNM})
    EXPECT_EQ(decode_picture(encoded(pix.get(), kind), "picture").pixels, expected) << kind;
  const PixPtr red(pixCreate(16, 16, 32));
  pixSetAllArbitrary(red.get(), 0xff000000);
  EXPECT_NEAR(decode_picture(encoded(red.get(), IFF_JFIF_JPEG), "jpeg").pixels[40], 76, 2);
}

TEST(Decode, FewBitsAreSpreadOverAllOfGrey) {
  for (const l_int32 depth : {1, 2, 4, 16}) {
    const PixPtr pix(pixCreate(5, 1, depth));
    const l_uint32 most = (1U << depth) - 1;
    pixSetPixel(pix.get(), 1, 0, most);
    pixSetPixel(pix.get(), 2, 0, most / 3);
    auto expected =
        std::vector<std::uint8_t>{0, 255, static_cast<std::uint8_t>(255 * (most / 3) / most), 0, 0};
    // In pictures of one bit Leptonica's 1 is black.
    if (depth == 1) expected = {255, 0, 255, 255, 255};
    EXPECT_EQ(decode_picture(encoded(pix.get(), IFF_PNG), "png").pixels, expected) << depth;
    for (const l_int32 kind : {IFF_BMP, IFF_PNM}) {
      if (depth != 1) continue;
      EXPECT_EQ(decode_picture(encoded(pix.get(), kind), "picture").pixels, expected) << kind;
    }
  }
}

TEST(Decode, PalettesAreLookedUp) {
  for (const l_int32 depth : {2, 4, 8}) {
    const PixPtr pix(pixCreate(3, 1, depth));
    PIXCMAP* const palette = pixcmapCreate(depth);
    pixcmapAddColor(palette, 255, 0, 0);
    pixcmapAddColor(palette, 10, 20, 30);
    pixcmapAddColor(palette, 255, 255, 255);
    pixSetColormap(pix.get(), palette);
    pixSetPixel(pix.get(), 1, 0, 1);
    pixSetPixel(pix.get(), 2, 0, 2);
    const std::vector<std::uint8_t> expected = {luminance(255, 0, 0), luminance(10, 20, 30), 255};
    EXPECT_EQ(decode_picture(encoded(pix.get(), IFF_PNG), "png").pixels, expected) << depth;
    EXPECT_EQ(decode_picture(encoded(pix.get(), IFF_BMP), "bmp").pixels, expected) << depth;
  }
}

TEST(Decode, TransparentPartsLieOverWhite) {
  const PixPtr pix(pixCreate(3, 1, 32));
  pixSetSpp(pix.get(), 4);
  l_uint32* const words = pixGetData(pix.get());
  words[0] = 0x000000ff;
  words[1] = 0x00000080;
  words[2] = 0x00000000;
  EXPECT_EQ(decode_picture(encoded(pix.get(), IFF_PNG), "png").pixels,
            (std::vector<std::uint8_t>{0, 127, 255}));
}

TEST(Decode, PnmInAllForms) {
  using Values = std::vector<std::uint8_t>;
  EXPECT_EQ(decode("P1 3 2 010 1 0 1").pixels, (Values{255, 0, 255, 0, 255, 0}));
  EXPECT_EQ(decode("P2\n# made by hand\n3 1 # wide\n15\n0 1 15\n").pixels, (Values{0, 17, 255}));
  EXPECT_EQ(decode("P3 2 1 255 255 0 0 0 0 255").pixels,
            (Values{luminance(255, 0, 0), luminance(0, 0, 255)}));
  EXPECT_EQ(decode("P4 9 2\n\x80\x80\x00\xff"sv).pixels,
            (Values{0, 255, 255, 255, 255, 255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0}));
  EXPECT_EQ(decode("P5 3 1 16\n\x00\x08\x10"sv).pixels, (Values{0, 128, 255}));
  EXPECT_EQ(decode("P5 2 1 65535\n\xff\xff\x80\x00"sv).pixels, (Values{255, 128}));
  EXPECT_EQ(decode("P6 1 1 255\n\x01\x02\x03"sv).pixels, (Values{luminance(1, 2, 3)}));
  EXPECT_EQ(decode("P5 1 1 255\nAP5 1 1 255\nB").pixels, (Values{'A'})) << "the first of several pictures";
}

TEST(Decode, DamagedPnmIsRefused) {
  for (const auto text :
       {"P1 "sv, "P1 2 2 0 1 0"sv, "P1 2 2 0 1 0 2"sv, "P2 1 1 255 256"sv, "P2 1 1 255 -1"sv, "P2 1 1 0 0"sv,
        "P2 1 1 65536 0"sv, "P2 1 1"sv, "P2 x"sv, "P5 2 2 255\nabc"sv, "P5 2 2 255"sv, "P5 0 2 255\n"sv,
        "P6 2 2 99999999999999999999\n"sv, "P4 4294967296 4294967296\n"sv, "P5 1 1 9\n\x0a"sv, "P1#"sv}) {
    const Error error = error_of([&] { decode(text); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data) << text;
    EXPECT_TRUE(mentions(error, {"picture"}));
  }
}

TEST(Decode, OtherKindsAreRefusedByName) {
  const std::vector<std::pair<Bytes, std::string_view>> pictures = {
      {encoded(gradient(64, 64), IFF_JP2), "JPEG 2000"},
      {bytes_of("\0\0\0\x18"
                "ftypheic\0\0"sv),
       "HEIC"},
      {bytes_of("\0\0\0\x18"
                "ftypmif1\0\0"sv),
       "HEIC"},
      {bytes_of("\0\0\0\x18"
                "ftypavif\0\0"sv),
       "AVIF"},
      {bytes_of("P7\nWIDTH 1\n"), "PAM"},
  };
  const std::vector<std::pair<Bytes, std::string_view>> documents = {
      {bytes_of("%PDF-1.4"), "PDF"},
      {bytes_of("<svg xmlns='http://www.w3.org/2000/svg'/>"), "SVG"},
      {bytes_of("\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a drawing --><svg/>"), "SVG"},
  };
  for (const auto& files : {pictures, documents})
    for (const auto& file : files) {
      EXPECT_EQ(is_picture(file.first), files == pictures) << file.second;
      const Error error = error_of([&] { decode_picture(file.first, "INPUT"); });
      EXPECT_EQ(error.code(), ErrorCode::unsupported) << file.second;
      EXPECT_TRUE(mentions(error, {"INPUT", file.second, "convert it to PNG or JPEG"}));
    }
}

TEST(Decode, WhatIsNoPictureIsRefused) {
  for (const auto text :
       {""sv, "P"sv, "P5"sv, "P8 1 1"sv, "BM, a city"sv, "BMW is a maker of cars and bikes"sv,
        "Pictures of digits"sv, "<html></html>"sv, "\x89PN"sv, "\0\0\0\0"sv}) {
    EXPECT_FALSE(is_picture(bytes_of(text))) << text;
    const Error error = error_of([&] { decode(text); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data) << text;
    EXPECT_TRUE(mentions(error, {"picture:", "not a picture"}));
  }
}

TEST(Decode, SizesAreLimitedBeforeAnythingIsUnpacked) {
  const GreyImage image = gradient(20, 10);
  for (const Bytes& file :
       {encode_png(image), encoded(image, IFF_JFIF_JPEG), encoded(image, IFF_BMP), encoded(image, IFF_PNM),
        encoded(image, IFF_GIF), encoded(image, IFF_TIFF), encoded(colour_pix(20, 10).get(), IFF_WEBP)}) {
    EXPECT_NO_THROW(decode_picture(file, "INPUT", {.most_pixels = 200, .most_side = 20}));
    EXPECT_TRUE(mentions(error_of([&] { decode_picture(file, "INPUT", {.most_pixels = 199}); }),
                         {"INPUT", "20x10", "199 pixels", "smaller"}));
    EXPECT_TRUE(mentions(error_of([&] { decode_picture(file, "INPUT", {.most_side = 19}); }), {"20x10"}));
  }
  Bytes large = encoded(image, IFF_BMP);
  std::fill(large.begin() + 18, large.begin() + 26, std::byte{0x7f});
  EXPECT_TRUE(mentions(error_of([&] { decode_picture(large, "INPUT"); }), {"INPUT", "32768 a side"}));
}

std::vector<Bytes> files_of_all_kinds() {
  const GreyImage image = gradient(13, 11);
  const PixPtr colours = colour_pix(13, 11);
  std::vector<Bytes> files;
  for (const l_int32 kind : {IFF_PNG, IFF_JFIF_JPEG, IFF_BMP, IFF_PNM}) {
    for (Bytes file : {encoded(image, kind), encoded(colours.get(), kind)}) {
      if (kind == IFF_JFIF_JPEG) file.resize(file.size() - 2);  // that it ends here
      files.push_back(std::move(file));
    }
  }
  for (const l_int32 kind : {IFF_TIFF, IFF_TIFF_LZW, IFF_TIFF_ZIP, IFF_TIFF_JPEG, IFF_WEBP})
    files.push_back(encoded(colours.get(), kind));
  files.push_back(encoded(image, IFF_GIF));
  files.back().pop_back();  // its last byte only says that no other picture follows
  return files;
}

TEST(Decode, EveryTruncationIsRefusedInSilence) {
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  for (const Bytes& file : files_of_all_kinds())
    for (std::size_t size = 0; size < file.size(); ++size) {
      const Error error = error_of([&] { decode_picture(std::span(file).first(size), "INPUT"); });
      EXPECT_EQ(error.code(), ErrorCode::bad_data) << size;
      EXPECT_TRUE(mentions(error, {"INPUT"}));
    }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST(Decode, NoChangedByteDoesHarmOrPrints) {
  ::testing::internal::CaptureStderr();
  for (const Bytes& file : files_of_all_kinds())
    for (std::size_t at = 0; at < file.size(); ++at)
      for (const unsigned char value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
        Bytes changed = file;
        changed[at] = std::byte{value};
        try {
          const GreyImage image = decode_picture(changed, "INPUT", {.most_pixels = 1 << 20});
          EXPECT_EQ(image.pixels.size(), image.width * image.height);
        } catch (const Error& error) {
          EXPECT_TRUE(mentions(error, {"INPUT"}));
        }
      }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Decode, MoreScansThanAnyEncoderWritesAreRefused) {
  // The last of a progressive picture's scans, again and again.
  const PixPtr pix = to_pix(gradient(32, 32));
  l_uint8* data = nullptr;
  std::size_t size = 0;
  ASSERT_EQ(pixWriteMemJpeg(&data, &size, pix.get(), 50, 1), 0);
  Bytes file(reinterpret_cast<std::byte*>(data), reinterpret_cast<std::byte*>(data) + size);
  lept_free(data);
  ASSERT_NO_THROW(decode_picture(file, "INPUT"));
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t scan = text.rfind("\xff\xda");
  const Bytes last(file.begin() + static_cast<std::ptrdiff_t>(scan), file.end() - 2);
  for (int i = 0; i < 200; ++i) file.insert(file.end() - 2, last.begin(), last.end());
  EXPECT_EQ(error_of([&] { decode_picture(file, "INPUT"); }).code(), ErrorCode::bad_data);
}

}  // namespace
}  // namespace scrawl::decode_test
