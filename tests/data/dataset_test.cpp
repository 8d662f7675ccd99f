#include "scrawl/dataset.h"

#include "scrawl/data_files.h"

#include "base/files.h"
#include "base/sha256.h"
#include "formats/gzip.h"
#include "formats/idx.h"
#include "testing.h"

namespace scrawl::dataset_test {
namespace {

using test::error_of;
using test::mentions;
using test::TempFolder;

using Octets = std::vector<std::uint8_t>;

TEST(Part, HasNames) {
  for (const Part part : {Part::train, Part::validation, Part::test})
    EXPECT_EQ(parse_part(to_string(part)), part);
  EXPECT_EQ(to_string(Part::validation), "validation");
  const auto error = error_of([] { parse_part("tset"); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error, {"'tset'", "did you mean 'test'"}));
}

TEST(DatasetView, SlicesShareTheBytes) {
  const Dataset data{.name = "d",
                     .shape = {1, 1, 2},
                     .classes = 9,
                     .images = {1, 2, 3, 4, 5, 6},
                     .labels = {7, 8, 0},
                     .sha256 = ""};
  const DatasetView middle = data.view().slice(1, 2);
  EXPECT_EQ(middle.size(), 2U);
  EXPECT_EQ(middle.labels[0], 8);
  EXPECT_EQ(middle.image(1)[0], 5);
  EXPECT_EQ(middle.images.data(), data.images.data() + 2);
  EXPECT_EQ(middle.classes, 9U);
  EXPECT_EQ(middle.slice(1, 1).image(0)[1], 6);
  EXPECT_EQ(data.view().slice(3, 0).size(), 0U);
  for (const auto& range : {std::pair<std::size_t, std::size_t>{0, 4}, {3, 1}, {4, 0}, {1, ~std::size_t{0}}})
    EXPECT_EQ(error_of([&] { data.view().slice(range.first, range.second); }).code(),
              ErrorCode::invalid_argument);
}

class IdxPair : public ::testing::Test {
 protected:
  void write(const std::vector<std::size_t>& image_shape, const Octets& labels) {
    std::size_t bytes = 1;
    for (const std::size_t length : image_shape) bytes *= length;
    Octets images(bytes);
    for (std::size_t i = 0; i < bytes; ++i) images[i] = static_cast<std::uint8_t>(i);
    write_file(folder_ / "images", encode_idx(image_shape, images));
    write_file(folder_ / "labels", encode_idx(std::vector<std::size_t>{labels.size()}, labels));
  }
  Dataset read(std::size_t classes = 10) {
    return read_idx_pair(folder_ / "images", folder_ / "labels", classes);
  }

  TempFolder folder_;
};

TEST_F(IdxPair, ReadsPicturesVectorsAndChannels) {
  write({2, 3, 4}, {1, 9});
  EXPECT_EQ(read().shape, (Shape{1, 3, 4}));
  EXPECT_EQ(read().images[12], 12);
  EXPECT_EQ(read().labels, (Octets{1, 9}));
  write({2, 5}, {1, 9});
  EXPECT_EQ(read().shape, (Shape{1, 1, 5}));
  write({2, 3, 4, 5}, {1, 9});
  EXPECT_EQ(read().shape, (Shape{3, 4, 5}));
}

TEST_F(IdxPair, ReadsGzipToTheSameDataset) {
  write({2, 3, 4}, {1, 9});
  const Dataset raw = read();
  const Bytes packed = gzip(read_file(folder_ / "images"));
  AtomicFile file(folder_ / "images");
  file.write(packed);
  file.commit();
  EXPECT_EQ(read().images, raw.images);
  EXPECT_EQ(read().sha256, raw.sha256);
}

TEST_F(IdxPair, HashesImagesThenLabels) {
  write({2, 1, 2}, {4, 5});
  const Octets all = {0, 1, 2, 3, 4, 5};
  EXPECT_EQ(read().sha256, sha256_hex(std::as_bytes(std::span(all))));
}

TEST_F(IdxPair, RefusesLabelsBeyondTheClasses) {
  write({3, 2, 2}, {0, 25, 26});
  const auto error = error_of([&] { read(26); });
  EXPECT_EQ(error.code(), ErrorCode::bad_data);
  EXPECT_TRUE(mentions(error, {"labels, byte 10", "label 26", "26"}));
  EXPECT_EQ(read(27).classes, 27U);
  EXPECT_EQ(error_of([&] { read(0); }).code(), ErrorCode::bad_data);
}

TEST_F(IdxPair, RefusesFilesThatDoNotBelongTogether) {
  write({3, 2, 2}, {0, 1});
  EXPECT_TRUE(mentions(error_of([&] { read(); }), {"labels, byte 4", "2 labels for the 3 images", "images"}));
  write({3}, {0, 1, 2});
  EXPECT_TRUE(mentions(error_of([&] { read(); }), {"images", "swapped"}));
  write({3, 2, 2}, {0, 1, 2});
  const auto swapped = error_of([&] { read_idx_pair(folder_ / "images", folder_ / "images"); });
  EXPECT_TRUE(mentions(swapped, {"swapped"}));
  EXPECT_EQ(error_of([&] { read_idx_pair(folder_ / "none", folder_ / "labels"); }).code(),
            ErrorCode::not_found);
}

}  // namespace
}  // namespace scrawl::dataset_test
