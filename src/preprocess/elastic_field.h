#pragma once

#include "scrawl/arrays.h"
#include "scrawl/random.h"

#include "kernels/kernels.h"

#include <cstddef>

namespace scrawl {

/// The random displacements of an elastic deformation; see Augmentation::elastic_alpha.
///
/// Smoothing one number a pixel with a Gaussian costs as many multiplications a pixel as the Gaussian has.
/// But the sum of Gaussians of deviation sigma around the nodes of a grid, each times a normal number, is the
/// same random field (stationary, normal, with the same covariance) as soon as the nodes lie no further apart
/// than sigma: the variance then differs from place to place by one part in ten thousand, and is divided out.
/// So the numbers are drawn at such nodes, and spread by two matrix products, along x and along y. As if the
/// picture went on, nothing is different at its edges.
class ElasticField {
 public:
  /// `stride`: of the rows that come out, a multiple of augment_lanes.
  ElasticField(float alpha, float sigma, std::size_t height, std::size_t width, std::size_t stride);

  /// Draws the numbers of a picture; they begin with block `first` of the key.
  void draw(const RandomKey& key, std::uint32_t first, const kernels::Kernels<float>& kernels);
  /// The displacements of `count` rows, in pixels: count x stride values each, 0 behind the width.
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
