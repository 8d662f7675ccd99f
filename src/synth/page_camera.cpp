#include "synth/page_camera.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace scrawl {
namespace {

PenPoint middle_of(const PageCamera& camera) {
  return {static_cast<float>(camera.width) / 2, static_cast<float>(camera.height) / 2};
}

/// The light that falls on a point of the picture, from 0 to 1.
float light_at(const PageCamera& camera, PenPoint p) {
  const PenPoint middle = middle_of(camera);
  const float x = p.x - middle.x;
  const float y = p.y - middle.y;
  const float even = 1 - std::abs(camera.slope_x) / 2 - std::abs(camera.slope_y) / 2 +
                     camera.slope_x * x / static_cast<float>(camera.width) +
                     camera.slope_y * y / static_cast<float>(camera.height);
  const float into =
      (x * camera.shadow_side.x + y * camera.shadow_side.y - camera.shadow_at) / camera.shadow_soft;
  const float t = std::clamp(into + 0.5F, 0.0F, 1.0F);
  return even * (1 - camera.shadow * t * t * (3 - 2 * t));
}

/// Each value mixed with its neighbours in the row and the column, by a quarter of each.
void mix_neighbours(std::vector<float>& values, std::size_t width, std::size_t height) {
  std::vector<float> line(std::max(width, height));
  const auto mix = [&](std::size_t start, std::size_t step, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) line[i] = values[start + i * step];
    for (std::size_t i = 0; i < count; ++i)
      values[start + i * step] =
          0.5F * line[i] + 0.25F * (line[i > 0 ? i - 1 : 0] + line[std::min(i + 1, count - 1)]);
  };
  for (std::size_t y = 0; y < height; ++y) mix(y * width, 1, width);
  for (std::size_t x = 0; x < width; ++x) mix(x, width, height);
}

/// From turned and scaled points, about the middle, back to the flat page.
Affine unturned(const PageCamera& camera) {
  const float shrink = 1 / camera.scale;
  return affine(-camera.degrees, 0, shrink, shrink, 0, 0);
}

PenPoint flat_point(const PageCamera& camera, const Affine& back, PenPoint p) {
  const PenPoint middle = middle_of(camera);
  const float x = p.x - middle.x;
  const float y = p.y - middle.y;
  const float depth = 1 / (1 - camera.far_x * x / static_cast<float>(camera.width) -
                           camera.far_y * y / static_cast<float>(camera.height));
  const PenPoint flat = back({x * depth, y * depth});
  return {flat.x + middle.x, flat.y + middle.y};
}

}  // namespace

PageCamera draw_camera(std::size_t width, std::size_t height, Chance& chance) {
  PageCamera camera{.width = width, .height = height};
  if (chance.happens(0.3F)) {  // a scanner
    camera.degrees = chance.normal(0.4F);
    camera.paper = chance.from(0.95F, 1);
    camera.desk = camera.paper * 0.97F;
    camera.blur = static_cast<int>(chance.below(2));
    camera.noise = chance.from(0.3F, 2);
    return camera;
  }
  camera.degrees = std::clamp(chance.normal(1.6F), -4.0F, 4.0F);
  // At times the page fills the picture; its margins have room for the turn.
  camera.scale = chance.happens(0.5F) ? chance.from(0.97F, 1.02F) : chance.from(0.84F, 0.95F);
  camera.far_x = chance.around(0.09F);
  camera.far_y = chance.around(0.09F);
  camera.paper = chance.from(0.72F, 0.95F);
  camera.desk = chance.happens(0.8F) ? chance.from(0.15F, 0.55F) : camera.paper * 0.9F;
  camera.slope_x = chance.around(0.3F);
  camera.slope_y = chance.around(0.3F);
  if (chance.happens(0.45F)) {
    camera.shadow = chance.from(0.15F, 0.5F);
    camera.shadow_side = affine(chance.from(0, 360), 0, 1, 1, 0, 0)({1, 0});
    camera.shadow_at = chance.around(0.4F) * static_cast<float>(std::min(width, height));
    camera.shadow_soft = chance.from(20, 220);
  }
  camera.blur = static_cast<int>(chance.below(4));
  camera.noise = chance.happens(0.5F) ? chance.from(0.3F, 1.2F) : chance.from(1.2F, 5);
  return camera;
}

PenPoint page_to_picture(const PageCamera& camera, PenPoint p) {
  const PenPoint middle = middle_of(camera);
  const PenPoint turned =
      affine(camera.degrees, 0, camera.scale, camera.scale, 0, 0)({p.x - middle.x, p.y - middle.y});
  const float depth = 1 + camera.far_x * turned.x / static_cast<float>(camera.width) +
                      camera.far_y * turned.y / static_cast<float>(camera.height);
  return {turned.x / depth + middle.x, turned.y / depth + middle.y};
}

PenPoint picture_to_page(const PageCamera& camera, PenPoint p) {
  return flat_point(camera, unturned(camera), p);
}

Box box_in_picture(const PageCamera& camera, std::span<const PenPoint> points) {
  if (points.empty()) return {};
  const PenPoint first = page_to_picture(camera, points[0]);
  float left = first.x;
  float right = first.x;
  float top = first.y;
  float bottom = first.y;
  for (const PenPoint point : points) {
    const PenPoint p = page_to_picture(camera, point);
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  const auto column = [&](float x) {
    return static_cast<std::size_t>(std::clamp(x, 0.0F, static_cast<float>(camera.width)));
  };
  const auto row = [&](float y) {
    return static_cast<std::size_t>(std::clamp(y, 0.0F, static_cast<float>(camera.height)));
  };
  // A point stands for the pixel around it.
  const Box from{.x = column(std::floor(left)), .y = row(std::floor(top))};
  return {.x = from.x,
          .y = from.y,
          .width = column(std::floor(right) + 1) - from.x,
          .height = row(std::floor(bottom) + 1) - from.y};
}

GreyImage take_picture(const PageCamera& camera, PageLayers& layers, Chance& chance) {
  std::vector<float> values(camera.width * camera.height);
  const Affine back = unturned(camera);  // once: its angle takes longer than the rest of a pixel
  const auto page_width = static_cast<float>(layers.pen.width());
  const auto page_height = static_cast<float>(layers.pen.height());
  for (std::size_t y = 0; y < camera.height; ++y)
    for (std::size_t x = 0; x < camera.width; ++x) {
      const PenPoint at = {static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F};
      const PenPoint p = flat_point(camera, back, at);
      const bool on_page = p.x >= 0 && p.y >= 0 && p.x <= page_width && p.y <= page_height;
      const float grey = on_page ? camera.paper * reflected(layers, p.x, p.y) : camera.desk;
      values[y * camera.width + x] = grey * light_at(camera, at);
    }
  for (int i = 0; i < camera.blur; ++i) mix_neighbours(values, camera.width, camera.height);
  GreyImage image{
      .width = camera.width, .height = camera.height, .pixels = std::vector<std::uint8_t>(values.size())};
  for (std::size_t i = 0; i < values.size(); ++i)
    image.pixels[i] = grey_of(values[i] + chance.normal(camera.noise) / 255);
  return image;
}

}  // namespace scrawl
