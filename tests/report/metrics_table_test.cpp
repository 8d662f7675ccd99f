#include "report/metrics_table.h"

#include "base/files.h"
#include "testing.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

namespace scrawl {
namespace {

using test::mentions;

constexpr const char* header =
    "step,epoch,learning_rate,loss,batch_accuracy,train_accuracy,validation_accuracy,test_accuracy\n";

class Metrics : public ::testing::Test {
 protected:
  std::vector<MetricsRow> read(const std::string& text) const {
    write_file(folder / "metrics.csv", text);
    return read_metrics(folder / "metrics.csv");
  }
  Error refusal(const std::string& text) const {
    return test::error_of([&] { read(text); });
  }
  test::TempFolder folder;
};

TEST_F(Metrics, AreReadByTheNamesOfTheColumns) {
  const auto rows =
      read(std::string(header) + "1,0.5,0.1,2.25,0.1,0.2,,0.4\n2,1,0.1,nan,0.1,,,\n3,1.5,0.1,cut");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].step, 1);
  EXPECT_EQ(rows[0].epoch, 0.5);
  EXPECT_EQ(rows[0].loss, 2.25F);
  EXPECT_EQ(rows[0].train, 0.2F);
  EXPECT_TRUE(std::isnan(rows[0].validation));
  EXPECT_EQ(rows[0].test, 0.4F);
  EXPECT_TRUE(std::isnan(rows[1].loss));
  EXPECT_TRUE(read(header).empty());
  EXPECT_TRUE(read("").empty());
}

TEST_F(Metrics, OthersFilesAreRefusedWithTheLine) {
  EXPECT_TRUE(mentions(refusal("a,b\n1,2\n"), {"metrics.csv", "no column 'step'", "train again"}));
  EXPECT_TRUE(mentions(refusal(std::string(header) + "1,1,,x\x1b,,,,\n"), {"line 2", "x\\x1b"}));
  EXPECT_TRUE(mentions(refusal(std::string(header) + "1,1\n"), {"line 2", "2 fields and not 8"}));
  for (const char* row : {"-1,1,,,,,,\n", ",1,,,,,,\n", "inf,1,,,,,,\n", "5,1,,,,,,\n4,1,,,,,,\n"})
    EXPECT_EQ(refusal(std::string(header) + row).code(), ErrorCode::bad_data) << row;
  EXPECT_TRUE(mentions(refusal(std::string(10'000, ',') + "\n"), {"metrics.csv", "line 1", "10000 bytes"}));
  EXPECT_EQ(test::error_of([] { read_metrics("/nonexistent"); }).code(), ErrorCode::not_found);
}

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
}  // namespace scrawl
