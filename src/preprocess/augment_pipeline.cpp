#include "preprocess/augment_pipeline.h"

#include "kernels/elementary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

namespace scrawl {
namespace {

using kernels::augment_lanes;
using kernels::augment_room;

// The first random block (of four words) of each use.
constexpr std::uint32_t first_of_elastic = 1U << 10;
constexpr std::uint32_t first_of_noise = 1U << 31;

constexpr std::size_t band_values = 1024;
constexpr std::size_t most_blur_radius = 15;
constexpr float least_blur = 0.1F;  // a pixel's neighbours then have a weight of 2e-22

std::size_t lanes_for(std::size_t width) {
  return (width + augment_lanes - 1) / augment_lanes * augment_lanes;
}

}  // namespace

AugmentPipeline::AugmentPipeline(const Augmentation& augmentation, const Shape& shape, Target target)
    : augmentation_(augmentation),
      shape_(shape),
      kernels_(kernels::kernels_for(target)),
      stride_(lanes_for(shape.width)),
      band_rows_(std::clamp(band_values / stride_, std::size_t{1}, shape.height)),
      pitch_(kernels::padded_pitch(shape.width)),
      corners_(pitch_ * (shape.height + 2)),
      // One more row than the corners, which read the byte below.
      padded_(corners_ + pitch_ + augment_room),
      spread_(augmentation.thickness > 0 ? padded_.size() : 0),
      eroded_(spread_.size()),
      packed_(shape.channels * corners_ + augment_room),
      place_(band_rows_ * stride_),
      fraction_x_(band_rows_ * stride_),
      fraction_y_(band_rows_ * stride_),
      values_(band_rows_ * stride_) {
  if (augmentation.elastic_alpha > 0) {
    elastic_.emplace(augmentation.elastic_alpha, augmentation.elastic_sigma, shape.height, shape.width,
                     stride_);
    dx_.resize(band_rows_ * stride_);
    dy_.resize(band_rows_ * stride_);
  }
  if (augmentation.noise > 0) noise_.resize(band_rows_ * stride_);
  if (augmentation.blur > 0) {
    sharp_.resize(shape.channels * (shape.height + 2 * most_blur_radius) * stride_);
    row_.resize(stride_ + 2 * augment_lanes);
  }
}

AugmentDraw AugmentPipeline::draw(const RandomKey& key) const {
  std::array<std::uint32_t, augment_draw_words> words;
  kernels_.augment.random_words(key, 0, words.size(), words.data());
  return draw_augmentation(augmentation_, shape_, words);
}

void AugmentPipeline::run(const AugmentDraw& draw, const RandomKey& key, const std::uint8_t* image,
                          std::uint8_t* out) {
  if (!draw.changes) {
    std::memcpy(out, image, shape_.size());
    return;
  }
  take(draw, image);
  if (draw.elastic) elastic_->draw(key, first_of_elastic, kernels_);
  const SourceMap map = source_map(draw, shape_.height, shape_.width);
  const bool blurs = draw.blur >= least_blur;
  for (std::size_t y = 0; y < shape_.height; y += band_rows_) {
    const std::size_t rows = std::min(band_rows_, shape_.height - y);
    warp(draw, map, y, rows);
    for (std::size_t channel = 0; channel < shape_.channels; ++channel) {
      float* values = blurs ? warped_rows(channel, y) : values_.data();
      kernels_.augment.bilinear(rows * stride_, packed_.data() + channel * corners_, place_.data(),
                                fraction_x_.data(), fraction_y_.data(), values);
      if (!blurs) finish(draw, key, channel, y, rows, values, out);
    }
  }
  if (blurs) blur(draw, key, out);
  for (std::size_t row = 0; draw.erased_width > 0 && row < shape_.channels * draw.erased_height; ++row) {
    const std::size_t channel = row / draw.erased_height;
    const std::size_t y = draw.erased_y + row % draw.erased_height;
    std::memset(out + (channel * shape_.height + y) * shape_.width + draw.erased_x, 0, draw.erased_width);
  }
}

/// Packs the corners of all channels, after changing the thickness of their strokes.
void AugmentPipeline::take(const AugmentDraw& draw, const std::uint8_t* image) {
  for (std::size_t channel = 0; channel < shape_.channels; ++channel) {
    const std::uint8_t* row = image + channel * shape_.height * shape_.width;
    for (std::size_t y = 0; y < shape_.height; ++y, row += shape_.width)
      std::memcpy(padded_.data() + (y + 1) * pitch_ + 1, row, shape_.width);
    if (draw.thickness != 0) spread(draw.thickness);
    kernels_.augment.pack_corners(corners_, pitch_, padded_.data(), packed_.data() + channel * corners_);
  }
}

/// Thicker: towards the largest of the nine pixels around each. Thinner: towards the smallest, but only
/// within the opening (the largest of the smallest), because thinner strokes would vanish.
void AugmentPipeline::spread(float pixels) {
  const std::size_t first = pitch_ + 1;
  const std::size_t count = pitch_ * shape_.height - 2;
  const auto& augment = kernels_.augment;
  for (float left = std::abs(pixels); left > 0; left -= 1) {
    const auto weight = static_cast<std::uint32_t>(std::lround(std::min(left, 1.0F) * 256));
    const std::uint8_t* base = padded_.data() + first;
    if (pixels < 0) {
      augment.erode_bytes(count, pitch_, base, eroded_.data() + first);
      clear_edge(eroded_);
    }
    augment.spread_bytes(count, pitch_, pixels > 0, weight, pixels > 0 ? base : eroded_.data() + first, base,
                         spread_.data() + first);
    clear_edge(spread_);
    std::swap(padded_, spread_);
  }
}

void AugmentPipeline::clear_edge(AlignedVector<std::uint8_t>& padded) const {
  for (std::size_t row = 1; row <= shape_.height; ++row)
    padded[row * pitch_] = padded[(row + 1) * pitch_ - 1] = 0;
  const std::size_t behind = pitch_ * (shape_.height + 1);
  std::memset(padded.data() + behind, 0, padded.size() - behind);
}

void AugmentPipeline::warp(const AugmentDraw& draw, const SourceMap& map, std::size_t first_row,
                           std::size_t rows) {
  if (draw.elastic) elastic_->rows(first_row, rows, kernels_, dx_.data(), dy_.data());
  kernels_.augment.warp({.rows = rows,
                         .first_row = first_row,
                         .width = shape_.width,
                         .stride = stride_,
                         .xx = map.xx,
                         .xy = map.xy,
                         .x0 = map.x0 + 1,
                         .yx = map.yx,
                         .yy = map.yy,
                         .y0 = map.y0 + 1,
                         .last_x = static_cast<float>(shape_.width + 1),
                         .last_y = static_cast<float>(shape_.height + 1),
                         .pitch = static_cast<std::uint32_t>(pitch_),
                         .dx = draw.elastic ? dx_.data() : nullptr,
                         .dy = draw.elastic ? dy_.data() : nullptr,
                         .place = place_.data(),
                         .fraction_x = fraction_x_.data(),
                         .fraction_y = fraction_y_.data()});
}

void AugmentPipeline::finish(const AugmentDraw& draw, const RandomKey& key, std::size_t channel,
                             std::size_t first_row, std::size_t rows, const float* values,
                             std::uint8_t* out) {
  const std::size_t row = channel * shape_.height + first_row;
  if (draw.noise > 0)
    kernels_.augment.random_normals(key, first_of_noise + static_cast<std::uint32_t>(row * stride_ / 4),
                                    rows * stride_, noise_.data());
  kernels_.augment.tone_bytes(rows, shape_.width, stride_,
                              {.factor = draw.factor, .gamma = draw.gamma, .deviation = draw.noise}, values,
                              noise_.data(), out + row * shape_.width);
}

float* AugmentPipeline::warped_rows(std::size_t channel, std::size_t first_row) {
  const std::size_t rows = shape_.height + 2 * most_blur_radius;
  return sharp_.data() + (channel * rows + most_blur_radius + first_row) * stride_;
}

/// Blurs sharp_ row by row, along y and then along x.
void AugmentPipeline::blur(const AugmentDraw& draw, const RandomKey& key, std::uint8_t* out) {
  const std::size_t radius = std::min(static_cast<std::size_t>(std::ceil(3 * draw.blur)), most_blur_radius);
  std::array<float, most_blur_radius + 1> weights = {};
  float sum = 0;
  for (std::size_t t = 0; t <= radius; ++t) {
    const float distance = static_cast<float>(t) / draw.blur;
    weights[t] = kernels::exp(-0.5F * distance * distance);
    sum += t > 0 ? 2 * weights[t] : weights[t];
  }
  for (float& weight : weights) weight /= sum;
  float* const middle = row_.data() + augment_lanes;
  for (std::size_t channel = 0; channel < shape_.channels; ++channel)
    for (std::size_t y = 0; y < shape_.height; ++y) {
      kernels_.augment.blur(stride_, radius, weights.data(), warped_rows(channel, y), stride_, middle);
      kernels_.augment.blur(stride_, radius, weights.data(), middle, 1, values_.data());
      finish(draw, key, channel, y, 1, values_.data(), out);
    }
}

}  // namespace scrawl
