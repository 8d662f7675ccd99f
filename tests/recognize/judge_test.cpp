#include "recognize/judge.h"

#include <gtest/gtest.h>

namespace scrawl::judge_test {
namespace {

/// Marks of one line side by side: '-' is none.
std::vector<NamedCandidate> line_of(const std::string& text, std::size_t height = 40, double level = 100,
                                    float confidence = 0.99F) {
  std::vector<NamedCandidate> line;
  for (std::size_t i = 0; i < text.size(); ++i)
    line.push_back({.value = text[i] == '-' ? std::string(no_digit) : std::string(1, text[i]),
                    .confidence = confidence,
                    .box = {.x = 30 * i, .y = 0, .width = 20, .height = height},
                    .level = level});
  return line;
}

std::vector<std::string> judged(std::vector<std::vector<NamedCandidate>> lines) {
  Page page;
  page.lines.resize(lines.size());
  judge(lines, page);
  std::vector<std::string> accepted;
  for (const auto& line : lines) {
    std::string text;
    for (const auto& mark : line)
      if (mark.accepted) text += mark.value;
    accepted.push_back(text);
  }
  return accepted;
}

using Texts = std::vector<std::string>;

TEST(Judge, NumbersAreAccepted) {
  EXPECT_EQ(judged({line_of("13540"), line_of("7"), line_of("1111")}), (Texts{"13540", "7", "1111"}));
}

TEST(Judge, ASignAtTheEndDoesNotSpoilANumber) { EXPECT_EQ(judged({line_of("263532-")}), (Texts{"263532"})); }

TEST(Judge, WordsAreRefused) {
  EXPECT_EQ(judged({line_of("13540"), line_of("--110"), line_of("5-1")}), (Texts{"13540", "", ""}));
}

TEST(Judge, WhatShowsThroughIsRefused) {
  EXPECT_EQ(judged({line_of("25413"), line_of("6719"), line_of("415", 40, 30)}),
            (Texts{"25413", "6719", ""}));
}

TEST(Judge, AFainterPenIsNot) {
  EXPECT_EQ(judged({line_of("25413"), line_of("6719", 40, 70)}), (Texts{"25413", "6719"}));
}

TEST(Judge, SmallPrintIsRefused) {
  EXPECT_EQ(judged({line_of("25413"), line_of("6719", 15)}), (Texts{"25413", ""}));
}

TEST(Judge, ALongStrokeByItselfIsNoOne) {
  EXPECT_EQ(judged({line_of("25413"), line_of("1", 90)}), (Texts{"25413", ""}));
}

TEST(Judge, MarksThatNobodyIsSureOfAreRefused) {
  EXPECT_EQ(judged({line_of("254", 40, 100, 0.5F)}), (Texts{""}));
}

TEST(Judge, TheHeadOfATableIsRefusedWhereItHoldsWords) {
  std::vector<std::vector<NamedCandidate>> lines{line_of("-"), line_of("8"), line_of("3"), line_of("46")};
  Page page;
  page.grids.push_back({.across = std::vector<RuleCurve>(5, RuleCurve{.places = {0}}),
                        .down = std::vector<RuleCurve>(3, RuleCurve{.places = {0}})});
  page.lines.resize(4);
  for (std::size_t i = 0; i < 4; ++i) {
    page.lines[i].grid = 0;
    page.lines[i].row = i / 2;
    page.lines[i].column = i % 2;
  }
  judge(lines, page);
  EXPECT_FALSE(lines[1][0].accepted);
  EXPECT_TRUE(lines[2][0].accepted);
  EXPECT_TRUE(lines[3][1].accepted);
}

}  // namespace
}  // namespace scrawl::judge_test
