#pragma once

#include "scrawl/arrays.h"
#include "scrawl/preprocessing.h"
#include "scrawl/random.h"

#include "kernels/kernels.h"
#include "preprocess/augment_draw.h"
#include "preprocess/elastic_field.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace scrawl {

/// Changes images, and holds the memory for it.
class AugmentPipeline {
 public:
  AugmentPipeline(const Augmentation& augmentation, const Shape& shape, Target target);

  AugmentDraw draw(const RandomKey& key) const;
  /// Changes `image` as `draw` says; the key gives the elastic field and the noise. REQUIRES that the
  /// augmentation has elastic and blur if `draw` uses them.
  void run(const AugmentDraw& draw, const RandomKey& key, const std::uint8_t* image, std::uint8_t* out);

 private:
  void take(const AugmentDraw& draw, const std::uint8_t* image);
  void spread(float pixels);
  void clear_edge(AlignedVector<std::uint8_t>& padded) const;
  void warp(const AugmentDraw& draw, const SourceMap& map, std::size_t first_row, std::size_t rows);
  void finish(const AugmentDraw& draw, const RandomKey& key, std::size_t channel, std::size_t first_row,
              std::size_t rows, const float* values, std::uint8_t* out);
  void blur(const AugmentDraw& draw, const RandomKey& key, std::uint8_t* out);
  float* warped_rows(std::size_t channel, std::size_t first_row);

  Augmentation augmentation_;
  Shape shape_;
  const kernels::Kernels<float>& kernels_;
  std::size_t stride_;     // of rows of values
  std::size_t band_rows_;  // warped at a time, so that they stay in the first-level cache
  std::size_t pitch_;      // of the padded picture
  std::size_t corners_;    // of one channel
  std::optional<ElasticField> elastic_;
  AlignedVector<std::uint8_t> padded_;
  AlignedVector<std::uint8_t> spread_;
  AlignedVector<std::uint8_t> eroded_;
  AlignedVector<std::uint32_t> packed_;  // channels x corners
  AlignedVector<float> dx_;              // of a band, as the others
  AlignedVector<float> dy_;
  AlignedVector<std::uint32_t> place_;
  AlignedVector<float> fraction_x_;
  AlignedVector<float> fraction_y_;
  AlignedVector<float> values_;
  AlignedVector<float> noise_;
  AlignedVector<float> sharp_;  // only with blur: all channels, each with rows of zeros above and below
  AlignedVector<float> row_;    // of the picture, with zeros before and after it
};

}  // namespace scrawl
