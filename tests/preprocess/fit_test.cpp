#include "scrawl/preprocessing.h"
#include "scrawl/random.h"

#include "testing.h"

#include <cmath>

namespace scrawl::fit_test {
namespace {

using test::error_of;

constexpr std::size_t pixels = 20;
constexpr std::size_t count = 1500;  // several of the blocks that the covariance is summed in

/// Neighbouring pixels are alike, as in pictures; pixel 3 never changes.
std::vector<std::uint8_t> some_images() {
  std::vector<std::uint8_t> images(pixels * count);
  for (std::uint32_t row = 0; row < count; ++row) {
    double level = 128;
    for (std::uint32_t p = 0; p < pixels; ++p) {
      level = 0.7 * level + 0.3 * 255 * static_cast<double>(random_uniform({.seed = 1, .sample = row}, p));
      images[row * pixels + p] = p == 3 ? std::uint8_t{77} : static_cast<std::uint8_t>(level);
    }
  }
  return images;
}

std::vector<double> preprocessed(const Preprocessing& preprocessing, std::span<const std::uint8_t> images) {
  Preprocessor preprocessor(preprocessing, pixels, count);
  std::vector<float> out(images.size());
  preprocessor.apply(images, Compute(), {out.data(), count, pixels});
  return {out.begin(), out.end()};
}

double mean_of(const std::vector<double>& x, std::size_t pixel) {
  double sum = 0;
  for (std::size_t row = 0; row < count; ++row) sum += x[row * pixels + pixel];
  return sum / count;
}

double covariance_of(const std::vector<double>& x, std::size_t a, std::size_t b) {
  const double mean_a = mean_of(x, a);
  const double mean_b = mean_of(x, b);
  double sum = 0;
  for (std::size_t row = 0; row < count; ++row)
    sum += (x[row * pixels + a] - mean_a) * (x[row * pixels + b] - mean_b);
  return sum / count;
}

const Preprocessing scale{.divisor = 100, .factor = -2, .offset = 0.25F};

TEST(FitPreprocessing, WithoutWishesKeepsTheScaleOnly) {
  Preprocessing given = scale;
  given.mean = {1};
  EXPECT_EQ(fit_preprocessing(given, {}, some_images(), pixels), scale);
}

TEST(FitPreprocessing, StandardisesThePixelsOneByOne) {
  const auto images = some_images();
  const auto fitted = fit_preprocessing(scale, {.standardise = Standardise::per_pixel}, images, pixels);
  EXPECT_NO_THROW(validate(fitted, pixels));
  const auto x = preprocessed(fitted, images);
  for (std::size_t p = 0; p < pixels; ++p) {
    EXPECT_NEAR(mean_of(x, p), 0, 1e-6);
    EXPECT_NEAR(covariance_of(x, p, p), p == 3 ? 0 : 1, 1e-5);
  }
  EXPECT_EQ(fitted.deviation[3], 1);
}

TEST(FitPreprocessing, StandardisesTheWholeSet) {
  const auto images = some_images();
  const auto fitted = fit_preprocessing(scale, {.standardise = Standardise::global}, images, pixels);
  ASSERT_EQ(fitted.mean.size(), 1U);
  ASSERT_EQ(fitted.deviation.size(), 1U);
  const auto x = preprocessed(fitted, images);
  double sum = 0;
  double squares = 0;
  for (const double value : x) {
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / static_cast<double>(x.size()), 0, 1e-6);
  EXPECT_NEAR(squares / static_cast<double>(x.size()), 1, 1e-5);
}

TEST(FitPreprocessing, MeasuresByHand) {
  const std::vector<std::uint8_t> images = {0, 10, 4, 10};  // two images of two pixels
  const auto each = fit_preprocessing({.divisor = 1}, {.standardise = Standardise::per_pixel}, images, 2);
  EXPECT_EQ(each.mean, (std::vector<float>{2, 10}));
  EXPECT_EQ(each.deviation, (std::vector<float>{2, 1}));
  const auto all = fit_preprocessing({.divisor = 2}, {.standardise = Standardise::global}, images, 2);
  EXPECT_EQ(all.mean, std::vector<float>{3});
  EXPECT_EQ(all.deviation, std::vector<float>{static_cast<float>(std::sqrt(72.0 / 4) / 2)});
}

TEST(FitPreprocessing, WhitensToTheUnitCovariance) {
  const auto images = some_images();
  for (const auto standardise : {Standardise::none, Standardise::global, Standardise::per_pixel}) {
    const PreprocessingFit fit{.standardise = standardise, .whiten = true, .whitening_epsilon = 1e-6F};
    const auto fitted = fit_preprocessing(scale, fit, images, pixels);
    EXPECT_NO_THROW(validate(fitted, pixels));
    const auto x = preprocessed(fitted, images);
    for (std::size_t a = 0; a < pixels; ++a) {
      EXPECT_NEAR(mean_of(x, a), 0, 1e-3);
      for (std::size_t b = 0; b < pixels; ++b)
        EXPECT_NEAR(covariance_of(x, a, b), a == b && a != 3 ? 1 : 0, 2e-3) << a << " " << b;
    }
  }
}

TEST(FitPreprocessing, TheWhiteningMatrixIsSymmetricAndSquaresToTheInverseCovariance) {
  const auto images = some_images();
  const float epsilon = 0.1F;
  const auto fitted = fit_preprocessing(
      {}, {.standardise = Standardise::per_pixel, .whiten = true, .whitening_epsilon = epsilon}, images,
      pixels);
  const auto& w = fitted.whitening;
  Preprocessing standardised = fitted;
  standardised.whitening.clear();
  const auto x = preprocessed(standardised, images);
  for (std::size_t a = 0; a < pixels; ++a) {
    for (std::size_t b = 0; b < pixels; ++b) {
      EXPECT_EQ(w[a * pixels + b], w[b * pixels + a]);
      double product = 0;  // W W (C + epsilon)
      for (std::size_t k = 0; k < pixels; ++k)
        for (std::size_t l = 0; l < pixels; ++l)
          product += double{w[a * pixels + k]} * double{w[k * pixels + l]} *
                     (covariance_of(x, l, b) + (l == b ? double{epsilon} : 0));
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-4);
    }
    if (a > 4) break;  // a few rows tell enough
  }
}

TEST(FitPreprocessing, SumsTheCovarianceExactly) {
  // The largest sums that there are: any rounding would show as covariance between pixels that never change.
  const std::vector<std::uint8_t> white(1500 * 4, 255);
  const auto fitted =
      fit_preprocessing({.divisor = 1}, {.whiten = true, .whitening_epsilon = 0.25F}, white, 4);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(fitted.whitening[i], i % 5 == 0 ? 2 : 0);
}

TEST(FitPreprocessing, IsDeterministic) {
  const auto images = some_images();
  const PreprocessingFit fit{.standardise = Standardise::per_pixel, .whiten = true};
  EXPECT_EQ(fit_preprocessing(scale, fit, images, pixels), fit_preprocessing(scale, fit, images, pixels));
}

TEST(FitPreprocessing, RefusesWhatMakesNoSense) {
  const auto code = [](const PreprocessingFit& fit, std::size_t images, std::size_t size) {
    const std::vector<std::uint8_t> bytes(images * size);
    return error_of([&] { fit_preprocessing({}, fit, bytes, size); }).code();
  };
  EXPECT_EQ(code({.standardise = Standardise::global}, 0, 4), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.whiten = true}, 2, 5000), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.whiten = true, .whitening_epsilon = 0}, 2, 4), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace scrawl::fit_test
