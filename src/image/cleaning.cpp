#include "image/cleaning.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace scrawl {
namespace {

/// Of a larger picture, the plane is fitted to about so many pixels.
constexpr std::size_t plane_pixels = 40'000;

/// Replaces each pixel by combine(above, here, below), pointers to the pixel in its row and in the rows
/// around it. Beyond the border the picture is mirrored.
template <class Combine>
GreyImage filtered(const GreyImage& picture, const Combine& combine) {
  const std::size_t width = picture.width;
  std::array<std::vector<std::uint8_t>, 3> rows;
  const auto fill = [&](std::vector<std::uint8_t>& row, std::size_t y) {
    const std::uint8_t* const pixels = &picture.pixels[y * width];
    row.assign(1, pixels[width > 1 ? 1 : 0]);
    row.insert(row.end(), pixels, pixels + width);
    row.push_back(pixels[width > 1 ? width - 2 : 0]);
  };
  fill(rows[1], 0);
  fill(rows[2], picture.height > 1 ? 1 : 0);
  rows[0] = rows[2];
  GreyImage result{.width = width, .height = picture.height};
  result.pixels.resize(picture.pixels.size());
  for (std::size_t y = 0; y < picture.height; ++y) {
    for (std::size_t x = 0; x < width; ++x)
      result.pixels[y * width + x] = combine(&rows[0][x + 1], &rows[1][x + 1], &rows[2][x + 1]);
    std::rotate(rows.begin(), rows.begin() + 1, rows.end());
    if (y + 2 < picture.height)
      fill(rows[2], y + 2);
    else
      rows[2] = rows[0];
  }
  return result;
}

/// A plane over a picture; coordinates go from -1 to 1 along both sides.
struct Plane {
  double level = 0;
  double slope_x = 0;
  double slope_y = 0;
  double at(double x, double y) const { return level + slope_x * x + slope_y * y; }
};

/// The coordinates of a line's pixels.
std::vector<double> coordinates(std::size_t length) {
  std::vector<double> all(length);
  for (std::size_t i = 0; i < length; ++i)
    all[i] = (2 * static_cast<double>(i) + 1) / static_cast<double>(length) - 1;
  return all;
}

/// The plane of least squares through the pixels that are within `reach` of `before`; sets `reach` anew.
Plane fitted_plane(const GreyImage& picture, const Plane& before, double& reach) {
  const std::vector<double> xs = coordinates(picture.width);
  const std::vector<double> ys = coordinates(picture.height);
  const std::size_t step = factor_to(picture.pixels.size(), plane_pixels);
  double n = 0, x1 = 0, y1 = 0, xx = 0, yy = 0, xy = 0, v1 = 0, vx = 0, vy = 0, vv = 0;
  for (std::size_t j = 0; j < picture.height; j += step)
    for (std::size_t i = 0; i < picture.width; i += step) {
      const double x = xs[i], y = ys[j];
      const double v = picture.pixels[j * picture.width + i];
      if (std::abs(v - before.at(x, y)) > reach) continue;
      n += 1, x1 += x, y1 += y, xx += x * x, yy += y * y, xy += x * y;
      v1 += v, vx += v * x, vy += v * y, vv += v * v;
    }
  if (n < 3) return {};
  const double cxx = xx - x1 * x1 / n, cyy = yy - y1 * y1 / n, cxy = xy - x1 * y1 / n;
  const double cvx = vx - v1 * x1 / n, cvy = vy - v1 * y1 / n;
  const double determinant = cxx * cyy - cxy * cxy;
  if (determinant < 1e-6 * n * n) return {};  // all on one line
  Plane plane;
  plane.slope_x = (cvx * cyy - cvy * cxy) / determinant;
  plane.slope_y = (cvy * cxx - cvx * cxy) / determinant;
  plane.level = (v1 - plane.slope_x * x1 - plane.slope_y * y1) / n;
  const double rest = (vv - v1 * v1 / n - plane.slope_x * cvx - plane.slope_y * cvy) / n;
  reach = 1.5 * std::sqrt(std::max(rest, 1.0));
  return plane;
}

}  // namespace

std::size_t factor_to(std::size_t pixels, std::size_t most) {
  std::size_t factor = 1;
  while (pixels / (factor * factor) > most) ++factor;
  return factor;
}

double noise_of(const GreyImage& image) {
  if (std::max(image.width, image.height) < tiny_side) return 0;
  std::array<std::size_t, 4 * 4 * 255 + 1> histogram{};
  std::size_t count = 0;
  for (std::size_t y = 1; y + 1 < image.height; ++y)
    for (std::size_t x = 1; x + 1 < image.width; ++x, ++count) {
      const std::uint8_t* const p = &image.pixels[y * image.width + x];
      const auto at = [&](std::ptrdiff_t dy, std::ptrdiff_t dx) -> int {
        return p[dy * static_cast<std::ptrdiff_t>(image.width) + dx];
      };
      const int corners = at(-1, -1) + at(-1, 1) + at(1, -1) + at(1, 1);
      const int sides = at(-1, 0) + at(0, -1) + at(0, 1) + at(1, 0);
      ++histogram[static_cast<std::size_t>(std::abs(corners - 2 * sides + 4 * at(0, 0)))];
    }
  // In a small picture strokes may fill most of it, so the lower quarter counts: a normal deviate's.
  const bool is_small = std::min(image.width, image.height) < small_side;
  const double part = is_small ? 0.25 : 0.5;
  const double deviate = is_small ? 0.3186 : 0.6745;
  const auto wanted = static_cast<std::size_t>(part * static_cast<double>(count));
  std::size_t size = 0;
  for (std::size_t below = 0; size + 1 < histogram.size() && (below += histogram[size]) < wanted;) ++size;
  return static_cast<double>(size) / (6 * deviate);  // 6 is the norm of the mask's weights
}

GreyImage without_specks(const GreyImage& picture) {
  return filtered(
      picture, [](const std::uint8_t* above, const std::uint8_t* here, const std::uint8_t* below) {
        const auto [low, high] =
            std::minmax({above[-1], above[0], above[1], here[-1], here[1], below[-1], below[0], below[1]});
        return std::clamp(*here, low, high);
      });
}

GreyImage blurred(const GreyImage& picture) {
  return filtered(picture,
                  [](const std::uint8_t* above, const std::uint8_t* here, const std::uint8_t* below) {
                    const int sum = 4 * here[0] + 2 * (above[0] + below[0] + here[-1] + here[1]) + above[-1] +
                                    above[1] + below[-1] + below[1];
                    return static_cast<std::uint8_t>((sum + 8) / 16);
                  });
}

GreyImage levelled(const GreyImage& picture) {
  double reach = 1000;  // all pixels
  Plane plane = fitted_plane(picture, {}, reach);
  plane = fitted_plane(picture, plane, reach);
  const std::vector<double> xs = coordinates(picture.width);
  const std::vector<double> ys = coordinates(picture.height);
  GreyImage result = picture;
  for (std::size_t j = 0; j < picture.height; ++j)
    for (std::size_t i = 0; i < picture.width; ++i) {
      auto& pixel = result.pixels[j * picture.width + i];
      const double slope = plane.slope_x * xs[i] + plane.slope_y * ys[j];
      pixel = static_cast<std::uint8_t>(std::clamp(pixel - slope + 0.5, 0.0, 255.0));
    }
  return result;
}

}  // namespace scrawl
