#pragma once

#include "scrawl/arrays.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

struct PenPoint {
  float x = 0;
  float y = 0;
};

using Polyline = std::vector<PenPoint>;

/// x' = xx x + xy y + x0, y' = yx x + yy y + y0.
struct Affine {
  float xx = 1;
  float xy = 0;
  float x0 = 0;
  float yx = 0;
  float yy = 1;
  float y0 = 0;

  PenPoint operator()(PenPoint p) const { return {xx * p.x + xy * p.y + x0, yx * p.x + yy * p.y + y0}; }
};

/// Turns by `degrees`, after a shear by `slant` and scaling, and moves by (x, y).
Affine affine(float degrees, float slant, float scale_x, float scale_y, float x, float y);

std::uint8_t grey_of(float ink);  ///< 0 for no ink, 255 for 1 or more

/// A grey picture that is drawn on, 0 for paper and 1 for ink. Pixel (x, y) covers the square from (x, y) to
/// (x + 1, y + 1). The same drawing has the same bits on every machine.
class Canvas {
 public:
  Canvas(std::size_t width, std::size_t height) : width_(width), height_(height), ink_(width * height) {}

  std::size_t width() const { return width_; }
  std::size_t height() const { return height_; }
  float& operator()(std::size_t x, std::size_t y) { return ink_[y * width_ + x]; }

  /// A line with round ends and the given radius; edges are smooth over a pixel.
  void stroke(std::span<const PenPoint> line, float radius);
  /// The same with a radius that changes from point to point. REQUIRES one radius for each point.
  void stroke(std::span<const PenPoint> line, std::span<const float> radii);
  /// The inside of closed outlines, by the non-zero rule.
  void fill(std::span<const Polyline> outlines, float ink = 1);

  GreyImage image() const;  ///< 255 for ink

 private:
  std::size_t width_;
  std::size_t height_;
  std::vector<float> ink_;
};

/// A smooth curve through `points` (Catmull and Rom, 1974), `steps` pieces from each to the next. Where a
/// point stands twice, the curve has a corner.
Polyline smooth(std::span<const PenPoint> points, std::size_t steps = 8);

}  // namespace scrawl
