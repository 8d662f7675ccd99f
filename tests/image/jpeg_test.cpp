#include "image/decode.h"
#include "image/decoders.h"
#include "image_testing.h"
#include "testing.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

#include <jpeglib.h>

namespace scrawl {
namespace {

using test::bytes_of;

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

}  // namespace
}  // namespace scrawl
