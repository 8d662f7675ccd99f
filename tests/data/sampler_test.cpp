#include "scrawl/dataset.h"

#include "testing.h"

#include <algorithm>
#include <numeric>

namespace scrawl::sampler_test {
namespace {

using Indices = std::vector<std::uint32_t>;

Indices at(BatchSampler& sampler, std::uint64_t step) {
  const auto indices = sampler.indices(step);
  return {indices.begin(), indices.end()};
}

Indices epoch(BatchSampler& sampler, std::uint64_t number) {
  Indices all;
  for (std::uint64_t step = 0; step < sampler.steps_per_epoch(); ++step) {
    const Indices batch = at(sampler, number * sampler.steps_per_epoch() + step);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  return all;
}

Indices counting(std::uint32_t n) {
  Indices all(n);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

TEST(BatchSampler, SequentialGoesThroughTheFileInOrder) {
  BatchSampler sampler(Sampling::sequential, 7, 3, 1);
  EXPECT_EQ(sampler.steps_per_epoch(), 3U);
  EXPECT_EQ(at(sampler, 0), (Indices{0, 1, 2}));
  EXPECT_EQ(at(sampler, 2), (Indices{6})) << "the last batch may be smaller";
  EXPECT_EQ(at(sampler, 3), (Indices{0, 1, 2}));
  BatchSampler one(Sampling::sequential, 1, 100, 1);
  EXPECT_EQ(at(one, 12345), (Indices{0}));
}

TEST(BatchSampler, ShuffledIsAnotherPermutationEachEpoch) {
  BatchSampler sampler(Sampling::shuffled, 100, 8, 1);
  EXPECT_EQ(sampler.steps_per_epoch(), 13U);
  Indices first = epoch(sampler, 0);
  Indices second = epoch(sampler, 1);
  EXPECT_NE(first, second);
  EXPECT_NE(first, counting(100));
  EXPECT_EQ(first, epoch(sampler, 0));
  for (Indices* permutation : {&first, &second}) {
    std::sort(permutation->begin(), permutation->end());
    EXPECT_EQ(*permutation, counting(100));
  }
}

TEST(BatchSampler, ShufflingIsFair) {
  constexpr int rounds = 20'000;
  std::vector<int> seen(24);
  BatchSampler sampler(Sampling::shuffled, 4, 4, 3);
  for (int round = 0; round < rounds; ++round) {
    const Indices p = at(sampler, static_cast<std::uint64_t>(round));
    Indices orders = counting(4);
    int rank = 0;
    while (orders != p) {
      std::next_permutation(orders.begin(), orders.end());
      ++rank;
    }
    ++seen[static_cast<std::size_t>(rank)];
  }
  for (const int count : seen) EXPECT_NEAR(count, rounds / 24.0, 150);
}

TEST(BatchSampler, WithReplacementDrawsEveryImageAlike) {
  BatchSampler sampler(Sampling::with_replacement, 10, 100, 1);
  EXPECT_EQ(sampler.steps_per_epoch(), 1U);
  EXPECT_EQ(BatchSampler(Sampling::with_replacement, 60'000, 32, 1).steps_per_epoch(), 1875U);
  EXPECT_EQ(BatchSampler(Sampling::with_replacement, 50'000, 32, 1).steps_per_epoch(), 1562U);
  std::vector<int> counts(10);
  for (std::uint64_t step = 0; step < 1000; ++step)
    for (const auto index : at(sampler, step)) ++counts.at(index);
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(BatchSampler, AStepDependsOnNothingBefore) {
  for (const auto sampling : {Sampling::sequential, Sampling::shuffled, Sampling::with_replacement}) {
    BatchSampler forward(sampling, 50, 7, 9);
    std::vector<Indices> expected;
    for (std::uint64_t step = 0; step < 40; ++step) expected.push_back(at(forward, step));
    BatchSampler backward(sampling, 50, 7, 9);
    for (std::uint64_t step = 40; step-- > 0;) EXPECT_EQ(at(backward, step), expected[step]);
  }
}

TEST(BatchSampler, SeedsAndLargeStepsDiffer) {
  for (const auto sampling : {Sampling::shuffled, Sampling::with_replacement}) {
    BatchSampler a(sampling, 1000, 10, 1);
    BatchSampler b(sampling, 1000, 10, 2);
    EXPECT_NE(at(a, 5), at(b, 5));
    EXPECT_NE(at(a, 5), at(a, 5 + (std::uint64_t{100} << 32)));
  }
}

// Checked against an independent implementation.
TEST(BatchSampler, GivesThePinnedBatches) {
  BatchSampler shuffled(Sampling::shuffled, 60'000, 5, 1);
  EXPECT_EQ(at(shuffled, 0), (Indices{32385, 14475, 25805, 22777, 13762}));
  BatchSampler drawn(Sampling::with_replacement, 60'000, 5, 1);
  EXPECT_EQ(at(drawn, 3), (Indices{24213, 20070, 41498, 25962, 33772}));
}

TEST(BatchSampler, AllocatesNothingPerStep) {
  BatchSampler sampler(Sampling::shuffled, 100, 10, 1);
  const auto* before = sampler.indices(0).data();
  EXPECT_EQ(sampler.indices(10).data(), before) << "the second epoch lies where the first lay";
}

}  // namespace
}  // namespace scrawl::sampler_test
