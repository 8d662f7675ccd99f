#include "kernels/gemm_reference.h"
#include "kernels/kernel_testing.h"
#include "kernels/listed_gemm_reference.h"
#include "kernels/softmax_reference.h"

namespace scrawl::listed_gemm_test {
namespace {

using kernels::list_end;
using kernels::list_room;
using test::Draw;
using test::Guarded;
using test::lengths;
using test::same_bits;
using test::Values;

class ListedGemmTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, ListedGemmTest, ::testing::ValuesIn(supported_targets()),
                         test::target_name);

/// Bytes of which `of_ten` in ten are not 0.
std::vector<std::uint8_t> random_bytes(std::size_t n, std::size_t of_ten, Draw& draw) {
  std::vector<std::uint8_t> bytes(n);
  for (auto& byte : bytes)
    byte = draw.below(10) < of_ten ? static_cast<std::uint8_t>(1 + draw.below(255)) : std::uint8_t{0};
  return bytes;
}

/// What a function that lists gives.
template <class F>
std::vector<std::uint32_t> listed(std::size_t n, const F& list) {
  std::vector<std::uint32_t> entries(n + list_room);
  entries.resize(list(entries.data()));
  return entries;
}

TEST_P(ListedGemmTest, ListsTheBytesOfOneAndOfTwoImages) {
  const std::vector<std::uint8_t> a = {0, 7, 0, 0, 255};
  const std::vector<std::uint8_t> b = {0, 0, 1, 0, 2};
  EXPECT_EQ(listed(5, [&](auto* list) { return table().list_bytes(5, a.data(), b.data(), list); }),
            (std::vector<std::uint32_t>{0x10700, 0x20001, 0x4ff02}));
  EXPECT_EQ(listed(5, [&](auto* list) { return table().list_bytes(5, a.data(), nullptr, list); }),
            (std::vector<std::uint32_t>{0x10700, 0x4ff00}));
}

TEST_P(ListedGemmTest, ListsBytesAsTheReferenceDoes) {
  Draw draw(1);
  for (const auto n : lengths)
    for (const std::size_t of_ten : {0, 2, 10}) {
      const auto a = random_bytes(n, of_ten, draw);
      const auto b = random_bytes(n, of_ten, draw);
      for (const auto* second : {b.data(), static_cast<const std::uint8_t*>(nullptr)})
        ASSERT_EQ(
            listed(n, [&](auto* list) { return table().list_bytes(n, a.data(), second, list); }),
            listed(n, [&](auto* list) { return kernels::reference::list_bytes(n, a.data(), second, list); }))
            << n;
    }
}

TEST_P(ListedGemmTest, ListsNumbersAsTheReferenceDoes) {
  Draw draw(2);
  for (const auto n : lengths) {
    const Guarded x(n, draw, Values::some_special);
    const Guarded y(n, draw, Values::some_special);
    for (const auto* second : {y.data(), static_cast<const float*>(nullptr)})
      ASSERT_EQ(
          listed(n, [&](auto* list) { return table().list_nonzero(n, x.data(), second, list); }),
          listed(n, [&](auto* list) { return kernels::reference::list_nonzero(n, x.data(), second, list); }))
          << n;
  }
}

/// A product whose rows have lists, two rows each.
struct Problem {
  std::size_t rows, columns, depth;
  bool bytes;
  std::size_t stride = depth + list_room;
  std::vector<float> x = std::vector<float>(rows * depth);
  std::vector<std::uint32_t> lists = std::vector<std::uint32_t>((rows + 1) / 2 * stride);
  std::vector<float> w = std::vector<float>(depth * columns);
  std::vector<float> bias = std::vector<float>(columns);

  void fill(Draw& draw) {
    const auto images = random_bytes(x.size(), 3, draw);
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = bytes ? images[i] : draw.below(2) == 0 ? 0.0F : draw.uniform(-1, 1);
    for (auto& value : w) value = draw.value(Values::ordinary);
    for (auto& value : bias) value = draw.value(Values::ordinary);
    for (std::size_t r = 0; r < rows; r += 2) {
      std::uint32_t* const list = lists.data() + r / 2 * stride;
      const bool two = r + 1 < rows;
      list[bytes ? kernels::reference::list_bytes(depth, &images[r * depth],
                                                  two ? &images[(r + 1) * depth] : nullptr, list)
                 : kernels::reference::list_nonzero(depth, &x[r * depth], two ? &x[(r + 1) * depth] : nullptr,
                                                    list)] = list_end;
    }
  }

  kernels::ListedGemm<float> into(float* c) const {
    return {.rows = rows,
            .columns = columns,
            .depth = depth,
            .lists = lists.data(),
            .list_stride = stride,
            .x = bytes ? nullptr : x.data(),
            .x_stride = depth,
            .w = w.data(),
            .bias = bias.data(),
            .c = c,
            .c_stride = columns + 3};
  }
};

TEST_P(ListedGemmTest, GivesTheReferencesBits) {
  Draw draw(3);
  for (const bool bytes : {true, false})
    for (const std::size_t rows : {1, 2, 3, 8, 32})
      for (const std::size_t columns : {16, 32, 48, 64, 80, 96, 112, 128})
        for (const std::size_t depth : {1, 50, 784}) {
          Problem problem{.rows = rows, .columns = columns, .depth = depth, .bytes = bytes};
          problem.fill(draw);
          Guarded c(rows * (columns + 3));
          Guarded expected(rows * (columns + 3));
          table().listed_gemm(problem.into(c.data()));
          kernels::reference::listed_gemm(problem.into(expected.data()));
          ASSERT_TRUE(same_bits(c, expected)) << rows << 'x' << columns << 'x' << depth << " bytes " << bytes;
        }
}

TEST_P(ListedGemmTest, IsGemmWhateverRowsShareAList) {
  Draw draw(4);
  for (const bool bytes : {true, false}) {
    Problem problem{.rows = 7, .columns = 64, .depth = 300, .bytes = bytes};
    problem.fill(draw);
    Guarded c(7 * 67);
    Guarded expected(7 * 67);
    table().listed_gemm(problem.into(c.data()));
    kernels::reference::gemm<float>({.rows = 7,
                                     .columns = 64,
                                     .depth = 300,
                                     .a = problem.x.data(),
                                     .a_row_stride = 300,
                                     .b = problem.w.data(),
                                     .b_stride = 64,
                                     .bias = problem.bias.data(),
                                     .c = expected.data(),
                                     .c_stride = 67});
    EXPECT_TRUE(same_bits(c, expected)) << bytes;
  }
}

TEST_P(ListedGemmTest, NarrowProductsHaveTheReferencesBits) {
  Draw draw(5);
  for (const std::size_t rows : {1, 2, 3, 8})
    for (const auto depth : lengths) {
      const Guarded a(rows * (depth + 5), draw, Values::some_special);
      const Guarded b(depth * 16, draw, Values::some_special);
      const Guarded bias(16, draw);
      Guarded c(rows * 19);
      Guarded expected(rows * 19);
      kernels::Gemm<float> gemm{.rows = rows,
                                .columns = 16,
                                .depth = depth,
                                .a = a.data(),
                                .a_row_stride = depth + 5,
                                .b = b.data(),
                                .b_stride = 16,
                                .bias = bias.data(),
                                .c = c.data(),
                                .c_stride = 19};
      table().narrow_gemm(gemm);
      gemm.c = expected.data();
      kernels::reference::narrow_gemm(gemm);
      ASSERT_TRUE(same_bits(c, expected)) << rows << ' ' << depth;
    }
}

TEST_P(ListedGemmTest, ShortSoftmaxHasTheReferencesBits) {
  Draw draw(6);
  for (std::size_t n = 1; n <= 16; ++n)
    for (int round = 0; round < 50; ++round) {
      Guarded x(n, draw, round % 2 == 0 ? Values::ordinary : Values::some_special);
      Guarded y(n);
      Guarded expected(n);
      table().short_softmax(n, x.data(), y.data());
      kernels::reference::short_softmax(n, x.data(), expected.data());
      ASSERT_TRUE(same_bits(y, expected)) << n;
      table().short_softmax(n, x.data(), x.data());
      ASSERT_TRUE(same_bits(x, expected)) << n << " in place";
    }
}

TEST_P(ListedGemmTest, ShortSoftmaxAddsUpToOne) {
  const std::vector<float> x = {1, 2, 3};
  std::vector<float> y(3);
  table().short_softmax(3, x.data(), y.data());
  EXPECT_NEAR(y[0], 0.0900306, 1e-6);
  EXPECT_NEAR(y[1], 0.2447285, 1e-6);
  EXPECT_NEAR(y[2], 0.6652410, 1e-6);
}

}  // namespace
}  // namespace scrawl::listed_gemm_test
