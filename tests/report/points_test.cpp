#include "report/points.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

namespace scrawl::points_test {
namespace {

TEST(JoinPoints, AgreesWithTheNaiveWay) {
  std::vector<Point> points;
  for (int i = 0; i < 1000; ++i)
    points.push_back({static_cast<double>(i + i / 3), i % 50 == 7 ? NAN : std::sin(0.37 * i)});
  for (const std::size_t most : {1, 2, 7, 100, 600, 5000}) {
    std::map<std::size_t, std::vector<Point>> parts;
    const double first = points.front().x;
    const double last = points.back().x;
    for (const auto& point : points)
      if (!std::isnan(point.y))
        parts[std::min(most - 1, static_cast<std::size_t>((point.x - first) / (last - first) *
                                                          static_cast<double>(most)))]
            .push_back(point);
    const auto bins = join_points(points, most);
    ASSERT_EQ(bins.size(), parts.size());
    std::size_t i = 0;
    for (const auto& [part, members] : parts) {
      double x = 0;
      double y = 0;
      double low = members[0].y;
      double high = low;
      for (const auto& point : members) {
        x += point.x;
        y += point.y;
        low = std::min(low, point.y);
        high = std::max(high, point.y);
      }
      const auto size = static_cast<double>(members.size());
      EXPECT_NEAR(bins[i].x, x / size, 1e-9);
      EXPECT_NEAR(bins[i].mean, y / size, 1e-12);
      EXPECT_EQ(bins[i].low, low);
      EXPECT_EQ(bins[i].high, high);
      ++i;
    }
  }
}

TEST(JoinPoints, TakesNoPointsOnePointAndNoneThatIsFinite) {
  EXPECT_TRUE(join_points({}, 10).empty());
  const std::vector<Point> one = {{3, 2}};
  ASSERT_EQ(join_points(one, 10).size(), 1U);
  EXPECT_EQ(join_points(one, 10)[0].mean, 2);
  const std::vector<Point> same = {{3, 2}, {3, 4}};
  ASSERT_EQ(join_points(same, 10).size(), 1U);
  EXPECT_EQ(join_points(same, 10)[0].mean, 3);
  const std::vector<Point> none = {{3, NAN}, {4, INFINITY}};
  EXPECT_TRUE(join_points(none, 10).empty());
}

}  // namespace
}  // namespace scrawl::points_test
