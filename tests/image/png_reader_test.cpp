#include "base/files.h"
#include "image/decode.h"
#include "testing.h"

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace scrawl::png_reader_test {
namespace {

namespace fs = std::filesystem;

/// The pictures of Willem van Schaik's PngSuite below $SCRAWL_TEST_DATA/pngsuite, or none.
std::vector<fs::path> png_suite() {
  const auto data = environment("SCRAWL_TEST_DATA");
  std::vector<fs::path> files;
  if (!data || !fs::exists(fs::path(*data) / "pngsuite")) return files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(*data) / "pngsuite"))
    if (entry.path().extension() == ".png" || entry.path().extension() == ".bmp")
      files.push_back(entry.path());
  return files;
}

/// A picture's sum of values, and one in which their places count.
struct Known {
  std::string_view name;
  std::uint64_t sum;
  std::uint64_t weighted;
};

// Worked out with another program, which reads these files with its own code on top of libpng.
constexpr Known known[] = {
    {"basn0g01.png", 127500, 14773680}, {"basi0g01.png", 127500, 14773680},
    {"basn0g02.png", 130560, 16262710}, {"basn0g04.png", 121856, 15451130},
    {"basn0g08.png", 130056, 16382672}, {"basn2c08.png", 195840, 22361518},
    {"basn3p01.png", 165888, 20369538}, {"basi3p02.png", 123136, 15250034},
    {"basn3p04.png", 144896, 18012682}, {"basn3p08.png", 135772, 18018661},
    {"basn4a08.png", 195828, 23928187}, {"basn6a08.png", 209163, 26000316},
    {"basi6a08.png", 209163, 26000316}, {"tbrn2c08.png", 175816, 21125526},
    {"tm3n3p02.png", 145408, 18073963}, {"tbbn0g04.png", 175831, 21128654},
    {"tp1n3p08.png", 175733, 21118498}, {"s33n3p04.png", 121055, 15345455},
    {"z09n2c08.png", 120787, 14390315}, {"basn0g16.png", 147283, 18287045},
    {"basi0g16.png", 147283, 18287045}, {"24bit.bmp", 209162, 26000443},
    {"8bit.bmp", 165376, 20490953},
};

TEST(PngSuite, AllButTheCorruptFilesAreRead) {
  const std::vector<fs::path> files = png_suite();
  if (files.empty()) GTEST_SKIP() << "SCRAWL_TEST_DATA/pngsuite is not there";
  ::testing::internal::CaptureStderr();
  std::set<std::string_view> compared;
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    const auto read = [&] { return decode_picture(read_file(file), file.string()); };
    if (name.starts_with("x")) {
      const Error error = test::error_of(read);
      EXPECT_EQ(error.code(), ErrorCode::bad_data) << name;
      EXPECT_TRUE(test::mentions(error, {name}));
      continue;
    }
    GreyImage image;
    ASSERT_NO_THROW(image = read()) << name;
    std::uint64_t sum = 0;
    std::uint64_t weighted = 0;
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      sum += image.pixels[i];
      weighted += image.pixels[i] * (i % 251 + 1);
    }
    for (const Known& expected : known)
      if (expected.name == name) {
        compared.insert(expected.name);
        EXPECT_EQ(sum, expected.sum) << name;
        EXPECT_EQ(weighted, expected.weighted) << name;
      }
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(compared.size(), std::size(known));
}

}  // namespace
}  // namespace scrawl::png_reader_test
