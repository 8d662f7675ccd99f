#include "formats/zip.h"

#include "testing.h"

#include <algorithm>
#include <cstring>
#include <ctime>

namespace scrawl::zip_test {
namespace {

using test::bytes_of;
using test::EnvironmentGuard;
using test::error_of;
using test::mentions;

const Bytes text = bytes_of("The quick brown fox jumps over the lazy dog, again and again and again.");

std::vector<ZipEntry> two_files() { return {{"first.txt", text}, {"folder/second.txt", Bytes(300)}}; }

/// Where the `index`-th record with this signature begins.
std::size_t record(const Bytes& bytes, std::string_view signature, int index) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::size_t at = all.find(signature);
  while (index-- > 0) at = all.find(signature, at + 1);
  return at;
}
std::size_t local(const Bytes& bytes, int index) { return record(bytes, "PK\x03\x04", index); }
std::size_t central(const Bytes& bytes, int index) { return record(bytes, "PK\x01\x02", index); }

void put(Bytes& bytes, std::size_t at, std::string_view value) {
  std::ranges::copy(std::as_bytes(std::span(value)), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}
void put_number(Bytes& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

Error refused(const Bytes& bytes, const UnpackLimits& limits = {}) {
  const auto error = error_of([&] { read_zip(bytes, "a.zip", limits); });
  EXPECT_EQ(error.file(), "a.zip");
  return error;
}

TEST(Zip, RoundTrips) {
  Bytes ramp(300'000);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::byte>(i * i >> 5);
  const std::vector<ZipEntry> entries = {
      {"a", {}}, {"folder/b.txt", text}, {"\xe6\x95\xb0", ramp}, {"d e", Bytes(2'000'000, std::byte{7})}};
  const Bytes packed = encode_zip(entries);
  EXPECT_TRUE(is_zip(packed));
  const auto again = read_zip(packed, "f");
  ASSERT_EQ(again.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(again[i].name, entries[i].name);
    EXPECT_EQ(again[i].data, entries[i].data);
  }
}

TEST(Zip, AnArchiveMayBeEmpty) {
  EXPECT_TRUE(is_zip(encode_zip({})));
  EXPECT_TRUE(read_zip(encode_zip({}), "f").empty());
}

TEST(Zip, EqualEntriesGiveEqualBytesInEveryTimeZone) {
  const Bytes here = encode_zip(two_files());
  for (const char* zone : {"UTC", "Asia/Tokyo", "America/New_York", "Pacific/Apia", "Africa/Monrovia"}) {
    const EnvironmentGuard guard("TZ", zone);
    ::tzset();
    EXPECT_EQ(encode_zip(two_files()), here) << zone;
  }
  ::tzset();
  EXPECT_EQ(here[local(here, 0) + 10], std::byte{0});
  EXPECT_EQ(here[local(here, 0) + 12], std::byte{0x21}) << "the first of January";
}

TEST(Zip, RecognisesItsMagicNumberOnly) {
  EXPECT_FALSE(is_zip({}));
  EXPECT_FALSE(is_zip(bytes_of("PK")));
  EXPECT_FALSE(is_zip(bytes_of("PK\x07\x08")));
  EXPECT_TRUE(is_zip(bytes_of("PK\x05\x06")));
  EXPECT_TRUE(mentions(refused(bytes_of("\x1f\x8b")), {"a.zip, byte 0", "begin with 'PK'"}));
}

TEST(Zip, RefusesEveryTruncation) {
  const Bytes whole = encode_zip(two_files());
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_EQ(refused({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}).code(),
              ErrorCode::bad_data)
        << length;
}

TEST(Zip, NoDamageChangesTheContentUnnoticed) {
  const Bytes whole = encode_zip(two_files());
  std::size_t refused_count = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {1, 8, 128, 255}) {
      Bytes damaged = whole;
      damaged[at] ^= static_cast<std::byte>(flip);
      try {
        for (const auto& entry : read_zip(damaged, "f"))
          EXPECT_TRUE(entry.data == text || entry.data == Bytes(300)) << at;
      } catch (const Error& error) {
        EXPECT_EQ(error.file(), "f");
        ++refused_count;
      }
    }
  }
  EXPECT_GT(refused_count, whole.size());
}

TEST(Zip, SkipsFolders) {
  Bytes packed = encode_zip(two_files());
  put(packed, local(packed, 0) + 30, "folders1/");
  put(packed, central(packed, 0) + 46, "folders1/");
  const auto entries = read_zip(packed, "f");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].name, "folder/second.txt");
}

TEST(Zip, RefusesWhatItCannotRead) {
  Bytes encrypted = encode_zip(two_files());
  encrypted[local(encrypted, 1) + 6] |= std::byte{1};
  encrypted[central(encrypted, 1) + 8] |= std::byte{1};
  EXPECT_TRUE(mentions(refused(encrypted), {"a.zip: entry 'folder/second.txt' is encrypted", "password"}));
  EXPECT_EQ(refused(encrypted).code(), ErrorCode::unsupported);

  for (const int method : {1, 9, 12, 14, 93, 95, 98}) {
    Bytes other = encode_zip(two_files());
    other[local(other, 0) + 8] = static_cast<std::byte>(method);
    other[central(other, 0) + 10] = static_cast<std::byte>(method);
    EXPECT_TRUE(mentions(refused(other), {"'first.txt'", "method " + std::to_string(method), "deflate"}));
    EXPECT_EQ(refused(other).code(), ErrorCode::unsupported);
  }
}

TEST(Zip, RefusesNamesUsedTwice) {
  Bytes packed = encode_zip(std::vector<ZipEntry>{{"a.txt", text}, {"b.txt", text}});
  put(packed, local(packed, 1) + 30, "a.txt");
  put(packed, central(packed, 1) + 46, "a.txt");
  EXPECT_TRUE(mentions(refused(packed), {"entry 'a.txt'", "twice"}));
}

TEST(Zip, RefusesAWrongChecksum) {
  Bytes packed = encode_zip(two_files());
  packed[local(packed, 1) + 14] ^= std::byte{1};
  packed[central(packed, 1) + 16] ^= std::byte{1};
  EXPECT_TRUE(mentions(refused(packed), {"entry 'folder/second.txt' is damaged", "CRC"}));
  EXPECT_EQ(refused(packed).code(), ErrorCode::bad_data);
}

TEST(Zip, RefusesAWrongSize) {
  for (const std::uint32_t size : {0U, 70U, 72U, 0x10'0000U, 0x7fff'ffffU}) {
    Bytes packed = encode_zip(two_files());
    put_number(packed, local(packed, 0) + 22, size);
    put_number(packed, central(packed, 0) + 24, size);
    EXPECT_TRUE(mentions(refused(packed), {"entry 'first.txt'"})) << size;
  }
}

TEST(Zip, BoundsTheWholeContent) {
  const Bytes packed = encode_zip(two_files());
  EXPECT_EQ(read_zip(packed, "f", {.most_bytes = text.size() + 300}).size(), 2U);
  const auto error = refused(packed, {.most_bytes = text.size() + 299});
  EXPECT_EQ(error.code(), ErrorCode::bad_data);
  EXPECT_TRUE(mentions(error, {"'folder/second.txt'", std::to_string(text.size() + 299), "--unpack-limit"}));
}

TEST(Zip, StopsABombByItsRatio) {
  const Bytes bomb = encode_zip(std::vector<ZipEntry>{{"a", Bytes(50'000'000)}, {"b", Bytes(50'000'000)}});
  ASSERT_LT(bomb.size(), 200'000U);
  EXPECT_TRUE(mentions(refused(bomb), {"'a'", "--unpack-ratio"}));
  EXPECT_EQ(read_zip(bomb, "f", {.most_ratio = 2000}).size(), 2U);
}

TEST(Zip, RefusesEntriesOverTheSameBytes) {
  Bytes ramp(3000);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::byte>(i * i * i >> 7);
  Bytes packed = encode_zip(std::vector<ZipEntry>{{"a", ramp}, {"b", text}, {"c", text}});
  // All descriptions after the first now point to its data, but keep their names.
  for (int i = 1; i < 3; ++i) {
    std::memcpy(packed.data() + central(packed, i) + 8, packed.data() + central(packed, 0) + 8, 20);
    put_number(packed, central(packed, i) + 42, 0);
  }
  EXPECT_TRUE(mentions(refused(packed), {"'b' claims more bytes than the archive has left"}));
}

TEST(Zip, RefusesTooManyEntriesBeforeTheyTakeTime) {
  std::string entries = "PK\x03\x04";
  for (int i = 0; i < 16385; ++i) entries += "PK\x01\x02";
  EXPECT_TRUE(mentions(refused(bytes_of(entries)), {"more than 16384 entries"}));
  std::string ends = "PK\x03\x04";
  for (int i = 0; i < 1000; ++i) ends += "PK\x05\x06" + std::string(18, '\0');
  EXPECT_TRUE(mentions(refused(bytes_of(ends)), {"several ends"}));
  EXPECT_EQ(error_of([] { encode_zip(std::vector<ZipEntry>(16385)); }).code(), ErrorCode::invalid_argument);
}

TEST(Zip, BelievesNoCountOfEntries) {
  const Bytes packed = encode_zip(two_files());
  const std::size_t end = record(packed, "PK\x05\x06", 0);
  for (const char count : {'\0', '\1', '\3', '\xff'}) {
    Bytes changed = packed;
    put(changed, end + 8, std::string(4, count));
    EXPECT_EQ(refused(changed).code(), ErrorCode::bad_data) << int{count};
  }
  // The 64-bit form counts up to 2^64.
  const auto number = [](std::uint64_t value, std::size_t bytes) {
    return std::string(reinterpret_cast<const char*>(&value), bytes);
  };
  std::uint32_t size = 0;
  std::uint32_t start = 0;
  std::memcpy(&size, packed.data() + end + 12, 4);
  std::memcpy(&start, packed.data() + end + 16, 4);
  for (const std::uint64_t count : {std::uint64_t{2}, std::uint64_t{1} << 26, ~std::uint64_t{0}}) {
    const std::string large = "PK\x06\x06" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) +
                              number(count, 8) + number(count, 8) + number(size, 8) + number(start, 8) +
                              "PK\x06\x07" + number(0, 4) + number(end, 8) + number(1, 4) + "PK\x05\x06" +
                              number(0, 4) + std::string(12, '\xff') + number(0, 2);
    Bytes changed(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(end));
    const Bytes tail = bytes_of(large);
    changed.insert(changed.end(), tail.begin(), tail.end());
    if (count == 2)
      EXPECT_EQ(read_zip(changed, "f").size(), 2U);
    else
      EXPECT_EQ(refused(changed).code(), ErrorCode::bad_data) << count;
  }
}

TEST(Zip, ReadsAsManyEntriesAsItAllows) {
  std::vector<ZipEntry> entries(16384);
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i] = {std::to_string(i), {}};
  EXPECT_EQ(read_zip(encode_zip(entries), "f").size(), entries.size());
}

TEST(Zip, TheWriterRefusesWhatItCouldNotReadBack) {
  for (const auto& name : {std::string(), std::string("a/"), std::string("a\0b", 3), std::string("\xff")})
    EXPECT_EQ(error_of([&] {
                encode_zip(std::vector<ZipEntry>{{name, text}});
              }).code(),
              ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error_of([] { encode_zip(std::vector<ZipEntry>{{"a", {}}, {"a", {}}}); }), {"'a'"}));
}

}  // namespace
}  // namespace scrawl::zip_test
