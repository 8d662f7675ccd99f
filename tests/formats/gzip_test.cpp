#include "formats/gzip.h"

#include "testing.h"

#include <algorithm>

namespace scrawl::gzip_test {
namespace {

using test::bytes_of;
using test::error_of;
using test::mentions;

Bytes joined(std::initializer_list<Bytes> pieces) {
  Bytes all;
  for (const auto& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

const Bytes text = bytes_of("The quick brown fox jumps over the lazy dog, again and again and again.");

TEST(Gzip, RoundTrips) {
  Bytes ramp(300'000);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::byte>(i * i >> 5);
  for (const Bytes& content : {Bytes{}, text, Bytes(5'000'000, std::byte{7}), ramp}) {
    for (const int level : {1, 6, 9}) {
      const Bytes packed = gzip(content, level);
      EXPECT_TRUE(is_gzip(packed));
      EXPECT_EQ(gunzip(packed, "f"), content);
    }
  }
}

TEST(Gzip, EqualBytesGiveEqualFiles) {
  EXPECT_EQ(gzip(text), gzip(text));
  EXPECT_EQ(gzip(text)[4], std::byte{0}) << "no time stamp";
}

TEST(Gzip, RefusesAnUnknownLevel) {
  EXPECT_EQ(error_of([] { gzip(text, 17); }).code(), ErrorCode::invalid_argument);
}

TEST(Gzip, ReadsSeveralMembersAndZeroPadding) {
  const Bytes two = joined({gzip(text), gzip({}), gzip(text), Bytes(100)});
  EXPECT_EQ(gunzip(two, "f"), joined({text, text}));
}

TEST(Gzip, RecognisesItsMagicNumberOnly) {
  EXPECT_FALSE(is_gzip({}));
  EXPECT_FALSE(is_gzip(bytes_of("\x1f")));
  EXPECT_FALSE(is_gzip(bytes_of("PK")));
  EXPECT_TRUE(mentions(error_of([] { gunzip(bytes_of("PK34"), "a.gz"); }), {"a.gz", "byte 0", "1f 8b"}));
}

TEST(Gzip, RefusesEveryTruncation) {
  const Bytes packed = gzip(text);
  for (std::size_t length = 0; length < packed.size(); ++length) {
    const auto error = error_of([&] { gunzip(std::span(packed).first(length), "cut.gz"); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data);
    EXPECT_TRUE(mentions(error, {"cut.gz, byte"})) << length;
    EXPECT_LE(error.offset(), length);
  }
}

TEST(Gzip, RefusesTruncationOfALaterMember) {
  const Bytes whole = joined({gzip(text), gzip(text)});
  const std::size_t first = gzip(text).size();
  for (std::size_t length = first + 1; length < whole.size(); ++length)
    EXPECT_EQ(error_of([&] { gunzip(std::span(whole).first(length), "f"); }).code(), ErrorCode::bad_data);
}

TEST(Gzip, NoDamageChangesTheContentUnnoticed) {
  const Bytes packed = gzip(text);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < packed.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      Bytes damaged = packed;
      damaged[at] ^= static_cast<std::byte>(1 << bit);
      try {
        // Time, operating system and flags of the header say nothing about the content.
        EXPECT_EQ(gunzip(damaged, "f"), text);
        EXPECT_LT(at, 10U);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_data);
        ++refused;
      }
    }
  }
  EXPECT_GE(refused, 3 * (packed.size() - 10));
}

TEST(Gzip, SaysWhereDamageAndTrailingBytesAre) {
  Bytes wrong_sum = gzip(text);
  wrong_sum[wrong_sum.size() - 8] ^= std::byte{1};
  EXPECT_TRUE(mentions(error_of([&] { gunzip(wrong_sum, "f.gz"); }), {"f.gz, byte", "data check", "again"}));
  const Bytes packed = gzip(text);
  const auto trailing = error_of([&] { gunzip(joined({packed, bytes_of("x")}), "f.gz"); });
  EXPECT_EQ(trailing.offset(), packed.size());
}

TEST(Gzip, StopsAtTheSizeLimit) {
  const Bytes packed = gzip(text);
  EXPECT_EQ(gunzip(packed, "f", {.most_bytes = text.size()}), text);
  const auto error = error_of([&] { gunzip(packed, "f", {.most_bytes = text.size() - 1}); });
  EXPECT_EQ(error.code(), ErrorCode::bad_data);
  EXPECT_TRUE(mentions(error, {std::to_string(text.size() - 1)}));
  EXPECT_EQ(error_of([&] { gunzip(packed, "f", {.most_bytes = 0}); }).code(), ErrorCode::bad_data);
}

TEST(Gzip, StopsABombByItsRatio) {
  const Bytes bomb = gzip(Bytes(100'000'000));
  ASSERT_LT(bomb.size(), 200'000U);
  EXPECT_EQ(error_of([&] { gunzip(bomb, "bomb.gz"); }).code(), ErrorCode::bad_data);
  EXPECT_EQ(gunzip(bomb, "f", {.most_ratio = 2000}).size(), 100'000'000U);
  const Bytes small = gzip(Bytes(1'000'000));
  EXPECT_EQ(gunzip(small, "f").size(), 1'000'000U) << "small files may shrink that far";
  EXPECT_EQ(error_of([&] { gunzip(small, "f", {.free_bytes = 0}); }).code(), ErrorCode::bad_data);
}

}  // namespace
}  // namespace scrawl::gzip_test
