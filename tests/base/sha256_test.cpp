#include "base/sha256.h"

#include "testing.h"

namespace scrawl::sha256_test {
namespace {

using test::bytes_of;

// FIPS 180-4, examples of the standard.
TEST(Sha256, GivesThePublishedSums) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(bytes_of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::vector<std::byte>(1'000'000, std::byte{'a'})),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, AddsUpPiecesAndStartsAfresh) {
  Sha256 hash;
  for (int round = 0; round < 2; ++round) {
    hash.add(bytes_of("a"));
    hash.add({});
    hash.add(bytes_of("bc"));
    EXPECT_EQ(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
}

}  // namespace
}  // namespace scrawl::sha256_test
