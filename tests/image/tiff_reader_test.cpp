#include "base/files.h"
#include "image/decode.h"
#include "image/decoders.h"
#include "image/orientation.h"
#include "image_testing.h"
#include "testing.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <tiffio.h>

namespace scrawl::tiff_reader_test {
namespace {

using test::bytes_of;
using test::encoded;
using test::error_of;
using test::gradient;
using test::mentions;

using Values = std::vector<std::uint8_t>;

/// What a TIFF file of three by two pixels says about them.
struct Form {
  int kind = PHOTOMETRIC_MINISBLACK;
  int bits = 8;
  int samples = 1;
  int extra = -1;  ///< what the last sample is, such as EXTRASAMPLE_ASSOCALPHA
  int compression = COMPRESSION_NONE;
  int orientation = ORIENTATION_TOPLEFT;
  int role = 0;  ///< such as FILETYPE_REDUCEDIMAGE
  bool in_planes = false;
  bool in_tiles = false;  ///< of 32 by 32 pixels, all of them with the same samples
};

/// The file that libtiff writes. `samples`: the bytes of the whole picture, of each plane, or of one pixel of
/// the tiles.
Bytes tiff(const Form& form, const std::vector<Values>& samples) {
  const test::TempFolder folder;
  const std::string path = (folder / "picture.tif").string();
  TIFF* const file = TIFFOpen(path.c_str(), "w");
  TIFFSetField(file, TIFFTAG_IMAGEWIDTH, 3);
  TIFFSetField(file, TIFFTAG_IMAGELENGTH, 2);
  TIFFSetField(file, TIFFTAG_PHOTOMETRIC, form.kind);
  TIFFSetField(file, TIFFTAG_BITSPERSAMPLE, form.bits);
  TIFFSetField(file, TIFFTAG_SAMPLESPERPIXEL, form.samples);
  TIFFSetField(file, TIFFTAG_COMPRESSION, form.compression);
  TIFFSetField(file, TIFFTAG_ORIENTATION, form.orientation);
  TIFFSetField(file, TIFFTAG_SUBFILETYPE, form.role);
  TIFFSetField(file, TIFFTAG_PLANARCONFIG, form.in_planes ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  if (form.extra >= 0) {
    const auto extra = static_cast<std::uint16_t>(form.extra);
    TIFFSetField(file, TIFFTAG_EXTRASAMPLES, 1, &extra);
  }
  if (form.in_tiles) {
    TIFFSetField(file, TIFFTAG_TILEWIDTH, 32);
    TIFFSetField(file, TIFFTAG_TILELENGTH, 32);
  }
  std::uint32_t part = 0;
  for (Values values : samples) {
    if (form.in_tiles) {
      const Values pixel = values;
      for (int i = 1; i < 32 * 32; ++i) values.insert(values.end(), pixel.begin(), pixel.end());
      TIFFWriteEncodedTile(file, part++, values.data(), static_cast<tmsize_t>(values.size()));
    } else {
      TIFFWriteEncodedStrip(file, part++, values.data(), static_cast<tmsize_t>(values.size()));
    }
  }
  TIFFClose(file);
  return read_file(path);
}

Values decoded(const Form& form, const std::vector<Values>& samples) {
  return decode_picture(tiff(form, samples), "INPUT").pixels;
}

TEST(Tiff, OfEveryDepth) {
  EXPECT_EQ(decoded({.bits = 1}, {{0x40, 0xa0}}), (Values{0, 255, 0, 255, 0, 255}));
  EXPECT_EQ(decoded({.kind = PHOTOMETRIC_MINISWHITE, .bits = 1}, {{0x40, 0xa0}}),
            (Values{255, 0, 255, 0, 255, 0}));
  EXPECT_EQ(decoded({.bits = 2}, {{0x6c, 0x00}}), (Values{85, 170, 255, 0, 0, 0}));
  EXPECT_EQ(decoded({.bits = 4}, {{0x12, 0xf0, 0x00, 0x00}}), (Values{17, 34, 255, 0, 0, 0}));
  EXPECT_EQ(decoded({}, {{1, 2, 3, 4, 5, 6}}), (Values{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(decoded({.kind = PHOTOMETRIC_MINISWHITE}, {{1, 2, 3, 4, 5, 6}}),
            (Values{254, 253, 252, 251, 250, 249}));
  EXPECT_EQ(decoded({.bits = 16}, {{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 255, 255}}), (Values{1, 2, 3, 4, 5, 255}));
}

TEST(Tiff, InColoursAndWithTransparency) {
  const Values colours = {255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 0, 0, 0, 255, 255, 255};
  const Values greys = {luminance(255, 0, 0), luminance(0, 255, 0), luminance(0, 0, 255), 9, 0, 255};
  const Form rgb{.kind = PHOTOMETRIC_RGB, .samples = 3};
  EXPECT_EQ(decoded(rgb, {colours}), greys);
  Form planes = rgb;
  planes.in_planes = true;
  EXPECT_EQ(decoded(planes, {{255, 0, 0, 9, 0, 255}, {0, 255, 0, 9, 0, 255}, {0, 0, 255, 9, 0, 255}}), greys);
  const Form inks{.kind = PHOTOMETRIC_SEPARATED, .samples = 4};
  EXPECT_EQ(decoded(inks, {{0, 0, 0, 0,   0, 0, 0, 255, 255, 0, 0, 0,  //
                            0, 0, 0, 155, 0, 0, 0, 0,   0,   0, 0, 0}}),
            (Values{255, 0, luminance(0, 255, 255), 100, 255, 255}));

  const Values half = {0, 128, 0, 255, 0, 0, 100, 0, 100, 255, 255, 255};
  Form grey{.samples = 2, .extra = EXTRASAMPLE_UNASSALPHA};
  EXPECT_EQ(decoded(grey, {half}), (Values{127, 0, 255, 255, 100, 255}));
  grey.extra = EXTRASAMPLE_ASSOCALPHA;
  EXPECT_EQ(decoded(grey, {{0, 128, 0, 255, 0, 0, 50, 128, 100, 255, 255, 255}}),
            (Values{127, 0, 255, 177, 100, 255}));
  Form colour{.kind = PHOTOMETRIC_RGB, .samples = 4, .extra = EXTRASAMPLE_UNASSALPHA};
  const Values see_through = {0, 0, 0, 128, 0,   0,   0,   0, 9, 9, 9, 255,
                              1, 2, 3, 0,   255, 255, 255, 9, 0, 0, 0, 255};
  EXPECT_EQ(decoded(colour, {see_through}), (Values{127, 255, 9, 255, 255, 0}));
}

TEST(Tiff, InTiles) {
  EXPECT_EQ(decoded({.in_tiles = true}, {{77}}), (Values{77, 77, 77, 77, 77, 77}));
  EXPECT_EQ(
      decoded({.kind = PHOTOMETRIC_RGB, .samples = 3, .in_planes = true, .in_tiles = true}, {{1}, {2}, {3}}),
      Values(6, luminance(1, 2, 3)));
}

TEST(Tiff, TurnedAsItSays) {
  const GreyImage image{.width = 3, .height = 2, .pixels = {1, 2, 3, 4, 5, 6}};
  for (int orientation = 1; orientation <= 8; ++orientation)
    EXPECT_EQ(decode_picture(tiff({.orientation = orientation}, {image.pixels}), "INPUT"),
              upright(image, orientation))
        << orientation;
}

TEST(Tiff, PackedInTheCommonWays) {
  const GreyImage image = gradient(40, 30);
  for (const l_int32 kind : {IFF_TIFF, IFF_TIFF_LZW, IFF_TIFF_ZIP})
    EXPECT_EQ(decode_picture(encoded(image, kind), "INPUT"), image) << kind;
  const GreyImage read = decode_picture(encoded(image, IFF_TIFF_JPEG), "INPUT");
  EXPECT_EQ(read.width, image.width);
  const PixPtr bits(pixThresholdToBinary(to_pix(image).get(), 128));
  const GreyImage expected = decode_picture(encoded(bits.get(), IFF_PNG), "png");
  for (const l_int32 kind :
       {IFF_TIFF, IFF_TIFF_PACKBITS, IFF_TIFF_RLE, IFF_TIFF_G3, IFF_TIFF_G4, IFF_TIFF_LZW, IFF_TIFF_ZIP})
    EXPECT_EQ(decode_picture(encoded(bits.get(), kind), "INPUT"), expected) << kind;
}

/// The resolution, which does not matter here, may be all that is missing.
TEST(Tiff, TruncatedFilesAreRefusedUnlessThePictureIsWhole) {
  const PixPtr bits(pixThresholdToBinary(to_pix(gradient(40, 30)).get(), 128));
  for (const l_int32 kind : {IFF_TIFF, IFF_TIFF_G3, IFF_TIFF_G4, IFF_TIFF_PACKBITS}) {
    const Bytes file = encoded(bits.get(), kind);
    const GreyImage whole = decode_picture(file, "INPUT");
    std::size_t read = 0;
    for (std::size_t size = 0; size < file.size(); ++size) try {
        EXPECT_EQ(decode_picture(std::span(file).first(size), "INPUT"), whole) << size;
        ++read;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_data);
        EXPECT_TRUE(mentions(error, {"INPUT", "TIFF"}) || size < 4);
      }
    EXPECT_LT(read, 32U) << kind;
  }
}

TEST(Tiff, DamagedDataAreRefused) {
  const PixPtr bits(pixThresholdToBinary(to_pix(gradient(400, 300)).get(), 128));
  const PixPtr colours = test::colour_pix(200, 150);
  const std::vector<Bytes> files = {encoded(bits.get(), IFF_TIFF_G4), encoded(colours.get(), IFF_TIFF_LZW),
                                    encoded(colours.get(), IFF_TIFF_ZIP),
                                    encoded(colours.get(), IFF_TIFF_JPEG)};
  for (Bytes file : files) {
    ASSERT_NO_THROW(decode_picture(file, "INPUT"));
    std::fill(file.begin() + 400, file.begin() + 500, std::byte{0xff});
    const Error error = error_of([&] { decode_picture(file, "INPUT"); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data);
    EXPECT_TRUE(mentions(error, {"INPUT", "damaged TIFF"}));
  }
}

TEST(Tiff, RareFormsAreUnsupported) {
  const std::vector<Form> forms = {
      {.bits = 32}, {.compression = COMPRESSION_LZMA}, {.role = FILETYPE_REDUCEDIMAGE}};
  for (const Form& form : forms) {
    const Error error = error_of([&] { decode_picture(tiff(form, {Values(24)}), "INPUT"); });
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_TRUE(mentions(error, {"INPUT", "TIFF", "convert it to PNG"}));
  }
}

TEST(Tiff, OnlyTheFirstPageIsRead) {
  Bytes file = tiff({}, {{1, 2, 3, 4, 5, 6}});
  EXPECT_EQ(decode_picture(file, "INPUT").pixels, (Values{1, 2, 3, 4, 5, 6}));
  // The first directory is its own successor.
  const auto at = [&](std::size_t i) { return std::to_integer<std::size_t>(file[i]); };
  const std::size_t directory = at(4) | at(5) << 8;
  const std::size_t next = directory + 2 + 12 * at(directory);
  file[next] = file[4];
  file[next + 1] = file[5];
  EXPECT_EQ(decode_picture(file, "INPUT").pixels, (Values{1, 2, 3, 4, 5, 6}));
}

std::string number(std::uint64_t value, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(value >> 8 * i & 0xff);
  return text;
}

std::string entry(std::uint64_t tag, std::uint64_t type, std::uint64_t count, std::uint64_t value) {
  return number(tag, 2) + number(type, 2) + number(count, 4) + number(value, 4);
}

/// A file whose directory holds these entries, followed by `size` bytes of one value.
Bytes tiff_of(const std::vector<std::string>& entries, std::size_t size, char value = 0) {
  std::string text = "II*" + number(0, 1) + number(8, 4) + number(entries.size(), 2);
  for (const std::string& one : entries) text += one;
  return bytes_of(text + number(0, 4) + std::string(size, value));
}

TEST(Tiff, BombsTakeNoTime) {
  constexpr std::size_t megabyte = 1 << 20;
  constexpr std::uint64_t short_type = 3, long_type = 4, undefined_type = 7;
  const auto basic = [&](std::uint64_t width, std::uint64_t height) {
    return std::vector<std::string>{entry(256, long_type, 1, width), entry(257, long_type, 1, height),
                                    entry(258, short_type, 1, 8), entry(259, short_type, 1, 1),
                                    entry(262, short_type, 1, 1)};
  };
  std::vector<Bytes> bombs;
  // Four thousand entries, each of them all of the file.
  std::vector<std::string> entries = basic(100, 100);
  for (std::uint64_t tag = 50000; tag < 54000; ++tag)
    entries.push_back(entry(tag, undefined_type, megabyte, 8));
  bombs.push_back(tiff_of(entries, megabyte));
  // Thirty thousand strips of fax data that never ends a row, each of them all of the file.
  entries = basic(8, 30000);
  entries[2] = entry(258, short_type, 1, 1);
  entries[3] = entry(259, short_type, 1, 3);
  entries.push_back(entry(273, long_type, 30000, 1000));
  entries.push_back(entry(278, long_type, 1, 1));
  entries.push_back(entry(279, long_type, 30000, 1000));
  bombs.push_back(tiff_of(entries, megabyte, 1));
  // Sizes and strips far beyond the file.
  bombs.push_back(tiff_of(basic(0xffffffff, 0xffffffff), 100));
  entries = basic(8, 32768);
  entries.push_back(entry(273, long_type, 0xffffffff, 8));
  entries.push_back(entry(278, long_type, 1, 1));
  entries.push_back(entry(279, long_type, 0xffffffff, 8));
  bombs.push_back(tiff_of(entries, 1000));
  // Tiles that are larger than any picture, and their number too.
  entries = basic(32768, 1900);
  entries.push_back(entry(322, long_type, 1, 16));
  entries.push_back(entry(323, long_type, 1, 100'000'000));
  entries.push_back(entry(324, long_type, 2048, 8));
  entries.push_back(entry(325, long_type, 2048, 8));
  bombs.push_back(tiff_of(entries, megabyte));
  for (const Bytes& bomb : bombs) {
    const auto start = std::chrono::steady_clock::now();
    const Error error = error_of([&] { decode_picture(bomb, "INPUT"); });
    EXPECT_TRUE(mentions(error, {"INPUT"}));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << error.what();
  }
}

}  // namespace
}  // namespace scrawl::tiff_reader_test
