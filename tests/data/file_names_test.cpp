#include "data/file_names.h"

#include "scrawl/data_files.h"

#include "base/files.h"
#include "data/arrays.h"
#include "formats/gzip.h"
#include "formats/idx.h"
#include "testing.h"

#include <array>

namespace scrawl::file_names_test {
namespace {

using test::TempFolder;
using Octets = std::vector<std::uint8_t>;

TEST(FileNames, AreComparedWithoutCapitalsDotsAndDashes) {
  for (const char* name : {"t10k-images-idx3-ubyte", "T10K-IMAGES-IDX3-UBYTE", "t10k-images.idx3-ubyte.gz",
                           "T10k_Images IDX3.UBYTE.GZ"})
    EXPECT_EQ(plain_name(name), "t10k-images-idx3-ubyte");
  EXPECT_EQ(parse_data_name("T10K-LABELS-IDX1-UBYTE").part, Part::test);
  EXPECT_EQ(parse_data_name("T10k Images").part, Part::test);
  EXPECT_EQ(parse_data_name("T10K-LABELS-IDX1-UBYTE").role, DataName::Role::labels);
}

TEST(FileNames, OfSeveralThePlainestIsFound) {
  const TempFolder folder;
  const std::array names = {std::string("b"), std::string("a-x")};
  EXPECT_FALSE(find_file(folder.path(), names));
  write_file(folder / "A.X.GZ", "");
  EXPECT_EQ(find_file(folder.path(), names), folder / "A.X.GZ");
  write_file(folder / "a_x", "");
  EXPECT_EQ(find_file(folder.path(), names), folder / "a_x");
  make_folder(folder / "b");
  EXPECT_EQ(find_file(folder.path(), names), folder / "a_x");
  write_file(folder / "B.gz", "");
  EXPECT_EQ(find_file(folder.path(), names), folder / "B.gz");
}

struct Names {
  const char* images;
  const char* labels;
};

class Spellings : public ::testing::TestWithParam<Names> {};

TEST_P(Spellings, ArePairs) {
  const auto [images, labels] = GetParam();
  const TempFolder folder;
  const auto write = [&](const std::string& name, Bytes bytes) {
    write_file(folder / name, is_gzip_name(name) ? gzip(bytes) : bytes);
  };
  write(images, encode_idx(std::vector<std::size_t>{2, 1, 2}, Octets{1, 2, 3, 4}));
  write(labels, encode_idx(std::vector<std::size_t>{2}, Octets{0, 1}));
  for (const auto& source :
       {(folder / images).string(), (folder / labels).string(), folder.path().string()}) {
    const DataFiles files = read_data(source);
    ASSERT_EQ(files.parts.size(), 1U) << source;
    EXPECT_EQ(files.parts[0].data.images, (Octets{1, 2, 3, 4}));
    EXPECT_EQ(files.parts[0].data.labels, (Octets{0, 1}));
    if (source == folder.path().string()) {
      EXPECT_EQ(files.parts[0].part, Part::test);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(FileNames, Spellings,
                         ::testing::Values(Names{"T10K-IMAGES-IDX3-UBYTE", "T10K-LABELS-IDX1-UBYTE"},
                                           Names{"t10k-images.idx3-ubyte", "t10k-labels-idx1-ubyte"},
                                           Names{"t10k-images-idx3-ubyte", "t10k-labels.idx1-ubyte.gz"},
                                           Names{"T10K-IMAGES.IDX3-UBYTE.GZ", "t10k-labels.idx1-ubyte"},
                                           Names{"test_images.idx", "TEST-LABELS.IDX"},
                                           Names{"X_test.idx", "y-test.idx"},
                                           Names{"X_TEST.idx", "Y_TEST.idx"}));

TEST(FileNames, AGzipBesideItsUnpackedFormIsPassedOver) {
  const TempFolder folder;
  const auto images = encode_idx(std::vector<std::size_t>{2, 1, 2}, Octets{1, 2, 3, 4});
  const auto labels = encode_idx(std::vector<std::size_t>{2}, Octets{0, 1});
  write_file(folder / "TEST-IMAGES.IDX", images);
  write_file(folder / "test-images.idx.gz", gzip(images));
  write_file(folder / "test-labels.idx.gz", gzip(labels));
  make_folder(folder / "test-labels.idx");  // a folder is no unpacked form
  EXPECT_EQ(read_data(folder.path().string()).parts.size(), 1U);
}

TEST(FileNames, EndingsInCapitalsSayTheSame) {
  const TempFolder folder;
  std::vector<DataPart> parts(1);
  parts[0].data = {.shape = {1, 1, 2}, .classes = 2, .images = {1, 2, 3, 4}, .labels = {0, 1}};
  write_data(folder / "SET.PKL.GZ", DataFormat::pickle, parts);
  EXPECT_TRUE(is_gzip(read_file(folder / "SET.PKL.GZ")));
  EXPECT_EQ(read_data(folder.path().string()).format, DataFormat::pickle);  // a whole set by its ending
}

}  // namespace
}  // namespace scrawl::file_names_test
