#include "image/decode.h"
#include "image/decoders.h"
#include "image/transparency.h"
#include "image_testing.h"
#include "testing.h"

#include <vector>

namespace scrawl::webp_reader_test {
namespace {

using test::error_of;
using test::mentions;

/// `quality` of 0 to 100, or without loss.
Bytes webp(Pix* pix, l_int32 quality, bool is_exact) {
  l_uint8* data = nullptr;
  std::size_t size = 0;
  pixWriteMemWebP(&data, &size, pix, quality, is_exact ? 1 : 0);
  const auto* const first = reinterpret_cast<const std::byte*>(data);
  Bytes bytes(first, first + size);
  lept_free(data);
  return bytes;
}

PixPtr pix_of(const GreyImage& image) { return PixPtr(pixConvertTo32(to_pix(image).get())); }

TEST(Webp, WithAndWithoutLoss) {
  const GreyImage image = test::gradient(19, 11);
  EXPECT_EQ(decode_picture(webp(pix_of(image).get(), 100, true), "INPUT"), image);
  GreyImage smooth{.width = 32, .height = 20};
  for (std::size_t i = 0; i < 32 * 20; ++i)
    smooth.pixels.push_back(static_cast<std::uint8_t>(i % 32 * 6 + i / 32));
  const GreyImage read = decode_picture(webp(pix_of(smooth).get(), 100, false), "INPUT");
  ASSERT_EQ(read.width, smooth.width);
  ASSERT_EQ(read.pixels.size(), smooth.pixels.size());
  for (std::size_t i = 0; i < smooth.pixels.size(); ++i) EXPECT_NEAR(read.pixels[i], smooth.pixels[i], 6);
}

TEST(Webp, TransparentPartsLieOverWhite) {
  const PixPtr pix(pixCreate(16, 16, 32));
  pixSetSpp(pix.get(), 4);
  l_uint32* const words = pixGetData(pix.get());
  for (std::size_t i = 0; i < 256; ++i) words[i] = 0x20202000 | static_cast<l_uint32>(i);
  const GreyImage exact = decode_picture(webp(pix.get(), 100, true), "INPUT");
  const GreyImage lossy = decode_picture(webp(pix.get(), 100, false), "INPUT");
  for (unsigned i = 0; i < 256; ++i) {
    const unsigned over_white = seen(0x20, i) + 255 - i;
    EXPECT_EQ(exact.pixels[i], over_white) << i;
    EXPECT_NEAR(lossy.pixels[i], over_white, 6) << i;
  }
}

TEST(Webp, EveryTruncationIsRefused) {
  const PixPtr pix = test::colour_pix(40, 40);
  for (const bool is_exact : {false, true}) {
    const Bytes file = webp(pix.get(), 80, is_exact);
    for (std::size_t size = 0; size < file.size(); ++size)
      EXPECT_EQ(error_of([&] { decode_picture(std::span(file).first(size), "INPUT"); }).code(),
                ErrorCode::bad_data)
          << size;
  }
}

TEST(Webp, AnimationsAreUnsupported) {
  Bytes file = webp(test::colour_pix(4, 4).get(), 100, true);
  const std::vector<unsigned char> features = {'V', 'P', '8', 'X', 10, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 3, 0, 0};
  for (std::size_t i = 0; i < features.size(); ++i)
    file.insert(file.begin() + 12 + static_cast<std::ptrdiff_t>(i), std::byte{features[i]});
  const Error error = error_of([&] { decode_picture(file, "INPUT"); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_TRUE(mentions(error, {"INPUT", "animated WebP", "PNG"}));
}

}  // namespace
}  // namespace scrawl::webp_reader_test
