#include "base/text.h"
#include "report/gallery.h"
#include "report/sheet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::size_t neuron_side = 84;
constexpr std::size_t columns = 10;
constexpr std::size_t legend_width = 160;
constexpr std::size_t legend_height = 10;
constexpr std::size_t legend_gap = 8;
constexpr Colour not_finite = {128, 128, 128};

/// From -1 over 0 to 1, piecewise linear. Blue and orange differ for every eye; both ends are equally dark.
constexpr std::array<Colour, 5> diverging = {
    {{17, 68, 128}, {110, 160, 212}, {255, 255, 255}, {240, 164, 92}, {158, 62, 0}}};

Colour colour_of(double value) {
  if (!std::isfinite(value)) return not_finite;
  const double place = (std::clamp(value, -1.0, 1.0) + 1) / 2 * (diverging.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), diverging.size() - 2);
  const double share = place - static_cast<double>(below);
  const auto between = [&](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + share * (to - from)));
  };
  const Colour& from = diverging[below];
  const Colour& to = diverging[below + 1];
  return {between(from.red, to.red), between(from.green, to.green), between(from.blue, to.blue)};
}

/// The weights of one dense layer, or of a convolution, whose input is what lies below its window.
struct Weights {
  std::span<const float> values;  // (inputs, outputs), the inputs in C, H, W order
  Shape input;
  std::size_t outputs = 0;

  double at(std::size_t output, std::size_t channel, std::size_t y, std::size_t x) const {
    return static_cast<double>(values[((channel * input.height + y) * input.width + x) * outputs + output]);
  }
};

std::optional<Weights> first_weights(const Network& network) {
  if (network.parameter_infos().empty()) return {};
  const ParameterInfo& info = network.parameter_infos().front();
  Shape input = picture_shape(network.spec().input);
  if (info.shape.size() == 4)
    input = {info.shape[1], info.shape[2], info.shape[3]};
  else if (info.name != "0.weight" || info.size() != info.shape[0] * input.size())
    return {};
  if (info.name != "0.weight" || input.height < 2 || input.width < 2) return {};
  return Weights{network.parameters().subspan(info.offset, info.size()), input, info.shape[0]};
}

/// The size that all but one of 200 weights stay below: a single large one would leave all others white.
double usual_size(const Weights& weights, std::size_t shown) {
  std::vector<float> sizes;
  sizes.reserve(weights.input.size() * shown);
  for (std::size_t i = 0; i < weights.input.size(); ++i)
    for (std::size_t output = 0; output < shown; ++output) {
      const float size = std::fabs(weights.values[i * weights.outputs + output]);
      if (std::isfinite(size)) sizes.push_back(size);
    }
  if (sizes.empty()) return 0;
  const auto place =
      sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) - (sizes.size() - 1) / 200);
  std::nth_element(sizes.begin(), place, sizes.end());
  return static_cast<double>(*place);
}

std::string title(const Weights& weights, std::size_t shown) {
  const std::string what = weights.input.channels > 1
                               ? fmt::format("means over {} channels", weights.input.channels)
                               : std::string();
  const std::string count = shown < weights.outputs
                                ? fmt::format("the first {} of {} outputs", shown, weights.outputs)
                                : counted(shown, "output");
  return "Weights of the first layer: " + count + (what.empty() ? "" : ", " + what);
}

void draw_legend(ColourImage& image, const TextDrawing& text, std::size_t top, double scale) {
  std::size_t left = Sheet::margin;
  const auto write = [&](const std::string& words) {
    text.draw(image, words, left, top, Sheet::ink);
    left += text.width(words) + legend_gap;
  };
  write(fmt::format("<= {:.2g}", -scale));
  const std::size_t bar_top = top + (text.line_height() - legend_height) / 2;
  for (std::size_t x = 0; x < legend_width; ++x) {
    const Colour colour = colour_of(2.0 * static_cast<double>(x) / (legend_width - 1) - 1);
    for (std::size_t y = 0; y < legend_height; ++y) image.set(left + x, bar_top + y, colour);
  }
  left += legend_width + legend_gap;
  write(fmt::format(">= {:.2g}", scale));
}

}  // namespace

std::optional<ColourImage> draw_weights(const Network& network) {
  const auto weights = first_weights(network);
  if (!weights) return {};
  const std::size_t shown = std::min(weights->outputs, most_weight_tiles);
  const double scale = usual_size(*weights, shown);
  const TextDrawing text;
  const std::string heading = title(*weights, shown);
  const PictureScale picture(weights->input, neuron_side);
  Sheet sheet({.pictures = shown,
               .columns = std::min(columns, shown),
               .picture_width = picture.width(),
               .picture_height = picture.height(),
               .caption_width = 0,
               .header_height = 3 * text.line_height(),
               .least_width = std::max<std::size_t>(text.width(heading), 400)},
              text);
  text.draw(sheet.image, heading, Sheet::margin, Sheet::margin, Sheet::ink);
  draw_legend(sheet.image, text, Sheet::margin + text.line_height() + 4, scale);
  const auto channels = static_cast<double>(weights->input.channels);
  for (std::size_t output = 0; output < shown; ++output) {
    const auto [left, top] = sheet.place(output);
    sheet.write_caption(output, std::to_string(output), Sheet::ink);
    const auto value = [&, o = output](std::size_t channel, std::size_t y, std::size_t x) {
      return weights->at(o, channel, y, x);
    };
    picture.draw(sheet.image, left, top, value, [&](const auto& mean) {
      double sum = 0;
      for (std::size_t channel = 0; channel < weights->input.channels; ++channel) sum += mean(channel);
      return colour_of(scale > 0 ? sum / channels / scale : sum);
    });
  }
  return std::move(sheet.image);
}

}  // namespace scrawl
