#include "scrawl/error.h"

#include "image/decode.h"
#include "image/decoders.h"
#include "image_testing.h"
#include "testing.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <jpeglib.h>

namespace scrawl::jpeg_reader_test {
namespace {

using test::error_of;
using test::mentions;

struct Inks {
  std::uint8_t cyan, magenta, yellow, black;
};

/// A JPEG file of 16x16 pixels of one colour. With `is_adobe`, as Adobe's programs write it: 255 is no ink.
Bytes inked_jpeg(const Inks& inks, J_COLOR_SPACE kind, bool is_adobe) {
  jpeg_compress_struct picture{};
  jpeg_error_mgr errors{};
  picture.err = jpeg_std_error(&errors);
  jpeg_create_compress(&picture);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&picture, &data, &size);
  picture.image_width = 16;
  picture.image_height = 16;
  picture.input_components = 4;
  picture.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&picture);
  jpeg_set_colorspace(&picture, kind);
  jpeg_set_quality(&picture, 100, TRUE);
  picture.write_Adobe_marker = is_adobe ? TRUE : FALSE;
  jpeg_start_compress(&picture, TRUE);
  std::vector<JSAMPLE> row;
  for (int x = 0; x < 16; ++x)
    for (const std::uint8_t ink : {inks.cyan, inks.magenta, inks.yellow, inks.black})
      row.push_back(static_cast<JSAMPLE>(is_adobe ? 255 - ink : ink));
  JSAMPROW first = row.data();
  for (int y = 0; y < 16; ++y) jpeg_write_scanlines(&picture, &first, 1);
  jpeg_finish_compress(&picture);
  jpeg_destroy_compress(&picture);
  const auto* const bytes = reinterpret_cast<const std::byte*>(data);
  Bytes file(bytes, bytes + size);
  std::free(data);
  return file;
}

void expect_grey(const Inks& inks, std::uint8_t expected) {
  const std::vector<Bytes> files = {inked_jpeg(inks, JCS_CMYK, true), inked_jpeg(inks, JCS_YCCK, true),
                                    inked_jpeg(inks, JCS_CMYK, false)};
  for (const Bytes& file : files) {
    const GreyImage image = decode_picture(file, "INPUT");
    ASSERT_EQ(image.pixels.size(), 256U);
    for (const std::uint8_t value : image.pixels) EXPECT_NEAR(value, expected, 2);
  }
}

TEST(Jpeg, InksBecomeTheLightThatTheyLeave) {
  expect_grey({0, 0, 0, 0}, 255);
  expect_grey({0, 0, 0, 255}, 0);
  expect_grey({0, 0, 0, 55}, 200);
  expect_grey({255, 255, 255, 0}, 0);
  expect_grey({255, 0, 0, 0}, luminance(0, 255, 255));
  expect_grey({0, 255, 0, 0}, luminance(255, 0, 255));
  expect_grey({0, 0, 255, 127}, static_cast<std::uint8_t>(luminance(255, 255, 0) * 128 / 255));
}

/// A JPEG file of a picture: in one scan, progressive, or each colour in a scan of its own.
enum class Scans { one, progressive, separate };

Bytes jpeg_in(Scans scans) {
  jpeg_compress_struct picture{};
  jpeg_error_mgr errors{};
  picture.err = jpeg_std_error(&errors);
  jpeg_create_compress(&picture);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&picture, &data, &size);
  picture.image_width = 40;
  picture.image_height = 24;
  picture.input_components = 3;
  picture.in_color_space = JCS_RGB;
  jpeg_set_defaults(&picture);
  std::array<jpeg_scan_info, 3> each{};
  if (scans == Scans::progressive) jpeg_simple_progression(&picture);
  if (scans == Scans::separate) {
    for (int c = 0; c < 3; ++c)
      each[static_cast<std::size_t>(c)] = {
          .comps_in_scan = 1, .component_index = {c}, .Ss = 0, .Se = 63, .Ah = 0, .Al = 0};
    picture.scan_info = each.data();
    picture.num_scans = 3;
  }
  jpeg_start_compress(&picture, TRUE);
  for (int y = 0; y < 24; ++y) {
    std::vector<JSAMPLE> row;
    for (int i = 0; i < 120; ++i) row.push_back(static_cast<JSAMPLE>(i * 29 + y * 53));
    JSAMPROW first = row.data();
    jpeg_write_scanlines(&picture, &first, 1);
  }
  jpeg_finish_compress(&picture);
  jpeg_destroy_compress(&picture);
  const auto* const bytes = reinterpret_cast<const std::byte*>(data);
  Bytes file(bytes, bytes + size);
  std::free(data);
  return file;
}

TEST(Jpeg, OnlyTheEndMarkerMayBeMissing) {
  for (const Scans scans : {Scans::one, Scans::progressive, Scans::separate}) {
    const Bytes file = jpeg_in(scans);
    const DecodedPicture whole = decode_with_warnings(file, "INPUT");
    EXPECT_TRUE(whole.warnings.empty());
    for (const std::size_t missing : {1, 2}) {
      const DecodedPicture cut = decode_with_warnings(std::span(file).first(file.size() - missing), "INPUT");
      EXPECT_EQ(cut.image, whole.image);
      ASSERT_EQ(cut.warnings.size(), 1U);
      EXPECT_TRUE(cut.warnings[0].starts_with("lacks its end marker"));
    }
    // This includes every file that ends between two scans.
    for (std::size_t size = 3; size + 2 < file.size(); ++size)
      EXPECT_EQ(error_of([&] { decode_picture(std::span(file).first(size), "INPUT"); }).code(),
                ErrorCode::bad_data)
          << size;
  }
}

TEST(Jpeg, RareFormsAreUnsupportedNotDamaged) {
  const Bytes file = jpeg_in(Scans::one);
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t frame = text.find("\xff\xc0");
  ASSERT_NE(frame, std::string_view::npos);
  Bytes deep = file;
  deep[frame + 4] = std::byte{12};
  const Error bits = error_of([&] { decode_picture(deep, "INPUT"); });
  EXPECT_EQ(bits.code(), ErrorCode::unsupported);
  EXPECT_TRUE(mentions(bits, {"INPUT", "12", "save it as PNG"}));
  // Lossless, hierarchical and lossless with arithmetic coding.
  for (const unsigned char process : {0xc3, 0xc5, 0xcb}) {
    Bytes rare = file;
    rare[frame + 1] = std::byte{process};
    const Error error = error_of([&] { decode_picture(rare, "INPUT"); });
    EXPECT_EQ(error.code(), ErrorCode::unsupported) << int{process};
    EXPECT_TRUE(mentions(error, {"INPUT", "save it as PNG"}));
  }
}

}  // namespace
}  // namespace scrawl::jpeg_reader_test
