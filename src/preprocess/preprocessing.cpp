#include "scrawl/preprocessing.h"

#include "scrawl/error.h"

#include "base/finite.h"
#include "base/text.h"
#include "kernels/kernels.h"

#include <cassert>
#include <cmath>
#include <numeric>

namespace scrawl {
namespace {

Error invalid(const std::string& message) {
  return {ErrorCode::invalid_argument, "preprocessing: " + message};
}

void check_statistic(const char* name, std::span<const float> values, std::size_t pixels) {
  if (values.size() > 1 && values.size() != pixels)
    throw invalid(std::string(name) + " has " + counted(values.size(), "value") +
                  "; give none, one, or one per pixel (" + std::to_string(pixels) + ")");
  if (!all_finite(values)) throw invalid(std::string(name) + " has a value that is not finite");
}

std::string statistic_text(const char* name, std::span<const float> values) {
  return std::string(", ") + name + " " + (values.size() == 1 ? shortest(values[0]) : "(per pixel)");
}

void standardise(const Preprocessing& preprocessing, std::span<float> x) {
  const auto each = [x](std::span<const float> values, const auto& operation) {
    if (values.size() == 1)
      for (float& value : x) value = operation(value, values[0]);
    else if (!values.empty())
      for (std::size_t p = 0; p < x.size(); ++p) x[p] = operation(x[p], values[p]);
  };
  each(preprocessing.mean, [](float a, float b) { return a - b; });
  each(preprocessing.deviation, [](float a, float b) { return a / b; });
}

}  // namespace

std::array<float, 256> byte_values(const Preprocessing& preprocessing) {
  assert(preprocessing.maps_bytes());
  std::array<std::uint8_t, 256> bytes;
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  std::array<float, 256> values;
  kernels::kernels_for(Target::scalar)
      .scale_bytes(bytes.size(), {preprocessing.divisor, preprocessing.factor, preprocessing.offset},
                   bytes.data(), values.data());
  standardise(preprocessing, values);
  return values;
}

void validate(const Preprocessing& preprocessing, std::size_t pixels) {
  const auto& [divisor, factor, offset, mean, deviation, whitening] = preprocessing;
  if (divisor == 0) throw invalid("the divisor is zero");
  if (!std::isfinite(divisor) || !std::isfinite(factor) || !std::isfinite(offset))
    throw invalid("divisor, factor and offset must be finite");
  check_statistic("mean", mean, pixels);
  check_statistic("deviation", deviation, pixels);
  for (const float value : deviation)
    if (value == 0) throw invalid("a deviation is zero; use 1 for pixels that never change");
  if (!whitening.empty() && whitening.size() != pixels * pixels)
    throw invalid("the whitening matrix has " + counted(whitening.size(), "value") + ", expected " +
                  std::to_string(pixels) + " x " + std::to_string(pixels));
  if (!all_finite(whitening)) throw invalid("the whitening matrix has a value that is not finite");
}

std::string to_string(const Preprocessing& preprocessing) {
  std::string text = "byte";
  if (preprocessing.divisor != 1) text += " / " + shortest(preprocessing.divisor);
  if (preprocessing.factor != 1) text += " * " + shortest(preprocessing.factor);
  if (preprocessing.offset != 0) text += " + " + shortest(preprocessing.offset);
  const bool same_form = preprocessing.mean.size() > 1 && preprocessing.deviation.size() > 1;
  if (same_form)
    return text + ", minus mean, over deviation (per pixel)" +
           (preprocessing.whitening.empty() ? "" : ", whitened");
  if (!preprocessing.mean.empty()) text += statistic_text("minus mean", preprocessing.mean);
  if (!preprocessing.deviation.empty()) text += statistic_text("over deviation", preprocessing.deviation);
  if (!preprocessing.whitening.empty()) text += ", whitened";
  return text;
}

Preprocessor::Preprocessor(Preprocessing preprocessing, std::size_t pixels, std::size_t max_rows)
    : preprocessing_(std::move(preprocessing)), pixels_(pixels) {
  validate(preprocessing_, pixels);
  if (preprocessing_.whitening.empty()) return;
  whitening_.resize(pixels * pixels);
  for (std::size_t row = 0; row < pixels; ++row)
    for (std::size_t column = 0; column < pixels; ++column)
      whitening_[column * pixels + row] = preprocessing_.whitening[row * pixels + column];
  scratch_.resize(max_rows * pixels);
}

template <class Source>
void Preprocessor::fill(const Source& image, const Compute& compute, MatrixView<float> out) {
  assert(out.columns() == pixels_);
  const bool whiten = !whitening_.empty();
  assert(!whiten || out.rows() * pixels_ <= scratch_.size());
  const MatrixView<float> scaled = whiten ? MatrixView<float>(scratch_.data(), out.rows(), pixels_) : out;
  const kernels::ByteScale scale{preprocessing_.divisor, preprocessing_.factor, preprocessing_.offset};
  compute.pool().run_ranges(out.rows(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      const auto row = scaled.row(r);
      compute.kernels().scale_bytes(pixels_, scale, image(r), row.data());
      standardise(preprocessing_, row);
    }
    if (whiten)
      compute.kernels().gemm({.rows = end - begin,
                              .columns = pixels_,
                              .depth = pixels_,
                              .a = scaled.row(begin).data(),
                              .a_row_stride = pixels_,
                              .b = whitening_.data(),
                              .b_stride = pixels_,
                              .c = out.row(begin).data(),
                              .c_stride = out.stride()});
  });
}

void Preprocessor::gather(std::span<const std::uint8_t> images, std::span<const std::uint32_t> indices,
                          const Compute& compute, MatrixView<float> out) {
  assert(indices.size() == out.rows());
  fill(
      [&](std::size_t row) {
        assert((std::size_t{indices[row]} + 1) * pixels_ <= images.size());
        return images.data() + indices[row] * pixels_;
      },
      compute, out);
}

void Preprocessor::apply(std::span<const std::uint8_t> images, const Compute& compute,
                         MatrixView<float> out) {
  assert(out.rows() * pixels_ <= images.size());
  fill([&](std::size_t row) { return images.data() + row * pixels_; }, compute, out);
}

}  // namespace scrawl
