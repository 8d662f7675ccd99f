#include "kernels/convert_reference.h"
#include "kernels/kernel_testing.h"

namespace scrawl::convert_test {
namespace {

using kernels::ByteScale;
using test::Draw;
using test::Guarded;
using test::lengths;
using test::same_bits;

class ConvertTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, ConvertTest, ::testing::ValuesIn(supported_targets()), test::target_name);

const std::vector<ByteScale> scales = {{},
                                       {.factor = 0.99F, .offset = 0.01F},
                                       {.divisor = 1},
                                       {.divisor = 256},
                                       {.divisor = 127.5F, .offset = -1}};

TEST_P(ConvertTest, GivesTheReferencesBits) {
  Draw draw(1);
  for (const auto& scale : scales)
    for (const auto n : lengths) {
      std::vector<std::uint8_t> bytes(n);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(draw.below(256));
      Guarded out(n);
      Guarded expected(n);
      table().scale_bytes(n, scale, bytes.data(), out.data());
      kernels::reference::scale_bytes(n, scale, bytes.data(), expected.data());
      ASSERT_TRUE(same_bits(out, expected)) << n;
    }
}

TEST_P(ConvertTest, DividesThenMultipliesAndAddsAtOnce) {
  std::vector<std::uint8_t> bytes(256);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  for (const auto& scale : scales) {
    std::vector<float> out(256);
    table().scale_bytes(256, scale, bytes.data(), out.data());
    for (std::size_t i = 0; i < 256; ++i)
      ASSERT_EQ(out[i], std::fma(static_cast<float>(i) / scale.divisor, scale.factor, scale.offset));
  }
}

TEST_P(ConvertTest, TheDefaultIsZeroToOne) {
  const std::vector<std::uint8_t> bytes = {0, 51, 255};
  std::vector<float> out(3);
  table().scale_bytes(3, {}, bytes.data(), out.data());
  EXPECT_EQ(out, (std::vector<float>{0, 51.0F / 255, 1}));
}

}  // namespace
}  // namespace scrawl::convert_test
