#include "data/stratify.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <gtest/gtest.h>

namespace scrawl::stratify_test {
namespace {

using Labels = std::vector<std::uint8_t>;
using Numbers = std::vector<std::uint32_t>;

/// counts[c] images of each class, class by class.
Labels sorted_labels(const std::vector<std::size_t>& counts) {
  Labels labels;
  for (std::size_t c = 0; c < counts.size(); ++c)
    labels.insert(labels.end(), counts[c], static_cast<std::uint8_t>(c));
  return labels;
}

Numbers all(const Labels& labels) {
  Numbers numbers(labels.size());
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

std::map<int, std::size_t> count_classes(const Labels& labels, const Numbers& numbers) {
  std::map<int, std::size_t> counts;
  for (const auto number : numbers) ++counts[labels[number]];
  return counts;
}

using Counts = std::map<int, std::size_t>;

TEST(SortedByClass, IsSeenFromTheLabels) {
  EXPECT_TRUE(is_sorted_by_class(sorted_labels({3, 3, 3})));
  EXPECT_TRUE(is_sorted_by_class(Labels{2, 2, 0, 0, 1, 1}));  // in any order of the classes
  EXPECT_TRUE(is_sorted_by_class(Labels{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0}));  // hardly more
  Labels turns;
  for (int i = 0; i < 100; ++i) turns.push_back(static_cast<std::uint8_t>(i % 10));
  EXPECT_FALSE(is_sorted_by_class(turns));
  EXPECT_FALSE(is_sorted_by_class({}));
  EXPECT_FALSE(is_sorted_by_class(Labels{7, 7, 7}));  // one class has no order
  EXPECT_FALSE(is_sorted_by_class(Labels{1, 2, 3}));  // nor have single images
  EXPECT_FALSE(is_sorted_by_class(Labels{0, 1, 0, 1, 0, 1, 0, 1}));
}

TEST(DrawStratified, TakesOfEachClassItsShare) {
  const Labels labels = sorted_labels({60, 30, 10});
  EXPECT_EQ(count_classes(labels, draw_stratified(labels, all(labels), 50, 1)),
            (Counts{{0, 30}, {1, 15}, {2, 5}}));
  // 10 * 0.6 = 6, 10 * 0.3 = 3, 1; of 11 the largest remainder is that of class 0: 6.6, 3.3, 1.1.
  EXPECT_EQ(count_classes(labels, draw_stratified(labels, all(labels), 11, 1)),
            (Counts{{0, 7}, {1, 3}, {2, 1}}));
  EXPECT_TRUE(draw_stratified(labels, all(labels), 0, 1).empty());
  EXPECT_EQ(draw_stratified(labels, all(labels), 100, 1), all(labels));
}

TEST(DrawStratified, IsAFunctionOfTheSeed) {
  const Labels labels = sorted_labels({50, 50});
  const auto drawn = draw_stratified(labels, all(labels), 20, 7);
  EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
  EXPECT_EQ(draw_stratified(labels, all(labels), 20, 7), drawn);
  EXPECT_NE(draw_stratified(labels, all(labels), 20, 8), drawn);
  // Not the first nor the last of a class.
  EXPECT_NE(Numbers(drawn.begin(), drawn.begin() + 10), Numbers({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_GT(drawn[9], 25U);
  EXPECT_LT(drawn[0], 25U);
}

TEST(DrawStratified, LeavesEachClassAnImageAsLongAsItCan) {
  // Each class's share of 3 is 0.3, 0.3, 0.3 and 2.1; without care the first to get one more would be
  // emptied.
  const Labels labels = sorted_labels({1, 1, 1, 7});
  EXPECT_EQ(count_classes(labels, draw_stratified(labels, all(labels), 3, 1)), (Counts{{3, 3}}));
  EXPECT_EQ(count_classes(labels, draw_stratified(labels, all(labels), 6, 1)), (Counts{{3, 6}}));
  EXPECT_EQ(count_classes(labels, draw_stratified(labels, all(labels), 7, 1)).size(), 2U);
}

TEST(DrawStratified, LeavesOutWhatIsGone) {
  const Labels labels = sorted_labels({20, 20});
  const auto first = draw_stratified(labels, all(labels), 10, 3);
  Numbers rest;
  const Numbers every = all(labels);
  std::set_difference(every.begin(), every.end(), first.begin(), first.end(), std::back_inserter(rest));
  const auto second = draw_stratified(labels, rest, 10, 3);
  Numbers both;
  std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(both));
  EXPECT_TRUE(both.empty());
  EXPECT_EQ(count_classes(labels, second), (Counts{{0, 5}, {1, 5}}));
}

TEST(SomeImages, AreTheFirstUnlessTheSetIsSorted) {
  Dataset data{.shape = {1, 1, 1}, .classes = 3, .labels = {0, 1, 2, 0, 1, 2, 0, 1, 2}};
  data.images.resize(9);
  EXPECT_EQ(some_images(data.view(), 3), (std::vector<std::size_t>{0, 1, 2}));
  data.labels = {0, 0, 0, 1, 1, 1, 2, 2, 2};
  EXPECT_EQ(some_images(data.view(), 3), (std::vector<std::size_t>{0, 3, 6}));
  EXPECT_EQ(some_images(data.view(), 100).size(), 9U);
  EXPECT_TRUE(some_images(data.view(), 0).empty());
  EXPECT_TRUE(some_images({}, 5).empty());
}

}  // namespace
}  // namespace scrawl::stratify_test
