#include "kernels/gemm_reference.h"
#include "kernels/kernel_testing.h"

namespace scrawl::gemm_test {
namespace {

using kernels::Gemm;
using test::Draw;
using test::Guarded;
using test::lengths;
using test::same_bits;
using test::Values;

/// One matrix product with all its memory: A may be transposed, rows of all matrices may have gaps.
struct Product {
  std::size_t rows;
  std::size_t columns;
  std::size_t depth;
  bool transposed;
  bool with_bias;
  bool b_transposed;
  std::size_t a_stride;
  std::size_t b_stride;
  std::size_t c_stride;
  Guarded a;
  Guarded b;
  Guarded bias;

  Product(std::size_t m, std::size_t n, std::size_t k, Draw& draw, Values values = Values::ordinary)
      : rows(m),
        columns(n),
        depth(k),
        transposed(draw.below(2) == 0),
        with_bias(draw.below(2) == 0),
        b_transposed(draw.below(3) == 0),
        a_stride((transposed ? m : k) + draw.below(3)),
        b_stride((b_transposed ? k : n) + draw.below(2) * draw.below(20)),
        c_stride(n + draw.below(2) * draw.below(20)),
        a((transposed ? k : m) * a_stride, draw, values),
        b((b_transposed ? n : k) * b_stride, draw, values),
        bias(n, draw, values) {}

  float a_at(std::size_t m, std::size_t k) const {
    return a.data()[transposed ? k * a_stride + m : m * a_stride + k];
  }

  float b_at(std::size_t k, std::size_t n) const {
    return b.data()[b_transposed ? n * b_stride + k : k * b_stride + n];
  }

  /// All of C's memory, with the gaps in its rows.
  Guarded run(void (*gemm)(const Gemm<float>&)) const {
    Guarded c(rows * c_stride);
    gemm({.rows = rows,
          .columns = columns,
          .depth = depth,
          .a = a.data(),
          .a_row_stride = transposed ? 1 : a_stride,
          .a_depth_stride = transposed ? a_stride : 1,
          .b = b.data(),
          .b_stride = b_stride,
          .bias = with_bias ? bias.data() : nullptr,
          .c = c.data(),
          .c_stride = c_stride,
          .b_transposed = b_transposed});
    return c;
  }

  /// The definition: each element is its bias, then the products added in order of the depth.
  Guarded expected() const {
    Guarded c(rows * c_stride);
    for (std::size_t m = 0; m < rows; ++m)
      for (std::size_t n = 0; n < columns; ++n) {
        float sum = with_bias ? bias.data()[n] : 0;
        for (std::size_t k = 0; k < depth; ++k) sum = std::fma(a_at(m, k), b_at(k, n), sum);
        c.data()[m * c_stride + n] = sum;
      }
    return c;
  }

  std::string name() const {
    return std::to_string(rows) + "x" + std::to_string(columns) + "x" + std::to_string(depth) +
           (transposed ? " transposed" : "") + (with_bias ? " bias" : "") +
           (b_transposed ? " B transposed" : "");
  }
};

class GemmTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, GemmTest, ::testing::ValuesIn(supported_targets()), test::target_name);

TEST(GemmReference, IsTheTripleLoop) {
  Draw draw(1);
  for (int i = 0; i < 60; ++i) {
    const auto values = i % 2 == 0 ? Values::ordinary : Values::some_special;
    const Product product(1 + draw.below(20), 1 + draw.below(40), draw.below(30), draw, values);
    ASSERT_TRUE(same_bits(product.run(kernels::reference::gemm<float>), product.expected()))
        << product.name();
  }
}

TEST_P(GemmTest, GivesTheReferencesBitsForAllWidths) {
  Draw draw(2);
  for (const auto columns : lengths)
    for (const std::size_t rows : {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 29}) {
      const Product product(rows, columns, 1 + draw.below(9), draw);
      ASSERT_TRUE(same_bits(product.run(table().gemm), product.expected())) << product.name();
    }
}

// A single row has tiles of its own, up to eight vectors wide.
TEST_P(GemmTest, GivesTheReferencesBitsForOneRow) {
  Draw draw(3);
  for (std::size_t columns = 1; columns <= 300; ++columns) {
    const Product product(1, columns, 3, draw);
    ASSERT_TRUE(same_bits(product.run(table().gemm), product.expected())) << product.name();
  }
}

TEST_P(GemmTest, GivesTheReferencesBitsForRandomShapes) {
  Draw draw(4);
  for (int i = 0; i < 150; ++i) {
    const Product product(1 + draw.below(60), 1 + draw.below(140), draw.below(60), draw);
    ASSERT_TRUE(same_bits(product.run(table().gemm), product.run(kernels::reference::gemm<float>)))
        << product.name();
  }
}

TEST_P(GemmTest, GivesTheReferencesBitsForSpecialValues) {
  Draw draw(5);
  for (int i = 0; i < 200; ++i) {
    const Product product(1 + draw.below(20), 1 + draw.below(70), 1 + draw.below(4), draw,
                          Values::some_special);
    ASSERT_TRUE(same_bits(product.run(table().gemm), product.expected())) << product.name();
  }
}

TEST_P(GemmTest, ALongSumKeepsItsOrder) {
  Draw draw(6);
  for (const std::size_t rows : {1, 13}) {
    const Product product(rows, 50, 5000, draw);
    ASSERT_TRUE(same_bits(product.run(table().gemm), product.expected())) << product.name();
  }
}

/// Too large for the caches, or with so many rows that other ways of reading B are taken.
TEST_P(GemmTest, GivesTheReferencesBitsForLargeProducts) {
  Draw draw(11);
  struct Size {
    std::size_t rows, columns, depth;
  };
  for (const Size size : {Size{130, 100, 900}, Size{200, 600, 500}, Size{49, 150, 2100}, Size{1200, 17, 1000},
                          Size{32, 300, 256}, Size{17, 257, 130}, Size{64, 96, 200}, Size{65, 129, 449}})
    for (int i = 0; i < 4; ++i) {  // with and without a bias, A and B transposed or not
      const Product product(size.rows, size.columns, size.depth, draw);
      ASSERT_TRUE(same_bits(product.run(table().gemm), product.run(kernels::reference::gemm<float>)))
          << product.name();
    }
}

TEST_P(GemmTest, WithoutDepthGivesTheBias) {
  Draw draw(7);
  for (int i = 0; i < 10; ++i) {
    const Product product(1 + draw.below(9), 1 + draw.below(40), 0, draw);
    const Guarded c = product.run(table().gemm);
    for (std::size_t n = 0; n < product.columns; ++n)
      EXPECT_EQ(c.data()[n], product.with_bias ? product.bias.data()[n] : 0);
  }
}

TEST_P(GemmTest, WithoutRowsOrColumnsWritesNothing) {
  Draw draw(8);
  for (const Product& product : {Product(0, 9, 4, draw), Product(9, 0, 4, draw)}) {
    const Guarded c = product.run(table().gemm);
    for (const float value : c.all()) ASSERT_TRUE(Guarded::untouched(value));
  }
}

TEST_P(GemmTest, SumsColumnsInOrderOfTheRows) {
  Draw draw(10);
  for (const auto columns : lengths)
    for (const std::size_t rows : {0, 1, 2, 7, 100}) {
      const std::size_t stride = columns + draw.below(4);
      const Guarded in(rows * stride, draw, rows == 7 ? Values::some_special : Values::ordinary);
      Guarded out(columns);
      Guarded expected(columns);
      for (std::size_t c = 0; c < columns; ++c) {
        expected.data()[c] = 0;
        for (std::size_t r = 0; r < rows; ++r) expected.data()[c] += in.data()[r * stride + c];
      }
      table().column_sums(rows, columns, in.data(), stride, out.data());
      ASSERT_TRUE(same_bits(out, expected)) << rows << "x" << columns;
    }
}

}  // namespace
}  // namespace scrawl::gemm_test
