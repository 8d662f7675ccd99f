#include "scrawl/dataset.h"

#include "testing.h"

#include <algorithm>

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

}  // namespace
}  // namespace scrawl::data_loader_test
