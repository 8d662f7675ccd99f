#include "synth/page_paper.h"

#include <gtest/gtest.h>

namespace scrawl::page_paper_test {
namespace {

PagePlan small_page() {
  PagePlan plan{.kind = PageKind::lined, .width = 100, .height = 60};
  rule_across(plan, 30, 1, 0, 100);
  return plan;
}

TEST(PagePaper, RulesTakeTheLightThatTheirDarknessSays) {
  const PagePlan plan = small_page();
  PageLayers layers(plan);
  Chance chance(1, 0, 0);
  print_paper(layers, plan, {}, chance);
  layers.rule_darkness = 0.4F;
  EXPECT_EQ(reflected(layers, 50, 10), 1);
  EXPECT_NEAR(reflected(layers, 50, 30), 0.6, 1e-6);
}

TEST(PagePaper, ThePenCoversRules) {
  const PagePlan plan = small_page();
  PageLayers layers(plan);
  layers.pen_darkness = 0.5F;
  layers.rule_darkness = 0.2F;
  layers.pen(50, 30) = 1;
  layers.rules(50, 30) = 1;
  EXPECT_NEAR(reflected(layers, 50.5F, 30.5F), 0.4, 1e-6);
  EXPECT_NEAR(reflected(layers, 51, 30.5F), (0.4 + 1) / 2, 1e-6);
}

TEST(PagePaper, TheBordersOfThePageCanBeAskedFor) {
  PageLayers layers(small_page());
  for (const float x : {0.0F, 100.0F})
    for (const float y : {0.0F, 60.0F}) EXPECT_EQ(reflected(layers, x, y), 1);
}

TEST(PagePaper, ThePenIsDarkerThanRulesOfBoughtPaper) {
  for (std::uint32_t number = 0; number < 50; ++number) {
    Chance chance(1, 0, number);
    const PageLayers layers = lay_paper(small_page(), chance);
    EXPECT_GT(layers.pen_darkness, layers.rule_darkness);
  }
}

}  // namespace
}  // namespace scrawl::page_paper_test
