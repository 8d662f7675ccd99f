#include "page/sheet.h"

#include "image/cleaning.h"
#include "image/components.h"
#include "image/morphology.h"
#include "image/resample.h"
#include "page/geometry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t sketch_pixels = 40'000;
constexpr double paper_reach = 0.28;  // from the paper's brightness to the ground's
constexpr std::size_t writing_side = 5;
constexpr std::size_t grain_side = 15;
constexpr double least_area = 0.12;  // of the picture
constexpr double most_area = 0.93;
constexpr double least_convexity = 0.7;   // its area by that of its hull
constexpr double least_difference = 40;   // in grey, between sheet and ground
constexpr double sharp = 0.45;            // of that difference, within a few pixels of the sketch
constexpr double least_sharp_part = 0.6;  // of the outline
constexpr std::ptrdiff_t edge_reach = 3;
constexpr double margin = 0.012;  // of the longer side: the edge itself and what shadow it throws

/// The threshold that divides the greys into two classes that differ most (Otsu 1979).
std::uint8_t otsu(const GreyImage& picture) {
  std::array<double, 256> histogram{};
  for (const std::uint8_t value : picture.pixels) histogram[value] += 1;
  double sum = 0;
  const auto all = static_cast<double>(picture.pixels.size());
  for (std::size_t value = 0; value < 256; ++value) sum += static_cast<double>(value) * histogram[value];
  double below = 0, sum_below = 0, best = -1;
  std::size_t threshold = 127;
  for (std::size_t value = 0; value < 255; ++value) {
    below += histogram[value];
    sum_below += static_cast<double>(value) * histogram[value];
    if (below == 0 || below == all) continue;
    const double difference = sum_below / below - (sum - sum_below) / (all - below);
    const double variance = below * (all - below) * difference * difference;
    if (variance > best) best = variance, threshold = value;
  }
  return static_cast<std::uint8_t>(threshold);
}

double cross(const Point& o, const Point& a, const Point& b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

/// The convex hull, counterclockwise (Andrew's monotone chain). REQUIRES points in order of x, then y.
std::vector<Point> hull_of(const std::vector<Point>& points) {
  std::vector<Point> hull;
  const auto add = [&](const Point& point, std::size_t base) {
    while (hull.size() >= base + 2 && cross(hull[hull.size() - 2], hull.back(), point) <= 0) hull.pop_back();
    hull.push_back(point);
  };
  for (const Point& point : points) add(point, 0);
  const std::size_t base = hull.size() - 1;
  for (auto point = points.rbegin() + 1; point != points.rend(); ++point) add(*point, base);
  hull.pop_back();
  return hull;
}

double area_of(const std::vector<Point>& hull) {
  double twice = 0;
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const Point& a = hull[i];
    const Point& b = hull[(i + 1) % hull.size()];
    twice += a.x * b.y - a.y * b.x;
  }
  return std::abs(twice) / 2;
}

double median(std::vector<std::uint8_t>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The part of the hull's outline within the picture across which the light changes sharply.
double sharp_part(const GreyImage& sketch, const std::vector<Point>& hull, double difference) {
  std::size_t all = 0;
  std::size_t sharply = 0;
  const auto at = [&](double x, double y) -> std::optional<int> {
    if (x < 0 || y < 0 || x >= static_cast<double>(sketch.width) || y >= static_cast<double>(sketch.height))
      return std::nullopt;
    return sketch.pixels[static_cast<std::size_t>(y) * sketch.width + static_cast<std::size_t>(x)];
  };
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const Point& a = hull[i];
    const Point& b = hull[(i + 1) % hull.size()];
    const double length = distance(b.x - a.x, b.y - a.y);
    for (double t = 0.5; t < length; t += 1) {
      const double x = a.x + (b.x - a.x) * t / length;
      const double y = a.y + (b.y - a.y) * t / length;
      const double nx = (b.y - a.y) / length;  // outwards
      const double ny = (a.x - b.x) / length;
      int brightest = 0;
      int darkest = 255;
      bool is_inside = true;
      for (std::ptrdiff_t k = 1; k <= edge_reach + 1; ++k) {
        const auto step = static_cast<double>(k);
        const auto outer = at(x + nx * step, y + ny * step);
        const auto inner = at(x - nx * step, y - ny * step);
        is_inside = is_inside && outer.has_value();
        if (outer) darkest = std::min(darkest, *outer);
        if (inner) brightest = std::max(brightest, *inner);
      }
      if (!is_inside) continue;  // the sheet goes on beyond the picture
      ++all;
      sharply += brightest - darkest >= sharp * difference;
    }
  }
  return all == 0 ? 0 : static_cast<double>(sharply) / static_cast<double>(all);
}

}  // namespace

Sheet find_sheet(const GreyImage& picture) {
  const std::size_t factor = factor_to(picture.pixels.size(), sketch_pixels);
  // Writing is filled, and bright grain of the ground, or what else is narrow, taken away.
  const GreyImage sketch =
      opened(inverted(opened(inverted(reduced(picture, factor)), writing_side, writing_side)), grain_side,
             grain_side);
  if (std::min(sketch.width, sketch.height) < small_side) return {};
  const auto largest_of = [](const Components& parts) {
    return std::max_element(parts.all.begin(), parts.all.end(),
                            [](const auto& a, const auto& b) { return a.area < b.area; });
  };
  Components parts = find_components(sketch, otsu(sketch));
  if (parts.all.empty()) return {};
  {  // What is between the paper and the ground, such as a reflection, is no paper.
    const auto label_of_largest = static_cast<std::uint32_t>(largest_of(parts) - parts.all.begin() + 1);
    std::vector<std::uint8_t> paper, ground;
    for (std::size_t i = 0; i < sketch.pixels.size(); ++i)
      (parts.labels[i] == label_of_largest ? paper : ground).push_back(sketch.pixels[i]);
    if (ground.empty()) return {};
    const double bright = median(paper);
    parts =
        find_components(sketch, static_cast<std::uint8_t>(bright - paper_reach * (bright - median(ground))));
    if (parts.all.empty()) return {};
  }
  const auto largest = largest_of(parts);
  const auto label = static_cast<std::uint32_t>(largest - parts.all.begin() + 1);
  std::vector<Point> points;
  std::vector<std::uint8_t> inside, outside;
  for (std::size_t x = 0; x < sketch.width; ++x) {
    std::ptrdiff_t first = -1, last = -1;
    for (std::size_t y = 0; y < sketch.height; ++y) {
      const std::size_t at = y * sketch.width + x;
      if (parts.labels[at] != label) {
        outside.push_back(sketch.pixels[at]);
        continue;
      }
      inside.push_back(sketch.pixels[at]);
      if (first < 0) first = static_cast<std::ptrdiff_t>(y);
      last = static_cast<std::ptrdiff_t>(y);
    }
    if (first < 0) continue;
    points.push_back({static_cast<double>(x), static_cast<double>(first)});
    points.push_back({static_cast<double>(x), static_cast<double>(last + 1)});
  }
  if (points.size() < 8 || outside.empty()) return {};
  const std::vector<Point> hull = hull_of(points);
  const double area = area_of(hull);
  const auto all = static_cast<double>(sketch.pixels.size());
  if (area < least_area * all || area > most_area * all ||
      static_cast<double>(largest->area) < least_convexity * area)
    return {};
  const double difference = median(inside) - median(outside);
  if (difference < least_difference || sharp_part(sketch, hull, difference) < least_sharp_part) return {};

  Sheet sheet{.rows = std::vector<Sheet::Row>(picture.height)};
  const auto scale = static_cast<double>(factor);
  const double room = margin * static_cast<double>(std::max(picture.width, picture.height));
  for (std::size_t y = 0; y < picture.height; ++y) {
    // The row cuts a convex outline in one interval.
    const double row = (static_cast<double>(y) + 0.5) / scale;
    double left = 1e9;
    double right = -1e9;
    for (std::size_t i = 0; i < hull.size(); ++i) {
      const Point& a = hull[i];
      const Point& b = hull[(i + 1) % hull.size()];
      if ((a.y <= row) == (b.y <= row)) continue;
      const double x = a.x + (b.x - a.x) * (row - a.y) / (b.y - a.y);
      left = std::min(left, x);
      right = std::max(right, x);
    }
    if (left > right) continue;
    const double first = left <= 1 ? 0 : left * scale + room;
    const double end = right >= static_cast<double>(sketch.width) - 2 ? static_cast<double>(picture.width)
                                                                      : (right + 1) * scale - room;
    if (first < end)
      sheet.rows[y] = {static_cast<std::size_t>(first),
                       std::min(static_cast<std::size_t>(end), picture.width)};
  }
  // Above and below, too, the edge is left out, unless the sheet goes on beyond the picture.
  const auto lines = static_cast<std::size_t>(room);
  const auto is_paper = [&](std::size_t y) { return sheet.rows[y].end > sheet.rows[y].first; };
  std::size_t top = 0;
  while (top < picture.height && !is_paper(top)) ++top;
  std::size_t bottom = picture.height;
  while (bottom > top && !is_paper(bottom - 1)) --bottom;
  if (top > factor)
    for (std::size_t y = top; y < std::min(top + lines, picture.height); ++y) sheet.rows[y] = {};
  if (bottom + factor < picture.height)
    for (std::size_t y = bottom - std::min(bottom, lines); y < bottom; ++y) sheet.rows[y] = {};
  return sheet;
}

}  // namespace scrawl
