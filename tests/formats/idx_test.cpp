#include "formats/idx.h"

#include "formats/gzip.h"
#include "testing.h"

#include <numeric>

namespace scrawl::idx_test {
namespace {

using test::error_of;
using test::mentions;
using test::TempFolder;

using Octets = std::vector<std::uint8_t>;

std::span<const std::byte> as_span(const Octets& octets) { return std::as_bytes(std::span(octets)); }

Octets octets(const Bytes& bytes) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return {first, first + bytes.size()};
}

/// Two images of 2x3 pixels, written out by hand.
const Octets images = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

TEST(Idx, ReadsTheFormat) {
  const IdxArray array = parse_idx(images, "f");
  EXPECT_EQ(array.shape, (std::vector<std::size_t>{2, 2, 3}));
  EXPECT_EQ(array.values, (Octets{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(Idx, ReadsGzipByItsContent) {
  const IdxArray array = parse_idx(octets(gzip(as_span(images))), "no-gz-in-the-name");
  EXPECT_EQ(array.shape, (std::vector<std::size_t>{2, 2, 3}));
  EXPECT_EQ(array.values.back(), 12);
}

TEST(Idx, DimensionsAreBigEndian) {
  Octets labels = {0, 0, 8, 1, 0, 1, 0, 2};
  labels.resize(labels.size() + 65538, 9);
  EXPECT_EQ(parse_idx(labels, "f").shape, std::vector<std::size_t>{65538});
}

TEST(Idx, WritesWhatItReads) {
  const TempFolder folder;
  const std::vector<std::vector<std::size_t>> shapes = {{7}, {3, 2}, {2, 2, 3}, {2, 3, 4, 5}, {70000}};
  for (const auto& shape : shapes) {
    Octets values(std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>()));
    std::iota(values.begin(), values.end(), std::uint8_t{5});
    write_file(folder / "f", encode_idx(shape, values));
    const IdxArray array = read_idx(folder / "f");
    EXPECT_EQ(array.shape, shape);
    EXPECT_EQ(array.values, values);
    EXPECT_EQ(encode_idx(shape, values), read_file(folder / "f"));
  }
  EXPECT_EQ(encode_idx(std::vector<std::size_t>{2, 2, 3}, parse_idx(images, "f").values).size(),
            images.size());
}

TEST(Idx, RefusesEveryTruncationAndSaysWhere) {
  for (std::size_t length = 0; length < images.size(); ++length) {
    const Octets cut(images.begin(), images.begin() + static_cast<std::ptrdiff_t>(length));
    const auto error = error_of([&] { parse_idx(cut, "cut"); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data);
    EXPECT_EQ(error.offset(), length);
    EXPECT_EQ(error.file(), "cut");
  }
  EXPECT_TRUE(mentions(error_of([] { parse_idx(Octets(images.begin(), images.end() - 5), "f"); }),
                       {"7 of 12 values", "again"}));
}

TEST(Idx, RefusesEveryTruncationOfACompressedFile) {
  const Octets packed = octets(gzip(as_span(images)));
  for (std::size_t length = 0; length < packed.size(); ++length) {
    const Octets cut(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(error_of([&] { parse_idx(cut, "f"); }).code(), ErrorCode::bad_data);
  }
}

TEST(Idx, EveryOtherHeaderByteIsRefusedOrMeansThatShape) {
  for (std::size_t at = 0; at < 16; ++at) {
    for (int value = 0; value < 256; ++value) {
      Octets changed = images;
      changed[at] = static_cast<std::uint8_t>(value);
      if (changed == images) continue;
      const auto error = error_of([&] { parse_idx(changed, "f"); });
      EXPECT_EQ(error.code(), ErrorCode::bad_data) << at << " " << value;
      EXPECT_TRUE(error.offset().has_value());
    }
  }
}

TEST(Idx, NamesWhatIsWrong) {
  const auto error_with = [](std::size_t at, std::uint8_t value) {
    Octets changed = images;
    changed[at] = value;
    return error_of([&] { parse_idx(changed, "train-images"); });
  };
  EXPECT_TRUE(mentions(error_with(0, 1), {"train-images, byte 0", "two zero bytes"}));
  EXPECT_TRUE(mentions(error_with(1, 1), {"byte 1"}));
  EXPECT_TRUE(mentions(error_with(2, 0x0d), {"byte 2", "32-bit floats", "unsigned bytes"}));
  EXPECT_TRUE(mentions(error_with(2, 0x55), {"byte 2", "85"}));
  EXPECT_TRUE(mentions(error_with(3, 0), {"byte 3", "1 to 4"}));
  EXPECT_TRUE(mentions(error_with(3, 5), {"byte 3", "5 dimensions"}));
  EXPECT_TRUE(mentions(error_with(11, 0), {"byte 8", "dimension 2 is zero"}));
}

TEST(Idx, RefusesTrailingBytesAndSaysWhereTheyBegin) {
  Octets longer = images;
  longer.resize(longer.size() + 3);
  EXPECT_TRUE(mentions(error_of([&] { parse_idx(longer, "f"); }), {"byte 28", "3 bytes after"}));
  const auto packed = error_of([&] { parse_idx(octets(gzip(as_span(longer))), "f.gz"); });
  EXPECT_TRUE(mentions(packed, {"f.gz, byte 28", "unpacked"}));
}

TEST(Idx, RefusesDimensionsThatOverflow) {
  Octets huge = {0, 0, 8, 4};
  huge.resize(20, 0xff);
  EXPECT_TRUE(mentions(error_of([&] { parse_idx(huge, "f"); }), {"byte 12", "dimensions multiply"}));
  // 2^16 to the fourth power is 2^64: no values at all if it wrapped around.
  Octets wraps = {0, 0, 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0};
  EXPECT_TRUE(mentions(error_of([&] { parse_idx(wraps, "f"); }), {"byte 16"}));
}

TEST(Idx, AMissingFileIsNotFound) {
  EXPECT_EQ(error_of([] { read_idx("/no/such/file"); }).code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace scrawl::idx_test
