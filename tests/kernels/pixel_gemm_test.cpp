#include "kernels/gemm_reference.h"
#include "kernels/kernel_testing.h"
#include "kernels/pixel_gemm_reference.h"
#include "kernels/pixels_reference.h"

#include <array>

namespace scrawl::pixel_gemm_test {
namespace {

using kernels::Descent;
using kernels::PixelBatch;
using test::Draw;
using test::Guarded;
using test::lengths;
using test::same_bits;

class PixelGemmTest : public test::OnEachTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, PixelGemmTest, ::testing::ValuesIn(supported_targets()), test::target_name);

/// Images four of five pixels of which are 0, some pixels in all of them, and their transposed bytes.
struct Batch {
  std::size_t images;
  std::size_t pixels;
  std::vector<std::vector<std::uint8_t>> rows;
  std::vector<const std::uint8_t*> pointers;
  std::vector<std::uint8_t> bytes;
  std::array<float, 256> value_of_byte{};

  Batch(std::size_t image_count, std::size_t pixel_count, Draw& draw)
      : images(image_count), pixels(pixel_count), bytes(pixels * kernels::byte_stride_for(images)) {
    for (std::size_t r = 0; r < images; ++r) {
      rows.emplace_back(pixels);
      for (std::size_t p = 0; p < pixels; ++p)
        if (p % 7 != 3 && draw.below(5) == 0) rows[r][p] = static_cast<std::uint8_t>(1 + draw.below(255));
      pointers.push_back(rows[r].data());
    }
    for (std::size_t i = 1; i < value_of_byte.size(); ++i) value_of_byte[i] = draw.uniform(-1, 1);
    kernels::reference::transpose_bytes(images, 0, pixels, pointers.data(), bytes.data());
  }

  PixelBatch<float> view() const {
    return {images, pixels, bytes.data(), kernels::byte_stride_for(images), value_of_byte.data()};
  }
  std::vector<float> dense() const {
    std::vector<float> values;
    for (const auto& row : rows)
      for (const auto byte : row) values.push_back(value_of_byte[byte]);
    return values;
  }
};

TEST_P(PixelGemmTest, TransposesBytes) {
  Draw draw(1);
  for (const std::size_t images : {1, 2, 15, 16, 17, 63, 64, 65, 100, 129})
    for (const std::size_t pixels : {1, 7, 16, 37, 784}) {
      const Batch batch(images, pixels, draw);
      std::vector<std::uint8_t> bytes(batch.bytes.size() + 2, 0xab);
      const std::size_t middle = pixels / 3;
      const std::size_t stride = kernels::byte_stride_for(images);
      table().transpose_bytes(images, 0, middle, batch.pointers.data(), bytes.data() + 1);
      table().transpose_bytes(images, middle, pixels, batch.pointers.data(),
                              bytes.data() + 1 + middle * stride);
      EXPECT_EQ(bytes.front(), 0xab);
      EXPECT_EQ(bytes.back(), 0xab);
      ASSERT_TRUE(std::equal(batch.bytes.begin(), batch.bytes.end(), bytes.begin() + 1))
          << images << " " << pixels;
    }
}

TEST_P(PixelGemmTest, ForwardGivesTheReferencesBitsAndThoseOfTheDenseProduct) {
  Draw draw(2);
  const std::size_t pixels = 23;
  for (const auto columns : lengths)
    for (const std::size_t images : {1, 3, 32, 65, 130})
      for (const bool with_bias : {false, true}) {
        const Batch batch(images, pixels, draw);
        const std::size_t gap = columns % 3;
        const Guarded b(pixels * (columns + gap), draw);
        const Guarded bias(columns, draw);
        Guarded c(images * (columns + gap));
        Guarded expected = c;
        Guarded dense = c;
        kernels::PixelGemm<float> g{.x = batch.view(),
                                    .columns = columns,
                                    .b = b.data(),
                                    .b_stride = columns + gap,
                                    .bias = with_bias ? bias.data() : nullptr,
                                    .c = c.data(),
                                    .c_stride = columns + gap};
        table().pixel_gemm(g);
        g.c = expected.data();
        kernels::reference::pixel_gemm(g);
        const auto x = batch.dense();
        kernels::reference::gemm<float>({.rows = images,
                                         .columns = columns,
                                         .depth = pixels,
                                         .a = x.data(),
                                         .a_row_stride = pixels,
                                         .b = b.data(),
                                         .b_stride = columns + gap,
                                         .bias = g.bias,
                                         .c = dense.data(),
                                         .c_stride = columns + gap});
        ASSERT_EQ(c.all(), dense.all()) << columns << " " << images;  // 0 and -0 count as equal
        ASSERT_EQ(c.all(), expected.all()) << columns << " " << images;
      }
}

TEST_P(PixelGemmTest, GradientGivesTheReferencesBitsAndThoseOfTheDenseProduct) {
  Draw draw(3);
  const std::size_t pixels = 23;
  const Descent<float> plain{0.1F, 0};
  const Descent<float> decaying{0.1F, 0.01F};
  for (const auto columns : lengths)
    for (const std::size_t images : {1, 3, 32, 65, 130})
      for (const Descent<float>* descent : {static_cast<const Descent<float>*>(nullptr), &plain, &decaying}) {
        const Batch batch(images, pixels, draw);
        const std::size_t gap = columns % 3;
        const Guarded b(images * (columns + gap), draw);
        Guarded c(pixels * (columns + gap), draw);
        Guarded expected = c;
        Guarded dense = c;
        kernels::PixelGradient<float> g{.x = batch.view(),
                                        .columns = columns,
                                        .b = b.data(),
                                        .b_stride = columns + gap,
                                        .c = c.data(),
                                        .c_stride = columns + gap,
                                        .descent = descent};
        table().pixel_gradient(g);
        g.c = expected.data();
        kernels::reference::pixel_gradient(g);
        const auto x = batch.dense();
        kernels::reference::gemm<float>({.rows = pixels,
                                         .columns = columns,
                                         .depth = images,
                                         .a = x.data(),
                                         .a_row_stride = 1,
                                         .a_depth_stride = pixels,
                                         .b = b.data(),
                                         .b_stride = columns + gap,
                                         .c = dense.data(),
                                         .c_stride = columns + gap,
                                         .descent = descent});
        ASSERT_EQ(c.all(), dense.all()) << columns << " " << images;
        ASSERT_EQ(c.all(), expected.all()) << columns << " " << images;
      }
}

}  // namespace
}  // namespace scrawl::pixel_gemm_test
