#include "preprocess/elastic_field.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::elastic_field_test {
namespace {

constexpr std::size_t side = 28;
constexpr std::size_t stride = 32;

/// Means over many fields, and over all places: of squares at each pixel, and of products of pixels at a
/// distance along x and along both axes.
struct Statistics {
  std::vector<double> squares = std::vector<double>(side * side);
  std::vector<double> along = std::vector<double>(side);
  std::vector<double> across = std::vector<double>(side);
  double between_axes = 0;

  template <class OfX, class OfY>
  void add(const OfX& dx, const OfY& dy, double weight) {
    for (std::size_t y = 0; y < side; ++y)
      for (std::size_t x = 0; x < side; ++x) {
        squares[y * side + x] += weight * dx(y, x) * dx(y, x);
        between_axes += weight * dx(y, x) * dy(y, x) / (side * side);
      }
    for (std::size_t d = 0; d < side; ++d)
      for (std::size_t i = 0; i + d < side; ++i) {
        const double places = static_cast<double>(side - d);
        along[d] += weight * dx(10, i) * dx(10, i + d) / places;
        across[d] += weight * dx(i, i) * dx(i + d, i + d) / places;
      }
  }
};

Statistics measured(float alpha, float sigma, std::uint32_t fields) {
  const auto& kernels = kernels::kernels_for(default_target());
  ElasticField field(alpha, sigma, side, side, stride);
  std::vector<float> dx(side * stride);
  std::vector<float> dy(side * stride);
  Statistics statistics;
  for (std::uint32_t i = 0; i < fields; ++i) {
    field.draw({.seed = 2, .purpose = Purpose::augment, .sample = i}, 100, kernels);
    field.rows(0, side, kernels, dx.data(), dy.data());
    const auto of = [](const std::vector<float>& values) {
      return [&values](std::size_t y, std::size_t x) { return double{values[y * stride + x]}; };
    };
    statistics.add(of(dx), of(dy), 1.0 / fields);
  }
  return statistics;
}

/// Simard's own way: numbers uniform from -1 to 1 for all pixels, also around the image, smoothed by a
/// Gaussian, times alpha.
Statistics naive(double alpha, double sigma, std::uint32_t fields) {
  const auto radius = static_cast<std::size_t>(std::ceil(4 * sigma));
  const std::size_t around = side + 2 * radius;
  std::vector<double> kernel(2 * radius + 1);
  double sum = 0;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const double distance = static_cast<double>(i) - static_cast<double>(radius);
    sum += kernel[i] = std::exp(-distance * distance / (2 * sigma * sigma));
  }
  Statistics statistics;
  std::vector<double> half(around * side);
  for (std::uint32_t f = 0; f < fields; ++f) {
    std::vector<double> axes[2];
    for (std::uint32_t axis = 0; axis < 2; ++axis) {
      const RandomKey key{.seed = 3, .step = axis, .sample = f};
      std::vector<double> noise(around * around);
      for (std::size_t i = 0; i < noise.size(); ++i)
        noise[i] = 2 * double{random_uniform(key, static_cast<std::uint32_t>(i))} - 1;
      for (std::size_t y = 0; y < around; ++y)
        for (std::size_t x = 0; x < side; ++x) {
          double value = 0;
          for (std::size_t k = 0; k < kernel.size(); ++k) value += kernel[k] * noise[y * around + x + k];
          half[y * side + x] = value / sum;
        }
      axes[axis].resize(side * side);
      for (std::size_t y = 0; y < side; ++y)
        for (std::size_t x = 0; x < side; ++x) {
          double value = 0;
          for (std::size_t k = 0; k < kernel.size(); ++k) value += kernel[k] * half[(y + k) * side + x];
          axes[axis][y * side + x] = alpha * value / sum;
        }
    }
    const auto dx = [&](std::size_t y, std::size_t x) { return axes[0][y * side + x]; };
    const auto dy = [&](std::size_t y, std::size_t x) { return axes[1][y * side + x]; };
    statistics.add(dx, dy, 1.0 / fields);
  }
  return statistics;
}

TEST(ElasticField, HasEverywhereTheVarianceAndCorrelationOfSimards) {
  for (const auto& [alpha, sigma] : {std::pair{30.0F, 1.0F}, {20.0F, 1.7F}, {36.0F, 5.0F}, {38.0F, 6.3F}}) {
    const Statistics own = measured(alpha, sigma, 20000);
    const double variance = alpha * alpha / (12 * std::acos(-1.0) * sigma * sigma);
    for (std::size_t i = 0; i < side * side; ++i)
      ASSERT_NEAR(own.squares[i] / variance, 1, 0.05) << sigma << ", pixel " << i;  // five deviations
    for (std::size_t d = 0; d < side; ++d) {
      const double distance = static_cast<double>(d);
      ASSERT_NEAR(own.along[d] / variance, std::exp(-distance * distance / (4 * sigma * sigma)), 0.05) << d;
      ASSERT_NEAR(own.across[d] / variance, std::exp(-distance * distance / (2 * sigma * sigma)), 0.05) << d;
    }
    EXPECT_NEAR(own.between_axes / variance, 0, 0.02);
  }
}

TEST(ElasticField, AgreesWithANaiveOne) {
  for (const auto& [alpha, sigma] : {std::pair{34.0F, 4.0F}, {10.0F, 1.0F}}) {
    const Statistics own = measured(alpha, sigma, 10000);
    const Statistics simard = naive(alpha, sigma, 400);
    double own_variance = 0;
    double simard_variance = 0;
    for (std::size_t i = 0; i < side * side; ++i) {
      own_variance += own.squares[i] / (side * side);
      simard_variance += simard.squares[i] / (side * side);
    }
    EXPECT_NEAR(own_variance / simard_variance, 1, 0.06) << sigma;
    for (std::size_t d = 0; d < side; ++d)
      EXPECT_NEAR(own.along[d] / own_variance, simard.along[d] / simard_variance, 0.2) << sigma << ' ' << d;
  }
}

TEST(ElasticField, GivesTheSameRowsInBands) {
  const auto& kernels = kernels::kernels_for(default_target());
  constexpr std::size_t height = 150;
  for (const float sigma : {1.0F, 2.3F, 7.0F, 100.0F}) {
    ElasticField field(10, sigma, height, side, stride);
    field.draw({.seed = 2}, 0, kernels);
    std::vector<float> dx(height * stride), dy(height * stride), band_x(7 * stride), band_y(7 * stride);
    field.rows(0, height, kernels, dx.data(), dy.data());
    for (std::size_t y = 0; y < height; y += 7) {
      const std::size_t rows = std::min<std::size_t>(7, height - y);
      field.rows(y, rows, kernels, band_x.data(), band_y.data());
      for (std::size_t i = 0; i < rows * stride; ++i) {
        ASSERT_EQ(band_x[i], dx[y * stride + i]) << sigma << ' ' << y;
        ASSERT_EQ(band_y[i], dy[y * stride + i]) << sigma << ' ' << y;
      }
    }
  }
}

}  // namespace
}  // namespace scrawl::elastic_field_test
