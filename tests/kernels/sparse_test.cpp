#include "kernels/gemm_reference.h"
#include "kernels/kernel_testing.h"

// The forms of the matrix product that one training step of a single image is made of.
namespace scrawl::sparse_test {
namespace {

using kernels::Descent;
using kernels::Gemm;
using test::Draw;
using test::Guarded;
using test::lengths;
using test::same_bits;

class StepGemmTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, StepGemmTest, ::testing::ValuesIn(supported_targets()), test::target_name);

/// A matrix of which four of five values are 0, some of them -0.
Guarded mostly_zeros(std::size_t size, Draw& draw) {
  Guarded values(size);
  for (auto& value : values.inside()) {
    const auto kind = draw.below(10);
    value = kind < 7 ? 0.0F : kind == 7 ? -0.0F : draw.uniform(-3, 3);
  }
  return values;
}

TEST_P(StepGemmTest, SparseSumsLeaveOutZerosAndKeepTheirOrder) {
  Draw draw(1);
  for (const auto columns : lengths)
    for (const std::size_t depth : {0, 1, 15, 16, 17, 784, 1023, 1024, 1025, 2500}) {
      const std::size_t rows = 1 + draw.below(3);
      const std::size_t a_stride = depth + draw.below(3);
      const std::size_t b_stride = columns + draw.below(20);
      const bool with_bias = draw.below(2) == 0;
      const Guarded a = mostly_zeros(rows * a_stride, draw);
      const Guarded b(depth * b_stride, draw);
      const Guarded bias(columns, draw);
      const auto run = [&](void (*gemm)(const Gemm<float>&)) {
        Guarded c(rows * columns);
        gemm({.rows = rows,
              .columns = columns,
              .depth = depth,
              .a = a.data(),
              .a_row_stride = a_stride,
              .b = b.data(),
              .b_stride = b_stride,
              .bias = with_bias ? bias.data() : nullptr,
              .c = c.data(),
              .c_stride = columns});
        return c;
      };
      const Guarded sparse = run(table().sparse_gemm);
      ASSERT_TRUE(same_bits(sparse, run(kernels::reference::sparse_gemm<float>))) << columns << ", " << depth;
      // With finite weights the zeros add nothing, so the dense sum has the same bits.
      ASSERT_TRUE(same_bits(sparse, run(table().gemm))) << columns << ", " << depth;
    }
}

TEST_P(StepGemmTest, SparseSumsNeverTouchWeightsOfZeros) {
  Draw draw(2);
  const std::size_t depth = 40;
  const std::size_t columns = 21;
  const Guarded a = mostly_zeros(depth, draw);
  Guarded b(depth * columns, draw);
  for (std::size_t k = 0; k < depth; ++k)
    for (std::size_t n = 0; a.data()[k] == 0 && n < columns; ++n)
      b.data()[k * columns + n] = std::numeric_limits<float>::quiet_NaN();
  Guarded c(columns);
  table().sparse_gemm({.rows = 1,
                       .columns = columns,
                       .depth = depth,
                       .a = a.data(),
                       .a_row_stride = depth,
                       .b = b.data(),
                       .b_stride = columns,
                       .c = c.data(),
                       .c_stride = columns});
  for (const float value : c.inside()) EXPECT_TRUE(std::isfinite(value));
}

/// The weights after a fused step, and after the gradient and the update one after the other.
TEST_P(StepGemmTest, AFusedStepHasTheBitsOfGradientAndUpdate) {
  Draw draw(3);
  for (const auto columns : lengths)
    for (const std::size_t depth : {1, 2, 5, 32})
      for (const std::size_t rows : {1, 2, 3, 7, 12, 13, 40}) {
        const Descent<float> descent{0.1F, draw.below(2) == 0 ? 0.0F : 0.01F};
        const std::size_t c_stride = columns + draw.below(2) * draw.below(20);
        const Guarded a(depth * rows, draw);
        const Guarded b(depth * columns, draw);
        const Guarded weights(rows * c_stride, draw);
        const auto step = [&](void (*gemm)(const Gemm<float>&), const Descent<float>* fused) {
          Guarded c = weights;
          gemm({.rows = rows,
                .columns = columns,
                .depth = depth,
                .a = a.data(),
                .a_row_stride = 1,
                .a_depth_stride = rows,
                .b = b.data(),
                .b_stride = columns,
                .c = c.data(),
                .c_stride = c_stride,
                .descent = fused});
          return c;
        };
        const Guarded fused = step(table().gemm, &descent);
        ASSERT_TRUE(same_bits(fused, step(kernels::reference::gemm<float>, &descent)))
            << rows << "x" << columns;

        const Guarded gradient = step(kernels::reference::gemm<float>, nullptr);
        Guarded expected = weights;
        for (std::size_t m = 0; m < rows; ++m)
          table().update_sgd(columns, {.learning_rate = descent.learning_rate, .l2 = descent.l2},
                             gradient.data() + m * c_stride, expected.data() + m * c_stride);
        ASSERT_TRUE(same_bits(fused, expected)) << rows << "x" << columns << "x" << depth;
      }
}

/// A gradient over more samples than one block holds, from a matrix as it lies or transposed.
TEST_P(StepGemmTest, AFusedStepOverManySamplesHasTheReferencesBits) {
  Draw draw(5);
  const Descent<float> descent{0.1F, 0.01F};
  for (const std::size_t depth : {449, 1100})
    for (const std::size_t columns : {30, 200})
      for (const bool a_transposed : {false, true})
        for (const bool b_transposed : {false, true}) {
          const std::size_t rows = 61;
          const Guarded a(rows * depth, draw);
          const Guarded b(columns * depth, draw);
          const Guarded weights(rows * columns, draw);
          const auto step = [&](void (*gemm)(const Gemm<float>&)) {
            Guarded c = weights;
            gemm({.rows = rows,
                  .columns = columns,
                  .depth = depth,
                  .a = a.data(),
                  .a_row_stride = a_transposed ? 1 : depth,
                  .a_depth_stride = a_transposed ? rows : 1,
                  .b = b.data(),
                  .b_stride = b_transposed ? depth : columns,
                  .c = c.data(),
                  .c_stride = columns,
                  .descent = &descent,
                  .b_transposed = b_transposed});
            return c;
          };
          ASSERT_TRUE(same_bits(step(table().gemm), step(kernels::reference::gemm<float>)))
              << columns << "x" << depth;
        }
}

}  // namespace
}  // namespace scrawl::sparse_test
