#include "scrawl/error.h"
#include "scrawl/preprocessing.h"
#include "scrawl/random.h"

#include "preprocess/augment_pipeline.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::augmentation_test {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes random_image(const Shape& shape, std::uint32_t sample = 0) {
  const RandomKey key{.seed = 5, .sample = sample};
  Bytes image(shape.size());
  for (std::size_t i = 0; i < image.size(); ++i)
    image[i] = static_cast<std::uint8_t>(random_below(key, static_cast<std::uint32_t>(i), 256));
  return image;
}

/// Everything that has memory of its own.
const Augmentation all_kinds = {.shift = 2,
                                .rotation = 15,
                                .scale = 0.15F,
                                .shear = 0.2F,
                                .elastic_alpha = 36,
                                .elastic_sigma = 5,
                                .thickness = 1.5F,
                                .blur = 1,
                                .contrast = 0.3F,
                                .gamma = 0.3F,
                                .noise = 20,
                                .erase_probability = 0.5F,
                                .erase_area = 0.3F};

const RandomKey some_key = {.seed = 1, .purpose = Purpose::augment, .step = 2, .sample = 3};

Bytes changed(const AugmentDraw& draw, const Shape& shape, const Bytes& image,
              const Augmentation& augmentation = all_kinds) {
  AugmentPipeline pipeline(augmentation, shape, default_target());
  Bytes out(shape.size(), 77);
  pipeline.run(draw, some_key, image.data(), out.data());
  return out;
}

Bytes applied(const Augmentation& augmentation, const Shape& shape, const Bytes& image,
              std::uint32_t step = 0, std::uint32_t sample = 0, Target target = default_target()) {
  Augmenter augmenter(augmentation, shape, 9, target);
  Bytes out(shape.size(), 77);
  augmenter.apply(image, step, sample, out);
  return out;
}

/// Pixel (x, y) of channel 0, or 0 outside.
int at(const Bytes& image, const Shape& shape, int x, int y) {
  const bool inside =
      x >= 0 && y >= 0 && x < static_cast<int>(shape.width) && y < static_cast<int>(shape.height);
  return inside ? image[static_cast<std::size_t>(y) * shape.width + static_cast<std::size_t>(x)] : 0;
}

const std::vector<Shape> shapes = {{1, 1, 1},   {1, 1, 7},   {1, 7, 1},  {1, 28, 28}, {3, 32, 32},
                                   {2, 33, 65}, {1, 5, 100}, {1, 99, 3}, {4, 31, 30}};

TEST(Augmentation, NothingIsTheDefault) {
  EXPECT_TRUE(Augmentation{}.is_off());
  EXPECT_FALSE(all_kinds.is_off());
  for (const auto& shape : shapes) {
    const Bytes image = random_image(shape);
    EXPECT_EQ(applied({}, shape, image), image) << to_string(shape);
    // Also on the long way, through all the memory.
    EXPECT_EQ(changed({}, shape, image), image) << to_string(shape);
    EXPECT_EQ(applied({.elastic_alpha = 1e-12F}, shape, image), image) << to_string(shape);
  }
}

TEST(Augmentation, ShiftsByWholePixelsExactly) {
  for (const auto& shape : {Shape{1, 28, 28}, Shape{1, 7, 40}})
    for (const int dx : {-3, 0, 1, 50})
      for (const int dy : {-50, -1, 0, 4}) {
        const Bytes image = random_image(shape);
        const Bytes out =
            changed({.shift_x = static_cast<float>(dx), .shift_y = static_cast<float>(dy)}, shape, image);
        for (int y = 0; y < static_cast<int>(shape.height); ++y)
          for (int x = 0; x < static_cast<int>(shape.width); ++x)
            ASSERT_EQ(at(out, shape, x, y), at(image, shape, x - dx, y - dy)) << x << ' ' << y;
      }
}

TEST(Augmentation, QuarterTurnsAreExact) {
  const Shape shape = {1, 29, 29};
  const Bytes image = random_image(shape);
  const Bytes quarter = changed({.rotation = 90}, shape, image);
  const Bytes back = changed({.rotation = -90}, shape, image);
  const Bytes half = changed({.rotation = 180}, shape, image);
  for (int y = 0; y < 29; ++y)
    for (int x = 0; x < 29; ++x) {
      ASSERT_EQ(at(quarter, shape, x, y),
                at(image, shape, y, 28 - x));  // the left column becomes the top row
      ASSERT_EQ(at(back, shape, x, y), at(image, shape, 28 - y, x));
      ASSERT_EQ(at(half, shape, x, y), at(image, shape, 28 - x, 28 - y));
    }
}

TEST(Augmentation, AShearOfOneMovesEachRowAPixelFurther) {
  const Shape shape = {1, 9, 15};
  const Bytes image = random_image(shape);
  const Bytes out = changed({.shear = 1}, shape, image);
  for (int y = 0; y < 9; ++y)
    for (int x = 0; x < 15; ++x) ASSERT_EQ(at(out, shape, x, y), at(image, shape, x - (y - 4), y));
}

TEST(Augmentation, ScalesAroundTheMiddle) {
  const Shape shape = {1, 9, 9};
  const Bytes image = random_image(shape);
  const Bytes out = changed({.scale_x = 2, .scale_y = 0.5F}, shape, image);
  for (int y = 0; y < 9; ++y)
    for (int x = 0; x < 9; x += 2)  // between them lie means of two
      ASSERT_EQ(at(out, shape, x, y), at(image, shape, 4 + (x - 4) / 2, 4 + 2 * (y - 4)));
}

/// Scaled, sheared, rotated, shifted: pixel by pixel, in double, and without what the pipeline uses.
Bytes naive_warp(const AugmentDraw& draw, const Shape& shape, const Bytes& image) {
  const double angle = draw.rotation * std::acos(-1.0) / 180;
  const double middle_x = (static_cast<double>(shape.width) - 1) / 2;
  const double middle_y = (static_cast<double>(shape.height) - 1) / 2;
  Bytes out(image.size());
  for (std::size_t y = 0; y < shape.height; ++y)
    for (std::size_t x = 0; x < shape.width; ++x) {
      const double dx = static_cast<double>(x) - draw.shift_x - middle_x;
      const double dy = static_cast<double>(y) - draw.shift_y - middle_y;
      const double turned_x = std::cos(angle) * dx + std::sin(angle) * dy;
      const double turned_y = -std::sin(angle) * dx + std::cos(angle) * dy;
      const double source_x = (turned_x - draw.shear * turned_y) / draw.scale_x + middle_x;
      const double source_y = turned_y / draw.scale_y + middle_y;
      const int left = static_cast<int>(std::floor(source_x));
      const int top = static_cast<int>(std::floor(source_y));
      const double u = source_x - left;
      const double v = source_y - top;
      const double value =
          (1 - v) * ((1 - u) * at(image, shape, left, top) + u * at(image, shape, left + 1, top)) +
          v * ((1 - u) * at(image, shape, left, top + 1) + u * at(image, shape, left + 1, top + 1));
      out[y * shape.width + x] = static_cast<std::uint8_t>(std::lround(value));
    }
  return out;
}

TEST(Augmentation, TheWholeWarpIsThatOfANaiveOne) {
  const Augmentation range = {.shift = 5, .rotation = 180, .scale = 0.6F, .shear = 1};
  for (const auto& shape : {Shape{1, 28, 28}, Shape{1, 17, 40}, Shape{1, 70, 9}}) {
    const AugmentPipeline pipeline(range, shape, default_target());
    for (std::uint32_t sample = 0; sample < 30; ++sample) {
      const AugmentDraw draw = pipeline.draw({.seed = 1, .purpose = Purpose::augment, .sample = sample});
      const Bytes image = random_image(shape, sample);
      const Bytes out = changed(draw, shape, image);
      const Bytes expected = naive_warp(draw, shape, image);
      for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 1) << i;
    }
  }
}

TEST(Augmentation, ThickensAndThinsStrokes) {
  const Shape shape = {1, 9, 9};
  Bytes point(81);
  point[4 * 9 + 4] = 200;
  const auto square = [&](int radius, std::uint8_t value) {
    Bytes image(81);
    for (int y = 4 - radius; y <= 4 + radius; ++y)
      for (int x = 4 - radius; x <= 4 + radius; ++x) image[static_cast<std::size_t>(y * 9 + x)] = value;
    return image;
  };
  EXPECT_EQ(changed({.thickness = 1}, shape, point), square(1, 200));
  EXPECT_EQ(changed({.thickness = 2}, shape, point), square(2, 200));
  EXPECT_EQ(changed({.thickness = -1}, shape, square(1, 200)), point);
  EXPECT_EQ(changed({.thickness = -2}, shape, square(2, 200)), point);
  // What would vanish stays: a point, and lines of two pixels.
  EXPECT_EQ(changed({.thickness = -1}, shape, point), point);
  Bytes line(81);
  for (std::size_t y = 1; y < 8; ++y) line[y * 9 + 3] = line[y * 9 + 4] = 180;
  EXPECT_EQ(changed({.thickness = -2}, shape, line), line);
  // A soft line of two pixels becomes one of one.
  Bytes soft(81);
  Bytes sharp(81);
  for (std::size_t y = 0; y < 9; ++y) {
    soft[y * 9 + 3] = soft[y * 9 + 5] = 128;
    soft[y * 9 + 4] = sharp[y * 9 + 4] = 255;
  }
  const Bytes thin = changed({.thickness = -1}, shape, soft);
  for (std::size_t y = 1; y < 8; ++y)
    for (std::size_t x = 0; x < 9; ++x) EXPECT_EQ(thin[y * 9 + x], sharp[y * 9 + x]) << y << ' ' << x;
  Bytes half = square(1, 100);
  half[4 * 9 + 4] = 200;
  EXPECT_EQ(changed({.thickness = 0.5F}, shape, point), half);
}

TEST(Augmentation, OutsideOfAnImageIsNothingAlsoForThickStrokes) {
  const Shape shape = {1, 6, 8};
  const Bytes white(48, 255);
  const Bytes out = changed({.shift_x = 3, .shift_y = -2, .thickness = 3}, shape, white);
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 8; ++x) ASSERT_EQ(at(out, shape, x, y), x >= 3 && y < 4 ? 255 : 0) << x << ' ' << y;
  const Bytes thin = changed({.thickness = -1}, shape, white);
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 8; ++x)
      ASSERT_EQ(at(thin, shape, x, y), x > 0 && y > 0 && x < 7 && y < 5 ? 255 : 0) << x << ' ' << y;
}

TEST(Augmentation, BlursAsAGaussianAndLeavesTheSum) {
  const Shape shape = {2, 31, 31};
  Bytes image(shape.size());
  image[15 * 31 + 15] = 250;
  image[31 * 31 + 15 * 31 + 15] = 125;
  for (const float sigma : {0.5F, 1.0F, 2.5F}) {
    const Bytes out = changed({.blur = sigma}, shape, image);
    double sum = 0;
    for (int y = -15; y <= 15; ++y) sum += std::exp(-y * y / (2.0 * sigma * sigma));
    for (int y = 0; y < 31; ++y)
      for (int x = 0; x < 31; ++x) {
        const int square = (x - 15) * (x - 15) + (y - 15) * (y - 15);
        const double expected = 250 * std::exp(-square / (2.0 * sigma * sigma)) / (sum * sum);
        ASSERT_NEAR(at(out, shape, x, y), expected, 0.8) << x << ' ' << y;
        ASSERT_NEAR(out[static_cast<std::size_t>(31 * 31 + y * 31 + x)], expected / 2, 0.8);
      }
  }
  const Bytes white(shape.size(), 200);
  const Bytes out = changed({.blur = 5}, shape, white);
  EXPECT_EQ(at(out, shape, 15, 15), 200);
  EXPECT_NEAR(at(out, shape, 0, 15), 108, 2);  // half of the Gaussian lies outside, where there is nothing
}

TEST(Augmentation, ContrastAndGammaKeepZeros) {
  const Shape shape = {1, 16, 16};
  Bytes image(256);
  for (std::size_t i = 0; i < 256; ++i) image[i] = static_cast<std::uint8_t>(i);
  const Bytes strong = changed({.factor = 1.5F}, shape, image);
  const Bytes bright = changed({.gamma = 0.5F}, shape, image);
  for (std::size_t i = 0; i < 256; ++i) {
    ASSERT_NEAR(strong[i], std::min(1.5 * static_cast<double>(i), 255.0), 0.501);
    ASSERT_NEAR(bright[i], 255 * std::sqrt(static_cast<double>(i) / 255), 0.501);
  }
}

TEST(Augmentation, NoiseHasTheDeviationThatIsDrawn) {
  const Shape shape = {2, 100, 100};
  const Bytes grey(shape.size(), 128);
  const Bytes out = changed({.noise = 20}, shape, grey);
  double mean = 0;
  double square = 0;
  double product = 0;  // of the two channels
  for (std::size_t i = 0; i < out.size(); ++i) {
    mean += (out[i] - 128.0) / static_cast<double>(out.size());
    square += (out[i] - 128.0) * (out[i] - 128.0) / static_cast<double>(out.size());
    if (i < out.size() / 2) product += (out[i] - 128.0) * (out[i + out.size() / 2] - 128.0) / 10000;
  }
  EXPECT_NEAR(mean, 0, 0.7);
  EXPECT_NEAR(std::sqrt(square), 20, 0.5);
  EXPECT_NEAR(product / 400, 0, 0.05);
}

TEST(Augmentation, ErasesARectangleInAllChannels) {
  const Shape shape = {3, 20, 30};
  const Bytes white(shape.size(), 255);
  const Augmentation range = {.erase_probability = 0.25F, .erase_area = 0.4F};
  Augmenter augmenter(range, shape, 1);
  std::size_t erased_images = 0;
  double least = 1;
  double most = 0;
  constexpr std::uint32_t images = 4000;
  for (std::uint32_t sample = 0; sample < images; ++sample) {
    Bytes out(shape.size());
    augmenter.apply(white, 0, sample, out);
    std::size_t left = 30, right = 0, top = 20, bottom = 0, count = 0;
    for (std::size_t y = 0; y < 20; ++y)
      for (std::size_t x = 0; x < 30; ++x)
        if (out[y * 30 + x] == 0) {
          left = std::min(left, x);
          right = std::max(right, x + 1);
          top = std::min(top, y);
          bottom = std::max(bottom, y + 1);
          ++count;
        }
    ASSERT_TRUE(std::equal(out.begin(), out.begin() + 600, out.begin() + 600));
    ASSERT_TRUE(std::equal(out.begin(), out.begin() + 600, out.begin() + 1200));
    if (count == 0) continue;
    ++erased_images;
    ASSERT_EQ(count, (right - left) * (bottom - top));
    least = std::min(least, static_cast<double>(count) / 600);
    most = std::max(most, static_cast<double>(count) / 600);
  }
  EXPECT_NEAR(static_cast<double>(erased_images) / images, 0.25, 5 * 0.007);
  EXPECT_LT(least, 0.05);
  EXPECT_GT(least, 0.01);
  EXPECT_GT(most, 0.3);
  EXPECT_LT(most, 0.45);
}

TEST(Augmentation, DrawsUniformlyFromTheWholeRange) {
  const Augmentation range = {.shift = 3,
                              .rotation = 10,
                              .scale = 0.2F,
                              .shear = 0.5F,
                              .thickness = 2,
                              .blur = 1.5F,
                              .contrast = 0.4F,
                              .gamma = 0.5F,
                              .noise = 30};
  const AugmentPipeline pipeline(range, {1, 8, 8}, default_target());
  constexpr std::uint32_t draws = 20000;
  struct Moments {
    double low, high;
    double mean = 0, square = 0, least = 1e9, most = -1e9;
    void add(double value) {
      mean += value / draws;
      square += value * value / draws;
      least = std::min(least, value);
      most = std::max(most, value);
    }
  };
  std::vector<Moments> all = {{-3, 3}, {-3, 3},  {-10, 10},  {0.8, 1.2},  {0.8, 1.2}, {-0.5, 0.5},
                              {-2, 2}, {0, 1.5}, {0.6, 1.4}, {-0.5, 0.5}, {0, 30}};
  for (std::uint32_t i = 0; i < draws; ++i) {
    const AugmentDraw d = pipeline.draw({.seed = 4, .purpose = Purpose::augment, .step = i % 7, .sample = i});
    const double values[] = {
        d.shift_x, d.shift_y,   d.rotation, d.scale_x, d.scale_y,
        d.shear,   d.thickness, d.blur,     d.factor,  std::log(static_cast<double>(d.gamma)),
        d.noise};
    for (std::size_t k = 0; k < all.size(); ++k) all[k].add(values[k]);
  }
  for (std::size_t k = 0; k < all.size(); ++k) {
    const double width = all[k].high - all[k].low;
    const double middle = (all[k].high + all[k].low) / 2;
    EXPECT_NEAR(all[k].mean, middle, 0.012 * width) << k;
    EXPECT_NEAR(all[k].square - all[k].mean * all[k].mean, width * width / 12, 0.004 * width * width) << k;
    EXPECT_GE(all[k].least, all[k].low - 1e-6 * width) << k;
    EXPECT_LE(all[k].most, all[k].high + 1e-6 * width) << k;
    EXPECT_LT(all[k].least, all[k].low + 0.001 * width) << k;
    EXPECT_GT(all[k].most, all[k].high - 0.001 * width) << k;
  }
}

TEST(Augmentation, LeavesSomeImagesAsTheyAre) {
  const Shape shape = {1, 8, 8};
  const Bytes image = random_image(shape);
  Augmentation range = all_kinds;
  range.probability = 0.7F;
  std::size_t same = 0;
  constexpr std::uint32_t images = 4000;
  Augmenter augmenter(range, shape, 3);
  Bytes out(shape.size());
  for (std::uint32_t sample = 0; sample < images; ++sample) {
    augmenter.apply(image, 1, sample, out);
    same += out == image ? 1U : 0U;
  }
  EXPECT_NEAR(static_cast<double>(same) / images, 0.3, 5 * 0.0073);
}

TEST(Augmentation, IsAFunctionOfSeedStepAndSampleAlone) {
  const Shape shape = {1, 28, 28};
  const Bytes image = random_image(shape);
  const Bytes first = applied(all_kinds, shape, image, 4, 5);
  EXPECT_NE(first, image);
  EXPECT_NE(applied(all_kinds, shape, image, 5, 5), first);
  EXPECT_NE(applied(all_kinds, shape, image, 4, 6), first);
  Augmenter other_seed(all_kinds, shape, 10);
  Bytes out(shape.size());
  other_seed.apply(image, 4, 5, out);
  EXPECT_NE(out, first);
  // Whatever else went through the same memory.
  Augmenter used(all_kinds, shape, 9);
  for (std::uint32_t i = 0; i < 50; ++i) used.apply(random_image(shape, i), i, i, out);
  used.apply(image, 4, 5, out);
  EXPECT_EQ(out, first);
}

TEST(Augmentation, HasTheSameBitsOnEveryTarget) {
  for (const auto& shape : shapes)
    for (std::uint32_t sample = 0; sample < 20; ++sample) {
      const Bytes image = random_image(shape, sample);
      const Bytes expected = applied(all_kinds, shape, image, 1, sample, Target::scalar);
      for (const Target target : supported_targets())
        ASSERT_EQ(applied(all_kinds, shape, image, 1, sample, target), expected)
            << to_string(shape) << ' ' << to_string(target);
    }
}

TEST(Augmentation, TakesTheLargestValuesAndLargeImages) {
  const Augmentation extreme = {.shift = 1000,
                                .rotation = 180,
                                .scale = 0.9F,
                                .shear = 2,
                                .elastic_alpha = 10000,
                                .elastic_sigma = 1,
                                .thickness = 3,
                                .blur = 5,
                                .contrast = 1,
                                .gamma = 3,
                                .noise = 255,
                                .erase_probability = 1,
                                .erase_area = 1};
  for (const auto& shape : shapes)
    for (std::uint32_t sample = 0; sample < 20; ++sample)
      applied(extreme, shape, random_image(shape), 1, sample);
  Augmentation mild = all_kinds;
  mild.erase_probability = 0;
  const Shape large = {1, 512, 512};
  const Bytes image(large.size(), 200);
  EXPECT_GT(at(applied(mild, large, image), large, 256, 256), 0);
  Augmentation smoothest = extreme;
  smoothest.elastic_sigma = 100;
  applied(smoothest, large, image);
}

TEST(Augmentation, NamesWhatIsOutOfRange) {
  const auto message = [](const Augmentation& augmentation) {
    try {
      validate(augmentation);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("fine");
  };
  EXPECT_EQ(message(all_kinds), "fine");
  EXPECT_EQ(message({.shift = -1}), "augment.shift: must be between 0 and 1000");
  EXPECT_EQ(message({.elastic_sigma = 0.5F}), "augment.elastic_sigma: must be between 1 and 100");
  EXPECT_EQ(message({.rotation = std::nanf("")}), "augment.rotation: must be between 0 and 180");
  EXPECT_THROW(Augmenter({.probability = 2}, {1, 2, 2}, 1), Error);
  EXPECT_THROW(Augmenter(all_kinds, {1, 4097, 2}, 1), Error);
  EXPECT_THROW(Augmenter(all_kinds, {2, 4096, 4096}, 1), Error);
  EXPECT_THROW(Augmenter(all_kinds, {0, 4, 4}, 1), Error);
}

}  // namespace
}  // namespace scrawl::augmentation_test
