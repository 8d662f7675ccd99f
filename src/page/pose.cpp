#include "page/pose.h"

#include "page/geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace scrawl {
namespace {

struct Size {
  double width, height;
};

Size turned_size(const Size& picture, double degrees) {
  const double c = std::abs(cosine(degrees));
  const double s = std::abs(sine(degrees));
  return {std::ceil(picture.width * c + picture.height * s),
          std::ceil(picture.width * s + picture.height * c)};
}

/// Where a point of the turned picture lies in the picture.
Point before_turning(const Point& point, const Size& picture, double degrees) {
  const Size size = turned_size(picture, degrees);
  const double c = cosine(degrees);
  const double s = sine(degrees);
  const double x = point.x - size.width / 2;
  const double y = point.y - size.height / 2;
  return {x * c + y * s + picture.width / 2, -x * s + y * c + picture.height / 2};
}

/// Turned clockwise about its centre, black around it.
GreyImage turned(const GreyImage& picture, double degrees) {
  const Size before{static_cast<double>(picture.width), static_cast<double>(picture.height)};
  const Size size = turned_size(before, degrees);
  GreyImage result{.width = static_cast<std::size_t>(size.width),
                   .height = static_cast<std::size_t>(size.height)};
  result.pixels.resize(result.width * result.height);
  const auto last_x = static_cast<double>(picture.width - 1);
  const auto last_y = static_cast<double>(picture.height - 1);
  for (std::size_t j = 0; j < result.height; ++j)
    for (std::size_t i = 0; i < result.width; ++i) {
      const Point from =
          before_turning({static_cast<double>(i) + 0.5, static_cast<double>(j) + 0.5}, before, degrees);
      if (from.x < 0 || from.y < 0 || from.x > before.width || from.y > before.height) continue;
      const double x = std::clamp(from.x - 0.5, 0.0, last_x);
      const double y = std::clamp(from.y - 0.5, 0.0, last_y);
      const auto x0 = static_cast<std::size_t>(x);
      const auto y0 = static_cast<std::size_t>(y);
      const std::size_t x1 = std::min(x0 + 1, picture.width - 1);
      const std::size_t y1 = std::min(y0 + 1, picture.height - 1);
      const double fx = x - static_cast<double>(x0);
      const double fy = y - static_cast<double>(y0);
      const auto pixel = [&](std::size_t px, std::size_t py) {
        return static_cast<double>(picture.pixels[py * picture.width + px]);
      };
      const double value = (1 - fy) * ((1 - fx) * pixel(x0, y0) + fx * pixel(x1, y0)) +
                           fy * ((1 - fx) * pixel(x0, y1) + fx * pixel(x1, y1));
      result.pixels[j * result.width + i] = static_cast<std::uint8_t>(std::lround(value));
    }
  return result;
}

GreyImage quarter_turned(const GreyImage& picture, int quarters) {
  if (quarters == 0) return picture;
  GreyImage result{.width = quarters % 2 == 0 ? picture.width : picture.height,
                   .height = quarters % 2 == 0 ? picture.height : picture.width};
  result.pixels.resize(picture.pixels.size());
  for (std::size_t y = 0; y < picture.height; ++y)
    for (std::size_t x = 0; x < picture.width; ++x) {
      const std::size_t right = picture.width - 1 - x;
      const std::size_t below = picture.height - 1 - y;
      const std::size_t column = quarters == 1 ? below : quarters == 2 ? right : y;
      const std::size_t row = quarters == 1 ? x : quarters == 2 ? below : right;
      result.pixels[row * result.width + column] = picture.pixels[y * picture.width + x];
    }
  return result;
}

}  // namespace

PageInk turned(const PageInk& ink, const Pose& pose) {
  PageInk result = ink;
  result.strength = quarter_turned(ink.strength, pose.quarters);
  result.mask = quarter_turned(ink.mask, pose.quarters);
  if (pose.skew != 0) {
    result.strength = turned(result.strength, pose.skew);
    result.mask = turned(result.mask, pose.skew);
    for (auto& pixel : result.mask.pixels) pixel = pixel >= 128 ? 255 : 0;
  }
  return result;
}

Box in_picture(const Box& box, const Pose& pose, std::size_t width, std::size_t height) {
  const std::size_t columns = (width - 1) / pose.factor + 1;
  const std::size_t rows = (height - 1) / pose.factor + 1;
  const auto reduced_width = static_cast<double>(columns);
  const auto reduced_height = static_cast<double>(rows);
  const bool is_sideways = pose.quarters % 2 != 0;
  const Size upright =
      is_sideways ? Size{reduced_height, reduced_width} : Size{reduced_width, reduced_height};
  double left = 1e9, top = 1e9, right = 0, bottom = 0;
  for (const bool at_right : {false, true})
    for (const bool at_bottom : {false, true}) {
      Point point{static_cast<double>(at_right ? box.x + box.width : box.x),
                  static_cast<double>(at_bottom ? box.y + box.height : box.y)};
      if (pose.skew != 0) point = before_turning(point, upright, pose.skew);
      const Point at = pose.quarters == 0   ? point
                       : pose.quarters == 1 ? Point{point.y, reduced_height - point.x}
                       : pose.quarters == 2 ? Point{reduced_width - point.x, reduced_height - point.y}
                                            : Point{reduced_width - point.y, point.x};
      left = std::min(left, at.x);
      top = std::min(top, at.y);
      right = std::max(right, at.x);
      bottom = std::max(bottom, at.y);
    }
  const auto factor = static_cast<double>(pose.factor);
  const auto place = [&](double at, std::size_t size) {
    return static_cast<std::size_t>(std::clamp(at * factor, 0.0, static_cast<double>(size)));
  };
  Box result{.x = std::min(place(left, width), width - 1), .y = std::min(place(top, height), height - 1)};
  result.width = std::max<std::size_t>(1, place(right, width) - std::min(place(right, width), result.x));
  result.height = std::max<std::size_t>(1, place(bottom, height) - std::min(place(bottom, height), result.y));
  return result;
}

}  // namespace scrawl
