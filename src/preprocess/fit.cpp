#include "scrawl/error.h"
#include "scrawl/preprocessing.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <Eigen/Eigenvalues>

namespace scrawl {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;

constexpr std::size_t most_whitened_pixels = 4096;

/// Statistics of the raw bytes. Sums of bytes are exact in double, in any order.
struct ByteStatistics {
  std::vector<double> mean;     // per pixel
  std::vector<double> squares;  // per pixel: sum of squared distances from the mean
  double count;                 // images
};

ByteStatistics measure(Bytes images, std::size_t pixels) {
  const std::size_t count = images.size() / pixels;
  ByteStatistics s{std::vector<double>(pixels), std::vector<double>(pixels), static_cast<double>(count)};
  for (std::size_t row = 0; row < images.size(); row += pixels)
    for (std::size_t p = 0; p < pixels; ++p) s.mean[p] += images[row + p];
  for (double& mean : s.mean) mean /= s.count;
  for (std::size_t row = 0; row < images.size(); row += pixels)
    for (std::size_t p = 0; p < pixels; ++p) {
      const double distance = images[row + p] - s.mean[p];
      s.squares[p] += distance * distance;
    }
  return s;
}

double global_mean(const ByteStatistics& s) {
  double sum = 0;
  for (const double mean : s.mean) sum += mean;
  return sum / static_cast<double>(s.mean.size());
}

/// The deviation of all pixels of all images around their common mean.
double global_deviation(const ByteStatistics& s) {
  const double mean = global_mean(s);
  double squares = 0;
  for (std::size_t p = 0; p < s.mean.size(); ++p)
    squares += s.squares[p] + s.count * (s.mean[p] - mean) * (s.mean[p] - mean);
  return std::sqrt(squares / (s.count * static_cast<double>(s.mean.size())));
}

/// The covariance of the raw bytes. A product of two bytes is below 2^16, so float sums of 256 of them are
/// exact: the result does not depend on the order in which Eigen sums.
Matrix byte_covariance(Bytes images, std::size_t pixels, const ByteStatistics& s) {
  constexpr std::size_t exact_rows = 256;
  const auto size = static_cast<Eigen::Index>(pixels);
  const std::size_t count = images.size() / pixels;
  using Block = Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::MatrixXf block;
  Eigen::MatrixXf products(size, size);
  Matrix sum = Matrix::Zero(size, size);
  for (std::size_t row = 0; row < count; row += exact_rows) {
    const auto rows = static_cast<Eigen::Index>(std::min(exact_rows, count - row));
    block = Eigen::Map<const Block>(images.data() + row * pixels, rows, size).cast<float>();
    products.setZero();
    products.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
    sum += products.cast<double>();
  }
  const Eigen::Map<const Eigen::VectorXd> mean(s.mean.data(), size);
  sum = (sum / s.count - mean * mean.transpose()).eval();
  return sum;
}

/// U (L + epsilon)^-1/2 U^T for a covariance U L U^T given by its lower triangle.
std::vector<float> zca(const Matrix& covariance, double epsilon) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(covariance);
  if (solver.info() != Eigen::Success)
    throw Error(ErrorCode::invalid_argument,
                "whitening: the eigenvalues of the covariance cannot be computed");
  // Rounding can leave a zero eigenvalue slightly negative.
  const Eigen::VectorXd scale = (solver.eigenvalues().cwiseMax(0.0).array() + epsilon).sqrt().inverse();
  const Matrix& u = solver.eigenvectors();
  const Matrix whitening = u * scale.asDiagonal() * u.transpose();
  const Eigen::Index size = covariance.rows();
  std::vector<float> values(static_cast<std::size_t>(size * size));
  for (Eigen::Index row = 0; row < size; ++row)
    for (Eigen::Index column = 0; column < size; ++column)
      values[static_cast<std::size_t>(row * size + column)] =
          static_cast<float>(whitening(std::max(row, column), std::min(row, column)));
  return values;
}

}  // namespace

Preprocessing fit_preprocessing(Preprocessing scale, const PreprocessingFit& fit, Bytes images,
                                std::size_t pixels) {
  assert(pixels > 0 && images.size() % pixels == 0);
  if (images.empty())
    throw Error(ErrorCode::invalid_argument, "preprocessing needs at least one image to be measured on");
  if (fit.whiten && pixels > most_whitened_pixels)
    throw Error(ErrorCode::invalid_argument, "whitening is limited to images of " +
                                                 std::to_string(most_whitened_pixels) +
                                                 " pixels, these have " + std::to_string(pixels));
  if (fit.whiten && !(fit.whitening_epsilon > 0))
    throw Error(ErrorCode::invalid_argument, "whitening: epsilon must be above 0");
  Preprocessing result{.divisor = scale.divisor, .factor = scale.factor, .offset = scale.offset};
  validate(result, pixels);
  if (fit.standardise == Standardise::none && !fit.whiten) return result;

  const ByteStatistics bytes = measure(images, pixels);
  const double slope = double{scale.factor} / double{scale.divisor};  // change of a pixel's value per byte
  const auto value_of = [&](double byte) { return static_cast<float>(byte * slope + double{scale.offset}); };
  const auto deviation_of = [&](double byte_deviation) {
    const auto deviation = static_cast<float>(byte_deviation * std::abs(slope));
    return deviation > 0 ? deviation : 1.0F;
  };

  if (fit.standardise == Standardise::global && !fit.whiten)
    result.mean = {value_of(global_mean(bytes))};
  else
    for (const double mean : bytes.mean) result.mean.push_back(value_of(mean));
  if (fit.standardise == Standardise::global) result.deviation = {deviation_of(global_deviation(bytes))};
  if (fit.standardise == Standardise::per_pixel)
    for (const double squares : bytes.squares)
      result.deviation.push_back(deviation_of(std::sqrt(squares / bytes.count)));

  if (fit.whiten) {
    Eigen::VectorXd gain = Eigen::VectorXd::Constant(static_cast<Eigen::Index>(pixels), slope);
    for (std::size_t p = 0; p < pixels && !result.deviation.empty(); ++p)
      gain[static_cast<Eigen::Index>(p)] /= double{result.deviation[result.deviation.size() == 1 ? 0 : p]};
    const Matrix covariance = gain.asDiagonal() * byte_covariance(images, pixels, bytes) * gain.asDiagonal();
    result.whitening = zca(covariance, double{fit.whitening_epsilon});
  }
  return result;
}

}  // namespace scrawl
