#include "scrawl/dataset.h"

#include "testing.h"

#include <algorithm>
#include <numeric>

namespace scrawl::data_loader_test {
namespace {

using test::error_of;

/// Image i has the pixels 10 i ... 10 i + 5 and the label i mod 3.
Dataset made_up(std::size_t count) {
  Dataset data{.name = "made-up", .shape = {1, 2, 3}, .classes = 3, .images = {}, .labels = {}, .sha256 = ""};
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t p = 0; p < 6; ++p) data.images.push_back(static_cast<std::uint8_t>(10 * i + p));
    data.labels.push_back(static_cast<std::uint8_t>(i % 3));
  }
  return data;
}

TEST(DataLoader, GoesThroughTheFileOneByOneUnlessToldOtherwise) {
  const Dataset data = made_up(4);
  DataLoader loader(data.view());
  EXPECT_EQ(loader.size(), 4U);
  std::uint32_t expected = 0;
  for (const Batch& batch : loader) {
    ASSERT_EQ(batch.size(), 1U);
    EXPECT_EQ(batch.indices[0], expected);
    EXPECT_EQ(batch.labels[0], expected % 3);
    EXPECT_EQ(batch.images(0, 5), static_cast<float>(10 * expected + 5) / 255.0F);
    EXPECT_EQ(batch.shape, (Shape{1, 1, 6}));
    EXPECT_TRUE(batch.one_hot.empty());
    ++expected;
  }
  EXPECT_EQ(expected, 4U);
}

TEST(DataLoader, TheLastBatchMayBeSmaller) {
  const Dataset data = made_up(7);
  DataLoader loader(data.view(), {.batch_size = 3, .flatten = false});
  EXPECT_EQ(loader.size(), 3U);
  std::vector<std::size_t> sizes;
  for (const Batch& batch : loader) {
    EXPECT_EQ(batch.images.rows(), batch.size());
    EXPECT_EQ(batch.shape, (Shape{1, 2, 3}));
    sizes.push_back(batch.size());
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 3, 1}));
  DataLoader large(data.view(), {.batch_size = 1000});
  EXPECT_EQ((*large.begin()).size(), 7U);
}

TEST(DataLoader, EveryLoopIsAnEpochWithItsOwnOrder) {
  const Dataset data = made_up(20);
  DataLoader loader(data.view(), {.batch_size = 6, .shuffle = true});
  std::vector<std::vector<std::uint32_t>> epochs(3);
  for (auto& seen : epochs)
    for (const Batch& batch : loader) {
      seen.insert(seen.end(), batch.indices.begin(), batch.indices.end());
      for (std::size_t r = 0; r < batch.size(); ++r) {
        ASSERT_EQ(batch.images(r, 0), static_cast<float>(10 * batch.indices[r]) / 255.0F);
        ASSERT_EQ(batch.labels[r], batch.indices[r] % 3);
      }
    }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_NE(epochs[1], epochs[2]);
  for (auto& seen : epochs) {
    std::sort(seen.begin(), seen.end());
    for (std::uint32_t i = 0; i < 20; ++i) ASSERT_EQ(seen[i], i);
  }
}

TEST(DataLoader, ALoopLeftEarlyIsFollowedByTheNextEpoch) {
  const Dataset data = made_up(20);
  const DataLoaderOptions options{.batch_size = 5, .shuffle = true, .seed = 4};
  DataLoader loader(data.view(), options);
  for (const Batch& batch : loader)
    if (batch.size() == 5) break;
  BatchSampler sampler(Sampling::shuffled, 20, 5, 4);
  EXPECT_TRUE(std::ranges::equal(loader.begin()->indices, sampler.indices(4)));
}

TEST(DataLoader, MakesOneHotRows) {
  const Dataset data = made_up(5);
  DataLoader loader(data.view(), {.batch_size = 2, .one_hot = true});
  for (const Batch& batch : loader) {
    ASSERT_EQ(batch.one_hot.rows(), batch.size());
    ASSERT_EQ(batch.one_hot.columns(), 3U);
    for (std::size_t r = 0; r < batch.size(); ++r)
      for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(batch.one_hot(r, c), c == batch.labels[r] ? 1 : 0);
  }
}

TEST(DataLoader, AppliesThePreprocessing) {
  const Dataset data = made_up(2);
  DataLoader loader(data.view(), {.batch_size = 2, .preprocessing = {.divisor = 1, .offset = 0.5F}});
  EXPECT_EQ(loader.begin()->images(1, 2), 12.5F);
}

TEST(DataLoader, KeepsItsBatchWhenMoved) {
  const Dataset data = made_up(4);
  DataLoader first(data.view(), {.batch_size = 4});
  const DataLoader::Iterator at = first.begin();
  const float* images = at->images.data();
  DataLoader second = std::move(first);
  EXPECT_EQ(second.begin()->images.data(), images);
}

TEST(DataLoader, RefusesWhatCannotBeLoaded) {
  const Dataset data = made_up(2);
  const auto code = [](const DatasetView& view, const DataLoaderOptions& options) {
    return error_of([&] { DataLoader loader(view, options); }).code();
  };
  EXPECT_EQ(code(data.view().slice(0, 0), {}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(data.view(), {.batch_size = 0}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(data.view(), {.preprocessing = {.mean = {1, 2}}}), ErrorCode::invalid_argument);
}

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
}  // namespace scrawl::data_loader_test
