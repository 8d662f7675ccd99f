#include "synth/page_paper.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace scrawl {
namespace {

float whole_light(PageLayers& layers, std::size_t x, std::size_t y) {
  return (1 - layers.rule_darkness * layers.rules(x, y)) * (1 - layers.print_darkness * layers.print(x, y)) *
         (1 - layers.pen_darkness * layers.pen(x, y));
}

/// Fills outlines on a canvas of their own and copies it: Canvas::fill looks at every row.
void print_outlines(Canvas& canvas, std::vector<Polyline> outlines, float left, float baseline,
                    float height) {
  float low_x = left;
  float high_x = left;
  float low_y = baseline;
  float high_y = baseline;
  for (auto& outline : outlines)
    for (PenPoint& p : outline) {
      p = {left + p.x * height, baseline + p.y * height};
      low_x = std::min(low_x, p.x);
      high_x = std::max(high_x, p.x);
      low_y = std::min(low_y, p.y);
      high_y = std::max(high_y, p.y);
    }
  const float x0 = std::max(0.0F, std::floor(low_x));
  const float y0 = std::max(0.0F, std::floor(low_y));
  if (high_x <= x0 || high_y <= y0) return;
  for (auto& outline : outlines)
    for (PenPoint& p : outline) p = {p.x - x0, p.y - y0};
  Canvas part(static_cast<std::size_t>(std::ceil(high_x - x0)),
              static_cast<std::size_t>(std::ceil(high_y - y0)));
  part.fill(outlines);
  const auto from_x = static_cast<std::size_t>(x0);
  const auto from_y = static_cast<std::size_t>(y0);
  for (std::size_t y = 0; y < part.height() && from_y + y < canvas.height(); ++y)
    for (std::size_t x = 0; x < part.width() && from_x + x < canvas.width(); ++x) {
      float& to = canvas(from_x + x, from_y + y);
      to = std::max(to, part(x, y));
    }
}

void print_label(Canvas& canvas, const PageLabel& label, const Font& font) {
  constexpr float space = 0.45F;  // all in heights of a digit
  constexpr float between = 0.14F;
  float at = label.left;
  for (const char c : label.text) {
    const auto* const outlines = font.outlines(c);
    if (outlines == nullptr) {
      at += space * label.height;
      continue;
    }
    float left = outlines->front().front().x;
    float right = left;
    for (const auto& outline : *outlines)
      for (const PenPoint p : outline) {
        left = std::min(left, p.x);
        right = std::max(right, p.x);
      }
    print_outlines(canvas, *outlines, at - left * label.height, label.baseline, label.height);
    at += (right - left + between) * label.height;
  }
}

}  // namespace

PageLayers::PageLayers(const PagePlan& plan)
    : rules(static_cast<std::size_t>(plan.width), static_cast<std::size_t>(plan.height)),
      print(rules.width(), rules.height()),
      pen(rules.width(), rules.height()) {}

PageLayers lay_paper(const PagePlan& plan, Chance& chance) {
  PageLayers layers(plan);
  const bool is_bought = plan.kind == PageKind::lined || plan.kind == PageKind::squared;
  layers.rule_darkness = is_bought ? chance.from(0.12F, 0.42F) : chance.from(0.35F, 0.9F);
  layers.print_darkness = chance.from(0.7F, 0.92F);
  // Pencil, ballpoint, felt pen.
  layers.pen_darkness = chance.happens(0.25F) ? chance.from(0.45F, 0.65F) : chance.from(0.65F, 0.92F);
  return layers;
}

void print_paper(PageLayers& layers, const PagePlan& plan, std::span<const Font> fonts, Chance& chance) {
  for (const PageRule& rule : plan.rules) layers.rules.stroke(std::vector{rule.from, rule.to}, rule.radius);
  if (fonts.empty() || plan.labels.empty()) return;
  const Font& font = fonts[chance.below(fonts.size())];
  for (const PageLabel& label : plan.labels) print_label(layers.print, label, font);
}

float reflected(PageLayers& layers, float x, float y) {
  const auto neighbours = [](float at, std::size_t size) {
    const float low = std::clamp(at - 0.5F, 0.0F, static_cast<float>(size - 1));
    const auto first = static_cast<std::size_t>(low);
    return std::pair(first, low - static_cast<float>(first));
  };
  const auto [x0, fx] = neighbours(x, layers.pen.width());
  const auto [y0, fy] = neighbours(y, layers.pen.height());
  const std::size_t x1 = std::min(x0 + 1, layers.pen.width() - 1);
  const std::size_t y1 = std::min(y0 + 1, layers.pen.height() - 1);
  const float upper = (1 - fx) * whole_light(layers, x0, y0) + fx * whole_light(layers, x1, y0);
  const float lower = (1 - fx) * whole_light(layers, x0, y1) + fx * whole_light(layers, x1, y1);
  return (1 - fy) * upper + fy * lower;
}

}  // namespace scrawl
