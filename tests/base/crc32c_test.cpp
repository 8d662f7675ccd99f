#include "base/crc32c.h"

#include "testing.h"

#include <algorithm>
#include <numeric>

namespace scrawl::crc32c_test {
namespace {

TEST(Crc32c, GivesTheSumsOfTheStandard) {
  // RFC 3720, appendix B.4, whose listing gives the bytes of each sum in reverse.
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0})), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xff})), 0x62a8ab43U);
  std::vector<std::uint8_t> counted(32);
  std::iota(counted.begin(), counted.end(), std::uint8_t{0});
  EXPECT_EQ(crc32c(std::as_bytes(std::span(counted))), 0x46dd794eU);
  std::reverse(counted.begin(), counted.end());
  EXPECT_EQ(crc32c(std::as_bytes(std::span(counted))), 0x113fdb5cU);
}

TEST(Crc32c, HasTheUsualCheckValueAndIsZeroForNothing) {
  EXPECT_EQ(crc32c(test::bytes_of("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c({}), 0U);
}

}  // namespace
}  // namespace scrawl::crc32c_test
