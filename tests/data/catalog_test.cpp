#include "base/sha256.h"
#include "data/fetch.h"
#include "testing.h"

#include <algorithm>

namespace scrawl::catalog_test {
namespace {

using test::error_of;
using test::mentions;
using test::TempFolder;

TEST(Catalog, IsWellFormed) {
  EXPECT_EQ(known_datasets(), (std::vector<std::string_view>{"mnist", "fashion-mnist"}));
  for (const auto& set : catalog()) {
    EXPECT_EQ(&known_dataset(set.name), &set);
    EXPECT_FALSE(set.sources.empty());
    for (const auto* file : set.files()) {
      EXPECT_EQ(file->sha256.size(), 64U);
      EXPECT_TRUE(file->gzip_sha256.empty() || file->gzip_sha256.size() == 64);
      EXPECT_NE(file->name.find("-idx"), std::string_view::npos);
    }
  }
  const auto error = error_of([] { known_dataset("minst"); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error, {"'minst'", "did you mean 'mnist'"}));
}

TEST(LoadDataset, NamesTheCommandThatFetches) {
  const TempFolder cache;
  const auto error = error_of([&] { load_dataset("mnist", Part::test, false, {.cache = cache.path()}); });
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_TRUE(mentions(error, {(cache / "mnist" / "t10k").string(), "scrawl data get mnist"}));
  EXPECT_EQ(error_of([] { load_dataset("nmist", Part::test); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { load_mnist(cache.path()); }).code(), ErrorCode::not_found);
}

/// Runs where the set has been fetched before; the tests need no network.
class RealSet : public ::testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Catalog, RealSet, ::testing::ValuesIn(known_datasets()));

TEST_P(RealSet, IsWhatWasPublished) {
  const auto folder = default_cache() / GetParam();
  for (const Part part : {Part::train, Part::test}) {
    const KnownDataset& set = known_dataset(GetParam());
    const KnownPart& files = part == Part::train ? set.train : set.test;
    if (!std::filesystem::exists(folder / files.images.name))
      GTEST_SKIP() << GetParam() << " is not in the cache";
    const Dataset data = load_dataset(GetParam(), part);
    EXPECT_EQ(data.name, GetParam());
    EXPECT_EQ(data.size(), part == Part::train ? 60'000U : 10'000U);
    EXPECT_EQ(data.shape, (Shape{1, 28, 28}));
    EXPECT_EQ(data.images.size(), data.size() * 784);
    EXPECT_EQ(*std::max_element(data.labels.begin(), data.labels.end()), 9);
    Sha256 hash;
    hash.add(std::as_bytes(std::span(data.images)));
    hash.add(std::as_bytes(std::span(data.labels)));
    EXPECT_EQ(data.sha256, hash.hex());
    if (GetParam() == "mnist") {
      EXPECT_EQ(data.labels[0], part == Part::train ? 5 : 7);
    }
  }
}

TEST(LoadMnist, FindsTheFilesInTheRootOrWhereTorchvisionPutsThem) {
  const auto cached = default_cache() / "mnist";
  if (!std::filesystem::exists(cached / "t10k-images-idx3-ubyte"))
    GTEST_SKIP() << "MNIST is not in the cache";
  EXPECT_EQ(load_mnist(cached, false).size(), 10'000U);
  const TempFolder root;
  std::filesystem::create_directories(root / "MNIST");
  std::filesystem::create_directory_symlink(cached, root / "MNIST" / "raw");
  EXPECT_EQ(load_mnist(root.path(), false).size(), 10'000U);
}

}  // namespace
}  // namespace scrawl::catalog_test
