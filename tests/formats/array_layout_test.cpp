#include "formats/array_layout.h"

#include "testing.h"

#include <algorithm>
#include <numeric>

namespace scrawl::array_layout_test {
namespace {

using Shape = std::vector<std::size_t>;

template <class T>
std::vector<T> c_order(const std::vector<T>& values, const Shape& shape, bool fortran,
                       bool swap_bytes = false) {
  const Bytes bytes = to_c_order(std::as_bytes(std::span(values)), sizeof(T), shape, fortran, swap_bytes);
  std::vector<T> result(values.size());
  EXPECT_EQ(bytes.size(), values.size() * sizeof(T));
  std::copy(bytes.begin(), bytes.end(), std::as_writable_bytes(std::span(result)).begin());
  return result;
}

/// The slow way: each index of the result, looked up by the formula of Fortran order.
template <class T>
std::vector<T> by_formula(const std::vector<T>& values, const Shape& shape) {
  std::vector<T> result(values.size());
  for (std::size_t at = 0; at < values.size(); ++at) {
    std::size_t rest = at;
    std::size_t from = 0;
    for (std::size_t d = shape.size(); d-- > 0;) {
      const std::size_t index = rest % shape[d];
      rest /= shape[d];
      from += index * std::accumulate(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(d),
                                      std::size_t{1}, std::multiplies<>());
    }
    result[at] = values[from];
  }
  return result;
}

template <class T>
void expect_formula(const Shape& shape) {
  std::vector<T> values(std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>()));
  std::iota(values.begin(), values.end(), T{1});
  EXPECT_EQ(c_order(values, shape, true), by_formula(values, shape));
  EXPECT_EQ(c_order(values, shape, false), values);
}

TEST(ArrayLayout, BringsFortranOrderToCOrder) {
  // [[1 2 3], [4 5 6]] lies column after column.
  EXPECT_EQ(c_order<std::int32_t>({1, 4, 2, 5, 3, 6}, {2, 3}, true),
            (std::vector<std::int32_t>{1, 2, 3, 4, 5, 6}));
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{1, 1}, Shape{3, 1, 4}, Shape{1, 5, 1, 2, 1},
                             Shape{2, 3, 4, 5}, Shape{7, 0, 3}, Shape(12, 2)}) {
    expect_formula<std::uint8_t>(shape);
    expect_formula<std::uint16_t>(shape);
    expect_formula<float>(shape);
    expect_formula<double>(shape);
  }
}

TEST(ArrayLayout, ManyDimensionsOfOneCostNothing) {
  Shape shape(100'000, 1);
  shape.front() = 1000;
  shape.back() = 1000;
  std::vector<std::uint8_t> values(1'000'000);
  EXPECT_EQ(c_order(values, shape, true), values);
}

TEST(ArrayLayout, SwapsBytes) {
  EXPECT_EQ(c_order<std::uint16_t>({0x0102, 0x0304}, {2}, false, true),
            (std::vector<std::uint16_t>{0x0201, 0x0403}));
  EXPECT_EQ(c_order<std::uint64_t>({0x0102030405060708}, {}, false, true),
            (std::vector<std::uint64_t>{0x0807060504030201}));
  EXPECT_EQ(c_order<std::uint32_t>({1, 2, 3, 4}, {2, 2}, true, true),
            (std::vector<std::uint32_t>{0x01000000, 0x03000000, 0x02000000, 0x04000000}));
  EXPECT_EQ(c_order<std::uint8_t>({1, 2}, {2}, false, true), (std::vector<std::uint8_t>{1, 2}));
}

TEST(ArrayLayout, NamesTheTypesOfNumPy) {
  struct Case {
    const char* numpy;
    const char* safetensors;
    bool swap_bytes;
  };
  for (const Case& c : {Case{"<f4", "F32", false}, Case{">f4", "F32", true}, Case{"=f8", "F64", false},
                        Case{"f2", "F16", false}, Case{"|u1", "U8", false}, Case{">u1", "U8", false},
                        Case{">i8", "I64", true}, Case{"|b1", "BOOL", false}, Case{"<i2", "I16", false},
                        Case{"<u4", "U32", false}, Case{"i1", "I8", false}, Case{">u2", "U16", true}}) {
    bool swap_bytes = !c.swap_bytes;
    EXPECT_EQ(numpy_dtype(c.numpy, swap_bytes), c.safetensors) << c.numpy;
    EXPECT_EQ(swap_bytes, c.swap_bytes) << c.numpy;
  }
  for (const char* unknown : {"", "<", "f", "<<f4", "<f16", "<c8", "|O", "O", "<U5", "|S1", "<M8[ns]", "f4 ",
                              "F4", "b2", "?", "|V8"}) {
    bool swap_bytes = true;
    EXPECT_EQ(numpy_dtype(unknown, swap_bytes), "") << unknown;
    EXPECT_FALSE(swap_bytes);
  }
}

}  // namespace
}  // namespace scrawl::array_layout_test
