#include "formats/tensor.h"

#include "testing.h"

#include <cmath>
#include <limits>

namespace scrawl::tensor_test {
namespace {

using test::error_of;
using test::mentions;

template <class T>
TensorView tensor_of(std::string dtype, std::span<const T> values) {
  return {"x", std::move(dtype), {values.size()}, std::as_bytes(values)};
}

template <class T>
std::vector<float> floats(const char* dtype, const std::vector<T>& values) {
  return to_floats(tensor_of<T>(dtype, values), "file");
}

TEST(Tensor, ConvertsNumbersToFloats) {
  EXPECT_EQ(floats<float>("F32", {0.1F, -2}), (std::vector<float>{0.1F, -2}));
  EXPECT_EQ(floats<double>("F64", {0.1, 1e300}),
            (std::vector<float>{0.1F, std::numeric_limits<float>::infinity()}));
  EXPECT_EQ(floats<std::uint8_t>("U8", {0, 255}), (std::vector<float>{0, 255}));
  EXPECT_EQ(floats<std::int8_t>("I8", {-128, 127}), (std::vector<float>{-128, 127}));
  EXPECT_EQ(floats<std::int64_t>("I64", {-1, 1 << 20}), (std::vector<float>{-1, 1 << 20}));
  EXPECT_EQ(floats<std::uint16_t>("U16", {65535}), (std::vector<float>{65535}));
}

TEST(Tensor, WidensHalfPrecision) {
  // Examples of the binary16 format: one, the largest, the smallest normal and subnormal, minus two.
  EXPECT_EQ(floats<std::uint16_t>("F16", {0x3c00, 0x7bff, 0x0400, 0x0001, 0xc000, 0x3555}),
            (std::vector<float>{1, 65504, 0x1p-14F, 0x1p-24F, -2, 0.333251953125F}));
  const auto special = floats<std::uint16_t>("F16", {0x7c00, 0xfc00, 0x7e00, 0x8000});
  EXPECT_EQ(special[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(special[1], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(special[2]));
  EXPECT_TRUE(std::signbit(special[3]));
  EXPECT_EQ(floats<std::uint16_t>("BF16", {0x3f80, 0xc000, 0x7f80}),
            (std::vector<float>{1, -2, std::numeric_limits<float>::infinity()}));
}

TEST(Tensor, RefusesTypesThatItCannotConvert) {
  EXPECT_TRUE(mentions(error_of([] { floats<std::uint8_t>("F8_E4M3", {1}); }), {"file", "'x'", "F8_E4M3"}));
}

TEST(Tensor, CountsWithoutOverflow) {
  constexpr std::size_t large = std::size_t{1} << 33;
  EXPECT_EQ(tensor_size("F32", std::vector<std::size_t>{2, 3}), 24U);
  EXPECT_EQ(tensor_size("F64", std::vector<std::size_t>{}), 8U);
  EXPECT_EQ(tensor_size("F64", std::vector<std::size_t>{large, large, 0}), 0U);
  EXPECT_EQ(tensor_size("F64", std::vector<std::size_t>{large, large}), std::nullopt);
  EXPECT_EQ(tensor_size("F64", std::vector<std::size_t>{large, large >> 4}), std::nullopt);
  EXPECT_EQ(count_values(std::vector<std::size_t>{large, large >> 4}), std::size_t{1} << 62);
}

TEST(Tensor, PrintsShapesAsNumPyDoes) {
  EXPECT_EQ(shape_text(std::vector<std::size_t>{100, 784}), "(100, 784)");
  EXPECT_EQ(shape_text(std::vector<std::size_t>{3}), "(3,)");
  EXPECT_EQ(shape_text({}), "()");
}

}  // namespace
}  // namespace scrawl::tensor_test
