#include "synth/page_plan.h"

#include <gtest/gtest.h>

namespace scrawl::page_nothing_test {
namespace {

TEST(PageNothing, HasEmptyRuledScribbledAndLetteredPagesAndNoDigits) {
  std::size_t empty = 0;
  std::size_t ruled = 0;
  std::size_t scribbled = 0;
  std::size_t lettered = 0;
  for (std::uint32_t number = 0; number < 100; ++number) {
    Chance chance(1, 0, number);
    const PagePlan plan = plan_nothing(true, chance);
    EXPECT_TRUE(plan.lines.empty());
    EXPECT_TRUE(plan.grids.empty());
    for (const PageLabel& label : plan.labels)
      EXPECT_EQ(label.text.find_first_of("0123456789"), std::string::npos) << label.text;
    const bool has_text = !plan.words.empty() || !plan.labels.empty();
    lettered += has_text ? 1 : 0;
    scribbled += plan.scribbles.empty() ? 0 : 1;
    ruled += plan.rules.empty() ? 0 : 1;
    empty += plan.rules.empty() && plan.scribbles.empty() && !has_text ? 1 : 0;
  }
  EXPECT_GT(empty, 2U);
  EXPECT_GT(ruled, 40U);
  EXPECT_GT(scribbled, 10U);
  EXPECT_GT(lettered, 10U);
}

}  // namespace
}  // namespace scrawl::page_nothing_test
