#include "recognize/best_path.h"

#include <gtest/gtest.h>

namespace scrawl::best_path_test {
namespace {

constexpr std::size_t none = 10;

/// A line of pieces 20 wide and 40 high, side by side, of the marks that are given, and what a model says of
/// each run of pieces.
class Line {
 public:
  explicit Line(const std::vector<std::size_t>& marks) {
    LineOfPieces line{.height = 40};
    for (std::size_t i = 0; i < marks.size(); ++i)
      line.pieces.push_back({.box = {.x = 25 * i, .y = 0, .width = 20, .height = 40}, .mark = marks[i]});
    page_.lines.push_back(line);
  }

  /// Candidates in the order of Page::candidates.
  void add(std::size_t first, std::size_t end, std::size_t digit, float probability) {
    page_.candidates.push_back(
        {.first = first,
         .end = end,
         .box = {.x = 25 * first, .y = 0, .width = 25 * (end - first) - 5, .height = 40}});
    std::vector<float> row(none + 1);
    row[digit] = probability;
    row[digit == none ? 0 : none] = 1 - probability;
    probabilities_.insert(probabilities_.end(), row.begin(), row.end());
  }

  std::string read() const {
    const CandidateScores scores{probabilities_, none + 1, none};
    std::string text;
    for (const PathStep& step : best_path(page_, 0, 0, page_.candidates.size(), scores))
      text += step.is_digit ? std::to_string(scores.best_digit(step.candidate)) : "-";
    return text;
  }

 private:
  Page page_;
  std::vector<float> probabilities_;
};

TEST(BestPath, AMarkThatIsADigitIsNotDivided) {
  Line line({0, 0});
  line.add(0, 1, 1, 0.999F);
  line.add(0, 2, 8, 0.9F);
  line.add(1, 2, 3, 0.999F);
  EXPECT_EQ(line.read(), "8");
}

TEST(BestPath, AMarkThatIsNoneIsDividedWhereItsPartsAreSure) {
  Line line({0, 0});
  line.add(0, 1, 4, 0.98F);
  line.add(0, 2, none, 0.99F);
  line.add(1, 2, 2, 0.98F);
  EXPECT_EQ(line.read(), "42");
}

TEST(BestPath, AMarkThatIsNoneIsPassedOver) {
  Line line({0, 1, 2});
  line.add(0, 1, 5, 0.99F);
  line.add(1, 2, none, 0.97F);
  line.add(2, 3, 6, 0.99F);
  EXPECT_EQ(line.read(), "5-6");
}

TEST(BestPath, PartsOfADigitAreJoined) {
  Line line({0, 1});
  line.add(0, 1, none, 0.6F);
  line.add(0, 2, 5, 0.98F);
  line.add(1, 2, none, 0.99F);
  EXPECT_EQ(line.read(), "5");
}

TEST(BestPath, AnUnlikelyDivisionDoesNotPay) {
  Line line({0, 0});
  line.add(0, 1, 1, 0.6F);
  line.add(0, 2, none, 0.99F);
  line.add(1, 2, 7, 0.6F);
  EXPECT_EQ(line.read(), "-");
}

}  // namespace
}  // namespace scrawl::best_path_test
