#include "scrawl/preprocessing.h"

#include "scrawl/random.h"

#include "testing.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace scrawl::preprocessing_test {
namespace {

using test::error_of;
using test::mentions;

constexpr std::size_t pixels = 37;  // no multiple of any vector's width
constexpr std::size_t count = 11;
const RandomKey key{.seed = 5};

std::vector<std::uint8_t> some_images() {
  std::vector<std::uint8_t> images(pixels * count);
  for (std::uint32_t i = 0; i < images.size(); ++i)
    images[i] = static_cast<std::uint8_t>(random_below(key, i, 256));
  return images;
}

std::vector<float> some_values(std::size_t n, std::uint32_t sample) {
  std::vector<float> values(n);
  for (std::uint32_t i = 0; i < n; ++i) values[i] = 0.5F + random_uniform({.seed = 6, .sample = sample}, i);
  return values;
}

Preprocessing everything() {
  return {.divisor = 100,
          .factor = 0.99F,
          .offset = 0.01F,
          .mean = some_values(pixels, 1),
          .deviation = some_values(pixels, 2),
          .whitening = some_values(pixels * pixels, 3)};
}

/// The contract, word for word.
std::vector<float> reference(const Preprocessing& p, std::span<const std::uint8_t> image) {
  std::vector<float> x(image.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = std::fma(static_cast<float>(image[i]) / p.divisor, p.factor, p.offset);
    if (!p.mean.empty()) x[i] = x[i] - p.mean[p.mean.size() == 1 ? 0 : i];
    if (!p.deviation.empty()) x[i] = x[i] / p.deviation[p.deviation.size() == 1 ? 0 : i];
  }
  if (p.whitening.empty()) return x;
  std::vector<float> y(x.size());
  for (std::size_t row = 0; row < y.size(); ++row)
    for (std::size_t column = 0; column < x.size(); ++column)
      y[row] = std::fma(x[column], p.whitening[row * x.size() + column], y[row]);
  return y;
}

std::vector<Preprocessing> variants() {
  return {{},
          {.divisor = 1},
          {.factor = 0.99F, .offset = 0.01F},
          {.divisor = 256},
          {.mean = {0.1307F}, .deviation = {0.3081F}},
          {.mean = some_values(pixels, 1)},
          {.deviation = some_values(pixels, 2)},
          {.whitening = some_values(pixels * pixels, 3)},
          everything()};
}

TEST(Preprocessor, GathersWhatTheContractSays) {
  const auto images = some_images();
  const std::vector<std::uint32_t> indices = {10, 0, 3, 3, 7};
  const Compute compute;
  for (const auto& preprocessing : variants()) {
    Preprocessor preprocessor(preprocessing, pixels, indices.size());
    constexpr std::size_t stride = pixels + 5;
    std::vector<float> out(indices.size() * stride, -1);
    preprocessor.gather(images, indices, compute, {out.data(), indices.size(), pixels, stride});
    for (std::size_t row = 0; row < indices.size(); ++row) {
      const auto expected =
          reference(preprocessing, std::span(images).subspan(indices[row] * pixels, pixels));
      for (std::size_t p = 0; p < pixels; ++p)
        ASSERT_EQ(out[row * stride + p], expected[p]) << to_string(preprocessing) << " row " << row;
      for (std::size_t p = pixels; p < stride; ++p)
        ASSERT_EQ(out[row * stride + p], -1) << "wrote past its row";
    }
  }
}

TEST(Preprocessor, ApplyTakesConsecutiveImages) {
  const auto images = some_images();
  std::vector<std::uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0U);
  const Compute compute;
  Preprocessor preprocessor(everything(), pixels, count);
  std::vector<float> gathered(count * pixels);
  std::vector<float> applied(count * pixels);
  preprocessor.gather(images, all, compute, {gathered.data(), count, pixels});
  preprocessor.apply(images, compute, {applied.data(), count, pixels});
  EXPECT_EQ(gathered, applied);
}

TEST(Preprocessor, GivesTheSameBitsForEveryNumberOfThreadsAndTarget) {
  const auto images = some_images();
  Preprocessor preprocessor(everything(), pixels, count);
  std::vector<float> expected(count * pixels);
  preprocessor.apply(images, Compute(1, Target::scalar), {expected.data(), count, pixels});
  for (const Target target : supported_targets()) {
    for (const std::size_t threads : {1, 2, 3, 8}) {
      std::vector<float> out(count * pixels);
      preprocessor.apply(images, Compute(threads, target), {out.data(), count, pixels});
      EXPECT_EQ(out, expected) << to_string(target) << " " << threads;
    }
  }
}

TEST(Preprocessing, ByteValuesAreWhatApplyGives) {
  std::vector<std::uint8_t> bytes(256);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  for (const auto& preprocessing : {Preprocessing{}, Preprocessing{.factor = 0.99F, .offset = 0.01F},
                                    Preprocessing{.divisor = 1, .mean = {33.3F}, .deviation = {78.6F}}}) {
    ASSERT_TRUE(preprocessing.maps_bytes());
    Preprocessor preprocessor(preprocessing, bytes.size(), 1);
    std::vector<float> expected(bytes.size());
    preprocessor.apply(bytes, Compute(1), {expected.data(), 1, bytes.size()});
    const auto values = byte_values(preprocessing);
    EXPECT_EQ(std::vector(values.begin(), values.end()), expected);
  }
  EXPECT_FALSE(Preprocessing({.mean = {1, 2}}).maps_bytes());
  EXPECT_FALSE(Preprocessing({.whitening = {1}}).maps_bytes());
}

TEST(Preprocessing, ValidationNamesWhatDoesNotFit) {
  for (const auto& good : variants()) EXPECT_NO_THROW(validate(good, pixels));
  const auto refused = [](const Preprocessing& bad) {
    const auto error = error_of([&] { validate(bad, pixels); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error;
  };
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(mentions(refused({.divisor = 0}), {"divisor is zero"}));
  EXPECT_TRUE(mentions(refused({.factor = infinite}), {"finite"}));
  EXPECT_TRUE(mentions(refused({.offset = std::nanf("")}), {"finite"}));
  EXPECT_TRUE(mentions(refused({.mean = {1, 2}}), {"mean has 2 values", "37"}));
  EXPECT_TRUE(mentions(refused({.mean = {infinite}}), {"mean", "finite"}));
  EXPECT_TRUE(mentions(refused({.deviation = {1, 2, 3}}), {"deviation has 3 values"}));
  EXPECT_TRUE(mentions(refused({.deviation = {0}}), {"deviation is zero"}));
  EXPECT_TRUE(mentions(refused({.whitening = {1}}), {"whitening", "37 x 37"}));
  EXPECT_TRUE(mentions(refused({.whitening = std::vector<float>(pixels * pixels, infinite)}), {"finite"}));
  error_of([] { Preprocessor({.divisor = 0}, pixels, 1); });
}

TEST(Preprocessing, ReadsAsALineForPeople) {
  EXPECT_EQ(to_string(Preprocessing{}), "byte / 255");
  EXPECT_EQ(to_string(Preprocessing{.divisor = 1}), "byte");
  EXPECT_EQ(to_string(Preprocessing{.factor = 0.99F, .offset = 0.01F}), "byte / 255 * 0.99 + 0.01");
  EXPECT_EQ(to_string(Preprocessing{.mean = {0.5F}, .deviation = {0.25F}}),
            "byte / 255, minus mean 0.5, over deviation 0.25");
  EXPECT_EQ(to_string(Preprocessing{.mean = {1, 2}, .deviation = {1, 2}, .whitening = {1, 0, 0, 1}}),
            "byte / 255, minus mean, over deviation (per pixel), whitened");
  EXPECT_EQ(to_string(Preprocessing{.mean = {1, 2}, .deviation = {2}}),
            "byte / 255, minus mean (per pixel), over deviation 2");
}

}  // namespace
}  // namespace scrawl::preprocessing_test
