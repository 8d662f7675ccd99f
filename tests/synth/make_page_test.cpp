#include "synth/make_page.h"

#include "scrawl/error.h"

#include "base/sha256.h"
#include "testing.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::make_page_test {
namespace {

std::string hash_of(const DrawnPage& page) { return sha256_hex(std::as_bytes(std::span(page.image.pixels))); }

/// The grey below which a share of the pixels in the box lies.
std::uint8_t grey_at(const GreyImage& image, const Box& box, double share) {
  std::vector<std::uint8_t> values;
  for (std::size_t y = box.y; y < box.y + box.height; ++y)
    for (std::size_t x = box.x; x < box.x + box.width; ++x)
      values.push_back(image.pixels[y * image.width + x]);
  std::sort(values.begin(), values.end());
  return values.at(static_cast<std::size_t>(static_cast<double>(values.size() - 1) * share));
}

TEST(MakePage, TheSeedSaysEverything) {
  const DrawnPages what{.seed = 3};
  std::string hashes;
  for (std::size_t number = 0; number < 8; ++number) hashes += hash_of(make_page(what, number));
  // The same bits with every compiler, on every machine.
  EXPECT_EQ(sha256_hex(test::bytes_of(hashes)),
            "3b53c9c3784fced6478983bde4ad23c5d393f049dd68121a45f516fe8b1b7074");
  EXPECT_EQ(make_page(what, 3).image, make_page({.seed = 3, .count = 99}, 3).image);
  EXPECT_NE(make_page(what, 3).image, make_page({.seed = 4}, 3).image);
}

TEST(MakePage, KindsAreTakenInTurn) {
  const DrawnPages what{.kinds = {PageKind::sudoku, PageKind::plain}};
  EXPECT_EQ(make_page(what, 0).kind, PageKind::sudoku);
  EXPECT_EQ(make_page(what, 3).kind, PageKind::plain);
  EXPECT_EQ(make_page({}, 4).kind, PageKind::table);
}

TEST(MakePage, BoxesLieOnTheInk) {
  for (std::size_t number = 0; number < 16; ++number) {
    const DrawnPage page = make_page({.seed = 5}, number);
    for (const PageLine& line : page.lines)
      for (const PageDigit& digit : line.digits) {
        ASSERT_GT(digit.box.width, 1U);
        ASSERT_GT(digit.box.height, 4U);
        ASSERT_LE(digit.box.x + digit.box.width, page.image.width);
        ASSERT_LE(digit.box.y + digit.box.height, page.image.height);
        // Ink in the box, and a lighter paper around it.
        constexpr std::size_t more = 6;
        const Box around{.x = digit.box.x - std::min(more, digit.box.x),
                         .y = digit.box.y - std::min(more, digit.box.y),
                         .width = digit.box.width + more,
                         .height = digit.box.height + more};
        EXPECT_LT(grey_at(page.image, digit.box, 0.1) + 20, grey_at(page.image, around, 0.95))
            << "page " << number << ", line " << line.text << ", digit " << digit.value;
      }
  }
}

TEST(MakePage, LinesHaveTheTextOfTheirDigitsAndABoxAroundThem) {
  for (std::size_t number = 0; number < 16; ++number) {
    const DrawnPage page = make_page({}, number);
    EXPECT_EQ(page.lines.empty(), page.kind == PageKind::none);
    EXPECT_EQ(page.grids.size(), page.kind == PageKind::table || page.kind == PageKind::sudoku ? 1U : 0U);
    for (const PageLine& line : page.lines) {
      std::string text;
      for (const PageDigit& digit : line.digits) {
        text += digit.value;
        EXPECT_FALSE(digit.printed);
        EXPECT_GE(digit.box.x, line.box.x);
        EXPECT_GE(digit.box.y, line.box.y);
        EXPECT_LE(digit.box.x + digit.box.width, line.box.x + line.box.width);
        EXPECT_LE(digit.box.y + digit.box.height, line.box.y + line.box.height);
      }
      EXPECT_EQ(line.text, text);
    }
  }
}

TEST(MakePage, HasAsManyLinesAsItsPlan) {
  for (std::uint32_t number = 0; number < 16; ++number) {
    Chance chance(1, 2, number);
    const DrawnPage page = make_page({}, number);
    EXPECT_EQ(page.lines.size(), plan_page(page.kind, false, chance).lines.size());
  }
}

TEST(MakePage, RefusesWhatCannotBe) {
  EXPECT_TRUE(test::mentions(test::error_of([] { make_page({.touching = 1.5F}, 0); }), {"touching", "1.5"}));
  EXPECT_TRUE(
      test::mentions(test::error_of([] { make_page({.fonts = {"/no/such.ttf"}}, 0); }), {"/no/such.ttf"}));
  Dataset small{.shape = {1, 8, 8}, .classes = 10, .images = std::vector<std::uint8_t>(64), .labels = {0}};
  EXPECT_TRUE(test::mentions(test::error_of([&] { make_page({}, 0, small.view()); }), {"28x28", "8x8"}));
  EXPECT_TRUE(test::mentions(test::error_of([] { parse_page_kind("line"); }), {"line", "lined"}));
  EXPECT_EQ(parse_page_kind("sudoku"), PageKind::sudoku);
}

}  // namespace
}  // namespace scrawl::make_page_test
