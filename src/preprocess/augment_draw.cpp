#include "preprocess/augment_draw.h"

#include "base/portable_math.h"
#include "kernels/elementary.h"

#include <algorithm>
#include <cmath>

namespace scrawl {
namespace {

constexpr float least_erased = 0.02F;
constexpr float log_most_aspect = 1.20397280F;  // ln(1 / 0.3)

/// One number for each value to draw, in a fixed order.
class Uniform {
 public:
  explicit Uniform(std::span<const std::uint32_t, augment_draw_words> words) : words_(words) {}
  float up_to(float most) { return most * next(); }
  float around_zero(float range) { return range * (2 * next() - 1); }

 private:
  float next() { return static_cast<float>(words_[at_++] >> 8) * 0x1p-24F; }
  std::span<const std::uint32_t, augment_draw_words> words_;
  std::size_t at_ = 0;
};

std::size_t side_of(float pixels, std::size_t most) {
  return std::clamp(static_cast<std::size_t>(std::lround(pixels)), std::size_t{1}, most);
}

}  // namespace

AugmentDraw draw_augmentation(const Augmentation& augmentation, const Shape& shape,
                              std::span<const std::uint32_t, augment_draw_words> words) {
  Uniform uniform(words);
  AugmentDraw draw;
  draw.changes = uniform.up_to(1) < augmentation.probability;
  draw.shift_x = uniform.around_zero(augmentation.shift);
  draw.shift_y = uniform.around_zero(augmentation.shift);
  draw.rotation = uniform.around_zero(augmentation.rotation);
  draw.scale_x = 1 + uniform.around_zero(augmentation.scale);
  draw.scale_y = 1 + uniform.around_zero(augmentation.scale);
  draw.shear = uniform.around_zero(augmentation.shear);
  draw.elastic = augmentation.elastic_alpha > 0;
  draw.thickness = uniform.around_zero(augmentation.thickness);
  draw.blur = uniform.up_to(augmentation.blur);
  draw.factor = 1 + uniform.around_zero(augmentation.contrast);
  const float exponent = uniform.around_zero(augmentation.gamma);
  if (augmentation.gamma > 0) draw.gamma = kernels::exp(exponent);
  draw.noise = uniform.up_to(augmentation.noise);
  const bool erases = uniform.up_to(1) < augmentation.erase_probability;
  const float area = least_erased + uniform.up_to(augmentation.erase_area - least_erased);
  const float log_aspect = uniform.around_zero(log_most_aspect);
  const float left = uniform.up_to(1);
  const float top = uniform.up_to(1);
  if (erases) {
    const float aspect = kernels::exp(log_aspect);
    const float pixels = area * static_cast<float>(shape.height * shape.width);
    draw.erased_height = side_of(std::sqrt(pixels * aspect), shape.height);
    draw.erased_width = side_of(std::sqrt(pixels / aspect), shape.width);
    const auto place = [](float part, std::size_t room) {
      return std::min(static_cast<std::size_t>(part * static_cast<float>(room + 1)), room);
    };
    draw.erased_x = place(left, shape.width - draw.erased_width);
    draw.erased_y = place(top, shape.height - draw.erased_height);
  }
  return draw;
}

SourceMap source_map(const AugmentDraw& draw, std::size_t height, std::size_t width) {
  double cosine = 1;
  double sine = 0;
  if (draw.rotation != 0) {  // the sine of 0 would not be exactly 0
    const double turn = draw.rotation / 360.0;
    cosine = portable_cos_turn(std::abs(turn));
    sine = portable_cos_turn(std::abs(turn - 0.25));
  }
  const double shear = draw.shear;
  const double xx = (cosine + shear * sine) / draw.scale_x;
  const double xy = (sine - shear * cosine) / draw.scale_x;
  const double yx = -sine / draw.scale_y;
  const double yy = cosine / draw.scale_y;
  const double middle_x = static_cast<double>(width - 1) / 2;
  const double middle_y = static_cast<double>(height - 1) / 2;
  const double moved_x = middle_x + draw.shift_x;
  const double moved_y = middle_y + draw.shift_y;
  return {.xx = static_cast<float>(xx),
          .xy = static_cast<float>(xy),
          .x0 = static_cast<float>(middle_x - xx * moved_x - xy * moved_y),
          .yx = static_cast<float>(yx),
          .yy = static_cast<float>(yy),
          .y0 = static_cast<float>(middle_y - yx * moved_x - yy * moved_y)};
}

}  // namespace scrawl
