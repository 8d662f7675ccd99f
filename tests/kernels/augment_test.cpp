#include "kernels/augment_reference.h"
#include "kernels/kernel_testing.h"

#include <algorithm>
#include <cmath>

namespace scrawl::augment_test {
namespace {

using kernels::AugmentKernels;
using kernels::Tone;
using kernels::Warp;
using test::Draw;
using test::Guarded;
using test::same_bits;

using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::uint32_t>;

class AugmentKernelTest : public test::OnEachTarget {
 protected:
  const AugmentKernels& augment() const { return table().augment; }
  const AugmentKernels expected = kernels::reference::augment_kernels();
};
INSTANTIATE_TEST_SUITE_P(Targets, AugmentKernelTest, ::testing::ValuesIn(supported_targets()),
                         test::target_name);

const RandomKey some_key = {
    .seed = 0x123456789abcdef0, .purpose = Purpose::augment, .step = 7, .sample = 0xffffffff};
constexpr std::size_t counts[] = {32, 64, 96, 128, 160, 256, 1024};

Bytes random_bytes(std::size_t n, Draw& draw) {
  Bytes bytes(n);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(draw.below(3) == 0 ? 0 : draw.below(256));
  return bytes;
}

TEST_P(AugmentKernelTest, WordsAreThoseOfPhiloxInTheirOrder) {
  for (const std::size_t count : counts) {
    Words out(count + 1, 42);
    augment().random_words(some_key, 0xfffffff8, count, out.data());
    EXPECT_EQ(out.back(), 42U);
    for (std::uint32_t block = 0; block < count / 4; ++block) {
      // random_bits gives words 0 and 1 of a block.
      const std::uint64_t bits = random_bits(some_key, 0xfffffff8 + block);
      const std::size_t at = block / 8 * 32 + block % 8 * 2;
      ASSERT_EQ(out[at], static_cast<std::uint32_t>(bits)) << block;
      ASSERT_EQ(out[at + 1], static_cast<std::uint32_t>(bits >> 32)) << block;
    }
    Words same(count + 1, 42);
    expected.random_words(some_key, 0xfffffff8, count, same.data());
    EXPECT_EQ(out, same);
  }
}

TEST_P(AugmentKernelTest, NormalsHaveTheReferencesBitsAndMoments) {
  for (const std::size_t count : counts) {
    Guarded out(count);
    Guarded same(count);
    augment().random_normals(some_key, 3, count, out.data());
    expected.random_normals(some_key, 3, count, same.data());
    ASSERT_TRUE(same_bits(out, same)) << count;
  }
  constexpr std::size_t many = 1 << 16;
  std::vector<float> values(many);
  augment().random_normals(some_key, 0, many, values.data());
  double mean = 0;
  double square = 0;
  double fourth = 0;
  for (const double value : values) {
    mean += value / many;
    square += value * value / many;
    fourth += std::pow(value, 4) / many;
  }
  EXPECT_NEAR(mean, 0, 5 / 256.0);          // five deviations of the mean of 65,536 values
  EXPECT_NEAR(square, 1, 5 * 1.4 / 256.0);  // variance of z^2: below 2
  EXPECT_NEAR(fourth, 2.7, 0.15);           // four uniform numbers: 3 - 1.2 / 4
}

TEST_P(AugmentKernelTest, ErodesAndSpreadsBytesAsTheReference) {
  Draw draw(1);
  for (const std::size_t pitch : {3, 8, 30, 70})
    for (const std::size_t n : {1, 5, 31, 64, 900}) {
      const std::size_t before = pitch + 1;
      const Bytes in = random_bytes(before + n + before + kernels::augment_room, draw);
      const Bytes base = random_bytes(n + kernels::augment_room, draw);
      Bytes out(n + kernels::augment_room);
      Bytes same(n);
      augment().erode_bytes(n, pitch, in.data() + before, out.data());
      expected.erode_bytes(n, pitch, in.data() + before, same.data());
      ASSERT_TRUE(std::equal(same.begin(), same.end(), out.begin())) << pitch << ' ' << n;
      for (const std::uint32_t weight : {0, 1, 77, 128, 255, 256})
        for (const bool adds : {false, true}) {
          augment().spread_bytes(n, pitch, adds, weight, in.data() + before, base.data(), out.data());
          expected.spread_bytes(n, pitch, adds, weight, in.data() + before, base.data(), same.data());
          ASSERT_TRUE(std::equal(same.begin(), same.end(), out.begin()))
              << pitch << ' ' << n << ' ' << weight;
        }
    }
}

TEST_P(AugmentKernelTest, SpreadingAPointByAWholePixelGivesASquare) {
  Bytes in(7 * 7 + kernels::augment_room);
  in[3 * 7 + 3] = 200;
  Bytes out(in.size());
  const auto spread = [&](std::uint32_t weight) {
    augment().spread_bytes(5 * 7 - 2, 7, true, weight, in.data() + 8, in.data() + 8, out.data() + 8);
  };
  spread(256);
  for (std::size_t y = 1; y < 6; ++y)
    for (std::size_t x = 1; x < 6; ++x)
      EXPECT_EQ(out[y * 7 + x], y >= 2 && y <= 4 && x >= 2 && x <= 4 ? 200 : 0) << y << ' ' << x;
  spread(64);
  EXPECT_EQ(out[2 * 7 + 2], 50);
  EXPECT_EQ(out[3 * 7 + 3], 200);
}

TEST_P(AugmentKernelTest, PacksCornersAsTheReference) {
  Draw draw(2);
  for (const std::size_t pitch : {3, 18, 30})
    for (const std::size_t n : {1, 15, 16, 17, 900}) {
      const Bytes in = random_bytes(n + pitch + 1 + kernels::augment_room, draw);
      Words out(n + kernels::augment_room);
      Words same(n);
      augment().pack_corners(n, pitch, in.data(), out.data());
      expected.pack_corners(n, pitch, in.data(), same.data());
      out.resize(n);
      ASSERT_EQ(out, same) << pitch << ' ' << n;
    }
}

struct Warped {
  explicit Warped(std::size_t n) : place(n + 1, 7), x(n), y(n) {}
  Words place;
  Guarded x;
  Guarded y;
};

TEST_P(AugmentKernelTest, WarpsAsTheReference) {
  Draw draw(3);
  for (const std::size_t width : {1, 5, 28, 32, 33})
    for (const std::size_t rows : {1, 3, 28})
      for (int round = 0; round < 4; ++round) {
        const std::size_t stride = (width + 31) / 32 * 32;
        const std::size_t n = rows * stride;
        Guarded dx(n, draw);
        Guarded dy(n, draw);
        Warp warp{.rows = rows,
                  .first_row = draw.below(40),
                  .width = width,
                  .stride = stride,
                  .xx = draw.uniform(-2, 2),
                  .xy = draw.uniform(-2, 2),
                  .x0 = draw.uniform(-9, 9),
                  .yx = draw.uniform(-2, 2),
                  .yy = draw.uniform(-2, 2),
                  .y0 = draw.uniform(-9, 9),
                  .last_x = static_cast<float>(width + 1),
                  .last_y = 41,
                  .pitch = static_cast<std::uint32_t>(width + 2),
                  .dx = round % 2 ? dx.data() : nullptr,
                  .dy = round / 2 ? dy.data() : nullptr};
        const auto run = [&warp](const AugmentKernels& by, Warped& to) {
          warp.place = to.place.data();
          warp.fraction_x = to.x.data();
          warp.fraction_y = to.y.data();
          by.warp(warp);
        };
        Warped out(n);
        Warped same(n);
        run(augment(), out);
        run(expected, same);
        ASSERT_EQ(out.place, same.place);
        ASSERT_TRUE(same_bits(out.x, same.x));
        ASSERT_TRUE(same_bits(out.y, same.y));
        for (std::size_t i = 0; i < n; ++i) ASSERT_LT(out.place[i], 43 * warp.pitch);
      }
}

TEST_P(AugmentKernelTest, SamplesAsTheReference) {
  Draw draw(4);
  Words corners(100);
  for (auto& four : corners) four = static_cast<std::uint32_t>(draw.below(std::size_t{1} << 32));
  for (const std::size_t n : {32, 64, 256, 288, 896}) {
    Words place(n);
    for (auto& at : place) at = static_cast<std::uint32_t>(draw.below(corners.size()));
    Guarded x(n);
    Guarded y(n);
    for (auto& value : x.inside()) value = draw.uniform(0, 1);
    for (auto& value : y.inside()) value = draw.uniform(0, 1);
    Guarded out(n);
    Guarded same(n);
    augment().bilinear(n, corners.data(), place.data(), x.data(), y.data(), out.data());
    expected.bilinear(n, corners.data(), place.data(), x.data(), y.data(), same.data());
    ASSERT_TRUE(same_bits(out, same)) << n;
    for (std::size_t i = 0; i < n; ++i) {
      const auto byte = [&](int k) { return static_cast<double>(corners[place[i]] >> 8 * k & 255); };
      const double u = x.data()[i];
      const double v = y.data()[i];
      ASSERT_NEAR(out.data()[i],
                  (1 - v) * ((1 - u) * byte(0) + u * byte(1)) + v * ((1 - u) * byte(2) + u * byte(3)), 1e-4);
    }
  }
}

TEST_P(AugmentKernelTest, BlursAsTheReference) {
  Draw draw(5);
  for (const std::size_t radius : {1, 2, 15})
    for (const std::size_t step : {1, 32}) {
      constexpr std::size_t n = 96;
      const std::size_t around = radius * step;
      Guarded in(n + 2 * around, draw, test::Values::some_special);
      const Guarded weights(radius + 1, draw);
      Guarded out(n);
      Guarded same(n);
      augment().blur(n, radius, weights.data(), in.data() + around, step, out.data());
      expected.blur(n, radius, weights.data(), in.data() + around, step, same.data());
      ASSERT_TRUE(same_bits(out, same)) << radius << ' ' << step;
    }
}

TEST_P(AugmentKernelTest, TonesAsTheReference) {
  Draw draw(6);
  for (const std::size_t width : {1, 7, 16, 28, 33})
    for (const std::size_t rows : {1, 2, 5})
      for (const Tone& tone : {Tone{}, Tone{.factor = 1.3F}, Tone{.gamma = 0.4F}, Tone{.deviation = 20},
                               Tone{.factor = 0.5F, .gamma = 1.7F, .deviation = 3}}) {
        const std::size_t stride = (width + 31) / 32 * 32;
        Guarded in(rows * stride);
        for (auto& value : in.inside()) value = draw.below(4) == 0 ? 0.0F : draw.uniform(0, 255);
        const Guarded noise(rows * stride, draw);
        const float* drawn = tone.deviation != 0 ? noise.data() : nullptr;
        Bytes out(rows * width + 1, 99);
        Bytes same(rows * width + 1, 99);
        augment().tone_bytes(rows, width, stride, tone, in.data(), drawn, out.data());
        expected.tone_bytes(rows, width, stride, tone, in.data(), drawn, same.data());
        ASSERT_EQ(out, same) << width << ' ' << rows;
        EXPECT_EQ(out.back(), 99);
        for (std::size_t r = 0; r < rows; ++r)
          for (std::size_t x = 0; x < width; ++x) {
            const double value = std::min<double>(in.data()[r * stride + x] * tone.factor, 255);
            const double power = std::pow(value / 255, tone.gamma) * 255;
            const double sum = power + (drawn ? tone.deviation * drawn[r * stride + x] : 0);
            ASSERT_NEAR(out[r * width + x], std::clamp(sum, 0.0, 255.0), 0.501);
          }
      }
}

}  // namespace
}  // namespace scrawl::augment_test
