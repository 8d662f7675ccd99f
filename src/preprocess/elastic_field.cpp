#include "preprocess/elastic_field.h"

#include "kernels/elementary.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace scrawl {
namespace {

constexpr std::size_t reach = 3;  ///< in sigma; weights beyond are 0

// Node k is at (k - reach) sigma.
std::size_t nodes_for(std::size_t pixels, float sigma) {
  return static_cast<std::size_t>(std::ceil(static_cast<float>(pixels - 1) / sigma)) + 2 * reach + 1;
}

/// Calls set(node, weight) with weights whose squares sum to 1.
template <class Set>
void weights_of(std::size_t pixel, std::size_t nodes, float sigma, const Set& set) {
  const auto weight = [&](std::size_t node) {
    const float distance =
        static_cast<float>(pixel) / sigma - (static_cast<float>(node) - static_cast<float>(reach));
    return std::abs(distance) <= static_cast<float>(reach) ? kernels::exp(-0.5F * distance * distance) : 0.0F;
  };
  float squares = 0;
  for (std::size_t node = 0; node < nodes; ++node) squares += weight(node) * weight(node);
  const float factor = 1 / std::sqrt(squares);
  for (std::size_t node = 0; node < nodes; ++node) set(node, factor * weight(node));
}

std::size_t whole_lanes(std::size_t n) {
  return (n + kernels::augment_lanes - 1) / kernels::augment_lanes * kernels::augment_lanes;
}

}  // namespace

ElasticField::ElasticField(float alpha, float sigma, std::size_t height, std::size_t width,
                           std::size_t stride)
    : sigma_(sigma),
      stride_(stride),
      nodes_x_(nodes_for(width, sigma)),
      nodes_y_(nodes_for(height, sigma)),
      of_x_(nodes_x_ * stride),
      of_y_(height * nodes_y_),
      numbers_(whole_lanes(2 * nodes_y_ * nodes_x_)),
      columns_(2 * nodes_y_ * stride) {
  for (std::size_t x = 0; x < width; ++x)
    weights_of(x, nodes_x_, sigma,
               [&](std::size_t node, float weight) { of_x_[node * stride + x] = weight; });
  const float deviation = alpha / (2 * std::sqrt(3 * std::numbers::pi_v<float>) * sigma);
  for (std::size_t y = 0; y < height; ++y)
    weights_of(y, nodes_y_, sigma,
               [&](std::size_t node, float weight) { of_y_[y * nodes_y_ + node] = deviation * weight; });
}

void ElasticField::draw(const RandomKey& key, std::uint32_t first, const kernels::Kernels<float>& kernels) {
  kernels.augment.random_normals(key, first, numbers_.size(), numbers_.data());
  kernels.gemm({.rows = 2 * nodes_y_,
                .columns = stride_,
                .depth = nodes_x_,
                .a = numbers_.data(),
                .a_row_stride = nodes_x_,
                .b = of_x_.data(),
                .b_stride = stride_,
                .c = columns_.data(),
                .c_stride = stride_});
}

/// The number of nodes without weight for this pixel and those after it.
std::size_t ElasticField::nodes_before(std::size_t pixel) const {
  const auto sigmas = static_cast<std::size_t>(static_cast<float>(pixel) / sigma_);
  return sigmas > 0 ? sigmas - 1 : 0;  // one fewer, in case the quotient was rounded up
}

void ElasticField::rows(std::size_t first_row, std::size_t count, const kernels::Kernels<float>& kernels,
                        float* dx, float* dy) const {
  const std::size_t begin = nodes_before(first_row);
  const std::size_t end = std::min(nodes_y_, nodes_before(first_row + count - 1) + 2 * reach + 3);
  for (const auto& [out, first_node] : {std::pair{dx, begin}, std::pair{dy, nodes_y_ + begin}})
    kernels.gemm({.rows = count,
                  .columns = stride_,
                  .depth = end - begin,
                  .a = of_y_.data() + first_row * nodes_y_ + begin,
                  .a_row_stride = nodes_y_,
                  .b = columns_.data() + first_node * stride_,
                  .b_stride = stride_,
                  .c = out,
                  .c_stride = stride_});
}

}  // namespace scrawl
