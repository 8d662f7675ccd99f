#include "synth/canvas.h"

#include "base/portable_math.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t sub_rows = 4;  // of a pixel, for outlines

float distance(PenPoint p, PenPoint a, PenPoint b, float& along) {
  const float dx = b.x - a.x;
  const float dy = b.y - a.y;
  const float length = dx * dx + dy * dy;
  along = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0F, 1.0F) : 0;
  const float x = a.x + along * dx - p.x;
  const float y = a.y + along * dy - p.y;
  return std::sqrt(x * x + y * y);
}

/// The pixels from `low` to `high` that lie in 0..size.
std::pair<std::size_t, std::size_t> pixels(float low, float high, std::size_t size) {
  const auto most = static_cast<float>(size);
  return {static_cast<std::size_t>(std::clamp(std::floor(low), 0.0F, most)),
          static_cast<std::size_t>(std::clamp(std::ceil(high), 0.0F, most))};
}

struct Crossing {
  float x;
  int winding;
};

}  // namespace

Affine affine(float degrees, float slant, float scale_x, float scale_y, float x, float y) {
  const double turn = degrees / 360.0;
  const auto cosine = static_cast<float>(portable_cos_turn(std::abs(turn)));
  const auto sine = static_cast<float>(portable_cos_turn(std::abs(turn - 0.25)));
  return {.xx = cosine * scale_x,
          .xy = (cosine * slant - sine) * scale_y,
          .x0 = x,
          .yx = sine * scale_x,
          .yy = (sine * slant + cosine) * scale_y,
          .y0 = y};
}

void Canvas::stroke(std::span<const PenPoint> line, float radius) {
  const std::vector<float> radii(line.size(), radius);
  stroke(line, radii);
}

void Canvas::stroke(std::span<const PenPoint> line, std::span<const float> radii) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::size_t next = std::min(i + 1, line.size() - 1);
    if (next == i && line.size() > 1) break;
    const PenPoint a = line[i];
    const PenPoint b = line[next];
    const float reach = std::max(radii[i], radii[next]) + 1;
    const auto [left, right] = pixels(std::min(a.x, b.x) - reach, std::max(a.x, b.x) + reach, width_);
    const auto [top, bottom] = pixels(std::min(a.y, b.y) - reach, std::max(a.y, b.y) + reach, height_);
    for (std::size_t y = top; y < bottom; ++y)
      for (std::size_t x = left; x < right; ++x) {
        float along = 0;
        const float away =
            distance({static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F}, a, b, along);
        const float radius = radii[i] + along * (radii[next] - radii[i]);
        float& ink = (*this)(x, y);
        ink = std::max(ink, std::clamp(radius + 0.5F - away, 0.0F, 1.0F));
      }
  }
}

void Canvas::fill(std::span<const Polyline> outlines, float ink) {
  std::vector<float> row(width_);
  std::vector<Crossing> crossings;
  for (std::size_t y = 0; y < height_; ++y) {
    std::fill(row.begin(), row.end(), 0.0F);
    for (std::size_t sub = 0; sub < sub_rows; ++sub) {
      const float level = static_cast<float>(y) + (static_cast<float>(sub) + 0.5F) / sub_rows;
      crossings.clear();
      for (const auto& outline : outlines)
        for (std::size_t i = 0; i < outline.size(); ++i) {
          const PenPoint a = outline[i];
          const PenPoint b = outline[(i + 1) % outline.size()];
          if ((a.y <= level) == (b.y <= level)) continue;
          crossings.push_back({a.x + (level - a.y) / (b.y - a.y) * (b.x - a.x), a.y < b.y ? 1 : -1});
        }
      std::stable_sort(crossings.begin(), crossings.end(),
                       [](const Crossing& a, const Crossing& b) { return a.x < b.x; });
      int winding = 0;
      for (std::size_t i = 0; i + 1 < crossings.size(); ++i) {
        winding += crossings[i].winding;
        if (winding == 0) continue;
        const float from = crossings[i].x;
        const float to = crossings[i + 1].x;
        const auto [left, right] = pixels(from, to, width_);
        for (std::size_t x = left; x < right; ++x)
          row[x] +=
              std::max(0.0F, std::min(to, static_cast<float>(x + 1)) - std::max(from, static_cast<float>(x)));
      }
    }
    for (std::size_t x = 0; x < width_; ++x) {
      float& value = (*this)(x, y);
      value += (ink - value) * std::min(row[x] / sub_rows, 1.0F);
    }
  }
}

std::uint8_t grey_of(float ink) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(ink, 0.0F, 1.0F) * 255));
}

GreyImage Canvas::image() const {
  GreyImage image{.width = width_, .height = height_, .pixels = std::vector<std::uint8_t>(ink_.size())};
  for (std::size_t i = 0; i < ink_.size(); ++i) image.pixels[i] = grey_of(ink_[i]);
  return image;
}

Polyline smooth(std::span<const PenPoint> points, std::size_t steps) {
  if (points.size() < 3) return {points.begin(), points.end()};
  Polyline curve = {points[0]};
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const PenPoint p1 = points[i];
    const PenPoint p2 = points[i + 1];
    if (p1.x == p2.x && p1.y == p2.y) continue;
    const PenPoint p0 = points[i > 0 ? i - 1 : i];
    const PenPoint p3 = points[std::min(i + 2, points.size() - 1)];
    for (std::size_t step = 1; step <= steps; ++step) {
      const float t = static_cast<float>(step) / static_cast<float>(steps);
      const auto at = [t](float a, float b, float c, float d) {
        return b + 0.5F * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
      };
      curve.push_back({at(p0.x, p1.x, p2.x, p3.x), at(p0.y, p1.y, p2.y, p3.y)});
    }
  }
  return curve;
}

}  // namespace scrawl
