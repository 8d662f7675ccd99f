#include "synth/page_plan.h"

#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>

namespace scrawl::page_plan_test {
namespace {

constexpr std::array kinds = {PageKind::plain, PageKind::lined, PageKind::squared, PageKind::boxed,
                              PageKind::table, PageKind::form,  PageKind::sudoku,  PageKind::none};

PagePlan planned(PageKind kind, std::uint32_t number, bool has_fonts = true) {
  Chance chance(1, 0, number);
  return plan_page(kind, has_fonts, chance);
}

TEST(PagePlan, KeepsNumbersWithinThePage) {
  for (const PageKind kind : kinds)
    for (std::uint32_t number = 0; number < 60; ++number) {
      const PagePlan plan = planned(kind, number);
      EXPECT_EQ(plan.kind, kind);
      for (const auto& line : plan.lines) {
        EXPECT_FALSE(line.empty());
        for (const PageNumber& one : line) {
          EXPECT_FALSE(one.text.empty());
          const float digit = one.pitch > 0 ? one.pitch : one.height;
          EXPECT_GT(one.left, 0) << to_string(kind) << ' ' << number;
          EXPECT_LT(one.left + digit * static_cast<float>(one.text.size()), plan.width)
              << to_string(kind) << ' ' << number;
          EXPECT_GT(one.baseline - one.height, 0) << to_string(kind) << ' ' << number;
          EXPECT_LT(one.baseline, plan.height) << to_string(kind) << ' ' << number;
        }
      }
    }
}

TEST(PagePlan, OnlyAPageOfTheKindNoneHasNoNumbers) {
  for (const PageKind kind : kinds)
    for (std::uint32_t number = 0; number < 60; ++number)
      EXPECT_EQ(planned(kind, number).lines.empty(), kind == PageKind::none)
          << to_string(kind) << ' ' << number;
}

TEST(PagePlan, WithoutFontsNothingIsPrinted) {
  for (const PageKind kind : kinds)
    for (std::uint32_t number = 0; number < 30; ++number) {
      const PagePlan plan = planned(kind, number, false);
      EXPECT_TRUE(plan.labels.empty());
      for (const auto& line : plan.lines)
        for (const PageNumber& one : line) EXPECT_FALSE(one.printed);
    }
}

TEST(PagePlan, ALineOfLinedPaperStandsOnARule) {
  for (std::uint32_t number = 0; number < 30; ++number) {
    const PagePlan plan = planned(PageKind::lined, number);
    for (const auto& line : plan.lines) {
      const bool stands = std::any_of(plan.rules.begin(), plan.rules.end(), [&](const PageRule& rule) {
        return rule.from.y == rule.to.y && std::abs(rule.from.y - line[0].baseline) < 8;
      });
      EXPECT_TRUE(stands) << number;
    }
  }
}

}  // namespace
}  // namespace scrawl::page_plan_test
