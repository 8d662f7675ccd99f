#pragma once

#include "scrawl/arrays.h"
#include "scrawl/random.h"

#include "kernels/kernels.h"

#include <cstddef>

namespace scrawl {

/// The random displacements of an elastic deformation; see Augmentation::elastic_alpha. Smoothing a number
/// per pixel with a Gaussian is slow. The sum of Gaussians of deviation sigma around grid nodes, each times a
/// normal number, is the same random field (stationary, normal, same covariance) if nodes are at most sigma
/// apart: the variance then varies by one part in ten thousand, which is divided out. The numbers are spread
/// by two matrix products, along x and y. Nodes outside the picture keep its edges the same.
class ElasticField {
 public:
  /// `stride` of the result's rows: a multiple of augment_lanes.
  ElasticField(float alpha, float sigma, std::size_t height, std::size_t width, std::size_t stride);

  /// Draws the numbers of a picture, starting at block `first` of the key.
  void draw(const RandomKey& key, std::uint32_t first, const kernels::Kernels<float>& kernels);
  /// The displacements of `count` rows, in pixels: count x stride values each, 0 after the width.
  void rows(std::size_t first_row, std::size_t count, const kernels::Kernels<float>& kernels, float* dx,
            float* dy) const;

 private:
  std::size_t nodes_before(std::size_t pixel) const;

  float sigma_;
  std::size_t stride_;
  std::size_t nodes_x_;
  std::size_t nodes_y_;
  AlignedVector<float> of_x_;     // nodes_x x stride
  AlignedVector<float> of_y_;     // height x nodes_y
  AlignedVector<float> numbers_;  // 2 x nodes_y x nodes_x: of dx, then of dy
  AlignedVector<float> columns_;  // 2 x nodes_y x stride: the same, spread along x
};

}  // namespace scrawl
